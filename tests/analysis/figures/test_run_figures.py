"""All pictures of a run: they are readable for finished, partial and odd runs, and say what is missing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.figures import (
    cost,
    importance,
    learning_curves,
    optimization_history,
    parallel_coordinates,
    slices,
)
from search.algorithm.trial import Trial
from search.runs.plan import Plan
from tests.analysis.figures.conftest import text_of
from tests.analysis.figures.example_runs import RUNS

DRAW: dict[str, Callable[[list[Trial], Plan], Figure]] = {
    "learning_curves": learning_curves.figure,
    "optimization_history": optimization_history.figure,
    "parallel_coordinates": parallel_coordinates.figure,
    "slices": slices.figure,
    "importance": lambda trials, plan: importance.figure(trials, plan, resamples=3),
    "cost": lambda trials, plan: cost.figure(trials, plan, wall=60.0),
}


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
    ("run", "name", "message"),
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
def test_a_picture_says_what_is_missing(run: str, name: str, message: str) -> None:
    assert message in text_of(DRAW[name](*RUNS[run]))


def test_a_finished_run_is_not_said_to_go_on() -> None:
    for draw in DRAW.values():
        assert "has not ended" not in text_of(draw(*RUNS["finished"]))
