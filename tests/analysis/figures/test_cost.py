"""Time and cost: seconds of each trial, their sum, and how busy the slots were."""

from pathlib import Path

import pytest

from analysis.figures import cost
from search.runs.journal import Journal
from tests.analysis.figures.conftest import text_of
from tests.analysis.figures.example_runs import PLAN, SPACE, finished_trials


def test_bars_are_the_seconds_of_each_trial_and_their_sum() -> None:
    trials = finished_trials()
    upper, lower = cost.figure(trials, PLAN, wall=60.0).axes
    heights = {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in upper.patches}
    assert heights == {trial.number: 2 * len(trial.epochs) for trial in trials}
    tops = [bar.get_y() + bar.get_height() for bar in lower.patches]
    assert max(tops) == pytest.approx(sum(heights.values()) / 60)


def test_the_note_says_how_busy_the_slots_were() -> None:
    trials = finished_trials()  # 7 of 6 epochs, 12 of 2, 1 of 1: 67 epochs, 134 s
    text = text_of(cost.figure(trials, PLAN, wall=100.0))
    assert "cifar_residual: 2.2 minutes of training, 63 % in complete trials" in text
    assert "The 2 slots were busy with them for at least 67 % of 1.7 minutes" in text
    assert "not known" in text_of(cost.figure(trials, PLAN))


def test_the_wall_time_is_that_of_a_journal_whose_trials_have_ended(tmp_path: Path) -> None:
    file = tmp_path / "journal.log"
    assert cost.wall_seconds(file) is None and not file.exists()
    journal = Journal(file, "a study/a run", SPACE)
    trials = finished_trials(3)
    for trial in trials:
        journal.add(trial)
    for trial in trials[:2]:
        journal.end(trial)
    assert cost.wall_seconds(file) is None
    journal.end(trials[2])
    seconds = cost.wall_seconds(file)
    assert seconds is not None and 0 < seconds < 60
    assert "unfinished" not in text_of(cost.figure(journal.trials(), PLAN))
