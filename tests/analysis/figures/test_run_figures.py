"""Pictures of a run: what they show of finished, partial and odd runs, and whether one can read them."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from optuna.distributions import IntDistribution

from analysis.figures import (
    _hyperparameter,
    cost,
    importance,
    learning_curves,
    optimization_history,
    parallel_coordinates,
    slices,
)
from search.algorithm.trial import Trial
from search.runs.journal import Journal
from search.runs.plan import Plan
from tests.analysis.figures.runs import PLAN, RUNS, SPACE, finished, made

DRAW: dict[str, Callable[[list[Trial], Plan], Figure]] = {
    "learning_curves": learning_curves.figure,
    "optimization_history": optimization_history.figure,
    "parallel_coordinates": parallel_coordinates.figure,
    "slices": slices.figure,
    "importance": lambda trials, plan: importance.figure(trials, plan, resamples=3),
    "cost": lambda trials, plan: cost.figure(trials, plan, wall=60.0),
}


def words(figure: Figure) -> str:
    """All that is written in a figure, as one reads it: without line breaks."""
    return " | ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text) if text.get_text())


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_title()]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", DRAW)
def test_every_picture_of_every_run_can_be_read(name: str, run: str, tmp_path: Path) -> None:
    figure = DRAW[name](*RUNS[run])
    figure.savefig(tmp_path / "figure.png")
    width, height = figure.bbox.size
    assert 1000 <= width <= 1600 and height <= 2400
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_text() and text.get_visible():
            assert text.get_fontsize() >= 9, text
    for text in (figure._suptitle, figure._supxlabel):
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= -1 and box.y1 <= height + 1, text


@pytest.mark.parametrize(
    ("run", "name", "said"),
    [
        ("no trial", "learning_curves", "No trial has finished an epoch yet."),
        ("just begun", "slices", "No trial has a value yet."),
        ("just begun", "cost", "No trial has trained yet."),
        ("all failed", "optimization_history", "3 of 20 trials: 3 failed. The search has not ended."),
        ("only running", "learning_curves", "3 of 20 trials: 3 unfinished. The search has not ended."),
        ("only running", "importance", "Importance needs 15 trials that reached epoch 2; there are 0."),
        ("all fixed", "parallel_coordinates", "Every hyperparameter is fixed"),
        ("all alike", "importance", "none is above chance"),
        ("finished", "cost", "20 of 20 trials: 7 complete, 12 stopped, 1 failed."),
    ],
)
def test_a_picture_says_what_is_missing(run: str, name: str, said: str) -> None:
    assert said in words(DRAW[name](*RUNS[run]))


def test_a_finished_run_is_not_said_to_go_on() -> None:
    for draw in DRAW.values():
        assert "has not ended" not in words(draw(*RUNS["finished"]))


def test_learning_curves_have_a_line_for_each_trial_and_lift_the_best_and_the_default() -> None:
    trials = finished()
    figure = learning_curves.figure(trials, PLAN)
    assert "best: trial 9, 0.57" in words(figure) and "default: trial 0, 0.47" in words(figure)
    curves = [line for line in figure.axes[0].lines if list(line.get_xdata())[:1] == [1]]
    for trial in trials:
        its = [line for line in curves if list(line.get_ydata()) == [trial.value_at(e) for e in trial.epochs]]
        assert len(its) == (2 if trial.number in (0, 9) else 1), trial.number
        assert (max(line.get_linewidth() for line in its) > 2) == (trial.number in (0, 9))
    rungs = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert rungs == [2, 6]


def test_marks_tell_the_stopped_from_the_complete_and_the_failed() -> None:
    axes = learning_curves.figure(finished(), PLAN).axes[0]
    looks = {(len(line.get_xdata()), line.get_marker()) for line in axes.lines if line.get_linewidth() < 2}
    assert {(6, "o"), (2, "x"), (1, "X")} <= looks


def test_the_best_so_far_is_the_best_of_those_that_went_furthest() -> None:
    trials = [
        made(0, [0.2, 0.3], "stopped"),
        made(1, [0.9], "failed"),
        made(2, [0.2, 0.4], "stopped"),
        made(3, [0.1] * 6, "complete"),
        made(4, [0.2, 0.8], "stopped"),
        made(5, [0.2] * 6, "complete"),
        made(6, [], "waiting"),
    ]
    history = [(0, 0.3), (2, 0.4), (3, 0.1), (4, 0.1), (5, 0.2)]
    assert optimization_history.best_so_far(trials) == history


def test_the_history_tells_how_uncertain_a_value_is() -> None:
    # √(0.57 · 0.43 / 1000) is 0.016
    assert "on 1,000 images is about 0.016" in words(optimization_history.figure(finished(), PLAN))


def test_parallel_coordinates_are_darker_the_better_a_trial_is() -> None:
    trials = finished()
    figure = parallel_coordinates.figure(trials, PLAN)
    assert "The trials that reached epoch 6 (7)" in words(figure)

    def darkness(trial: Trial) -> float:
        rows = [_hyperparameter.place(trial.params[n], d, trial.number) for n, d in SPACE.items()]
        its = [line for line in figure.axes[0].lines if list(line.get_xdata()) == rows]
        return 1 - float(np.dot(to_rgb(its[0].get_color()), (0.2126, 0.7152, 0.0722)))

    complete = sorted((t for t in trials if t.state == "complete"), key=lambda trial: trial.value)
    tones = [darkness(trial) for trial in complete]
    assert tones == sorted(tones)
    assert darkness(trials[1]) < 0.2  # stopped: grey, and light


@pytest.mark.parametrize(
    ("value", "name", "place"),
    [
        (1e-4, "learning_rate", 0.0),
        (1e-1, "learning_rate", 1.0),
        (10**-2.5, "learning_rate", 0.5),
        (1, "depth", 0.125),
        (4, "depth", 0.875),
        ("batch", "normalization", 0.375),
        (False, "flip", 0.75),
    ],
)
def test_a_value_has_its_place_on_an_axis(value: Any, name: str, place: float) -> None:
    assert _hyperparameter.place(value, SPACE[name], 0) == pytest.approx(place)


def test_trials_that_share_a_value_lie_side_by_side_and_near_it() -> None:
    places = [_hyperparameter.place("batch", SPACE["normalization"], number) for number in range(50)]
    assert len({round(place, 6) for place in places}) == 50
    assert all(0.25 < place < 0.5 for place in places)
    assert places[7] == _hyperparameter.place("batch", SPACE["normalization"], 7)


def test_the_marks_of_an_axis_are_its_values_or_round_numbers() -> None:
    written = {name: [text for _, text in _hyperparameter.ticks(each)] for name, each in SPACE.items()}
    assert written["learning_rate"] == ["0.0001", "0.001", "0.01", "0.1"]
    assert written["depth"] == ["1", "2", "3", "4"]
    assert written["flip"] == ["yes", "no"]
    many = _hyperparameter.ticks(IntDistribution(0, 40))
    assert many == [(0.0, "0"), (0.5, "20"), (1.0, "40")]


def test_slices_compare_all_trials_at_the_first_rung_and_the_others_at_the_last() -> None:
    trials = finished()
    figure = slices.figure(trials, PLAN)
    drawn = {axes.get_title(): axes for axes in panels(figure)}
    assert list(drawn) == list(SPACE)
    first, last, *_ = drawn["learning_rate"].collections
    expected = [trial.value_at(2) for trial in trials if trial.state != "failed"]
    assert np.asarray(first.get_offsets())[:, 1] == pytest.approx(expected)
    complete = [trial for trial in trials if trial.state == "complete"]
    assert np.asarray(last.get_offsets())[:, 1] == pytest.approx([trial.value for trial in complete])
    rates = [(math.log10(trial.params["learning_rate"]) + 4) / 3 for trial in complete]
    assert np.asarray(last.get_offsets())[:, 0] == pytest.approx(rates)


def test_cost_shows_the_seconds_of_each_trial_and_their_sum() -> None:
    trials = finished()
    each, together = cost.figure(trials, PLAN, wall=60.0).axes
    heights = {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in each.patches}
    assert heights == {trial.number: 2 * len(trial.epochs) for trial in trials}
    tops = [bar.get_y() + bar.get_height() for bar in together.patches]
    assert max(tops) == pytest.approx(sum(heights.values()) / 60)


def test_cost_says_how_busy_the_slots_were() -> None:
    trials = finished()  # 7 of 6 epochs, 12 of 2, 1 of 1: 67 epochs, 134 s
    said = words(cost.figure(trials, PLAN, wall=100.0))
    assert "cifar_residual: 2.2 minutes of training, 63 % in complete trials" in said
    assert "The 2 slots were busy with them for at least 67 % of 1.7 minutes" in said
    assert "not known" in words(cost.figure(trials, PLAN))


def test_the_wall_time_is_that_of_a_journal_whose_trials_have_ended(tmp_path: Path) -> None:
    file = tmp_path / "journal.log"
    assert cost.wall_seconds(file) is None and not file.exists()
    journal = Journal(file, "a study/a run", SPACE)
    trials = finished(3)
    for trial in trials:
        journal.add(trial)
    for trial in trials[:2]:
        journal.end(trial)
    assert cost.wall_seconds(file) is None
    journal.end(trials[2])
    seconds = cost.wall_seconds(file)
    assert seconds is not None and 0 < seconds < 60
    assert "unfinished" not in words(cost.figure(journal.trials(), PLAN))
