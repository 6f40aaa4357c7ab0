"""How trials are drawn and counted: one style per status, comparable trials, the best and the default."""

import math

import pytest

from analysis.figures.trials import (
    BEST,
    DEFAULT,
    STYLES,
    default_and_best,
    furthest,
    progress,
    reached,
    status,
)
from search.algorithm.trial import State
from tests.analysis.figures.example_runs import PLAN, finished_trials, make_trial


def test_each_status_differs_in_shape_and_colour() -> None:
    styles = [*STYLES.values(), BEST, DEFAULT]
    assert len({style.marker for style in styles}) == len({style.colour for style in styles}) == len(styles)
    assert len({style.hatch for style in STYLES.values()}) == len(STYLES)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("complete", "complete"),
        ("stopped", "stopped"),
        ("failed", "failed"),
        ("running", "unfinished"),
        ("paused", "unfinished"),
        ("waiting", "unfinished"),
    ],
)
def test_a_trial_that_has_not_ended_is_unfinished(state: State, expected: str) -> None:
    assert status(make_trial(0, [0.5], state)) == expected


def test_only_trials_with_a_finite_value_that_did_not_fail_are_compared() -> None:
    trials = [
        make_trial(0, [0.5, 0.6], "stopped"),
        make_trial(1, [0.5], "running"),
        make_trial(2, [0.5, math.nan], "running"),
        make_trial(3, [0.5, 0.6], "failed"),
    ]
    assert [trial.number for trial in reached(trials, 2)] == [0]
    assert [trial.number for trial in reached(trials, 1)] == [0, 1, 2]


def test_the_highest_rung_with_enough_trials() -> None:
    assert furthest(finished_trials(), PLAN) == 6
    few = [make_trial(number, [0.5] * (6 if number < 4 else 2), "complete") for number in range(10)]
    assert furthest(few, PLAN) == 2  # four trials at epoch 6 are too few
    assert furthest(few[:3], PLAN) == 6  # where there are no more trials, they are enough
    assert furthest([make_trial(0, [0.5], "running")], PLAN) == 1


def test_the_default_and_the_best_are_labelled() -> None:
    labels = [label for _, _, label in default_and_best(finished_trials(), PLAN)]
    assert labels == ["default: trial 0, 0.473", "best: trial 9, 0.573"]
    ((_, style, label),) = default_and_best([make_trial(0, [0.5], "running")], PLAN)
    assert style is BEST and label == "best, the default: trial 0, 0.500"
    assert default_and_best([make_trial(0, [], "waiting")], PLAN) == []


def test_progress_in_words() -> None:
    assert progress(finished_trials(), PLAN) == "20 of 20 trials: 7 complete, 12 stopped, 1 failed."
    begun = [make_trial(0, [0.5], "paused"), make_trial(1, [0.5, 0.6], "stopped")]
    assert progress(begun, PLAN) == "2 of 20 trials: 1 stopped, 1 unfinished. The search has not ended."
    assert progress([], PLAN) == "0 of 20 trials. The search has not ended."
