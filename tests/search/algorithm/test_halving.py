"""The rungs, and which paused trial goes on."""

import doctest

import pytest

from search.algorithm import halving
from search.algorithm.halving import expected_epochs, promotable, rungs
from search.algorithm.trial import Trial


def trial(number: int, *values: float, state: str = "paused") -> Trial:
    epochs = {e + 1: {"val_accuracy": v, "images": 1, "seconds": 1} for e, v in enumerate(values)}
    return Trial(number, {}, epochs, state)  # type: ignore[arg-type]


def test_examples() -> None:
    assert doctest.testmod(halving).failed == 0


@pytest.mark.parametrize(
    ("epochs", "grace", "eta", "expected"),
    [(1, 1, 3, (1,)), (30, 3, 3, (3, 10, 30)), (18, 2, 3, (2, 6, 18)), (2, 1, 3, (2,)), (9, 1, 3, (1, 3, 9))],
)
def test_rungs(epochs: int, grace: int, eta: int, expected: tuple[int, ...]) -> None:
    assert rungs(epochs, grace, eta) == expected


def test_the_best_third_of_a_rung_goes_on() -> None:
    trials = [trial(n, value) for n, value in enumerate([0.1, 0.5, 0.3, 0.2, 0.4, 0.6])]
    first = promotable(trials, (1, 3), 3)
    assert first is trials[5]
    first.state = "running"
    assert promotable(trials, (1, 3), 3) is trials[1]
    trials[1].state = "running"
    assert promotable(trials, (1, 3), 3) is None


def test_nothing_goes_on_from_a_rung_that_too_few_have_reached() -> None:
    assert promotable([trial(0, 0.9), trial(1, 0.1)], (1, 3), 3) is None


def test_the_highest_rung_comes_first() -> None:
    low = [trial(n, 0.9) for n in range(3)]
    high = [trial(n, 0.1, 0.1, 0.2 + n / 100) for n in range(3, 6)]
    assert promotable([*low, *high], (1, 3, 9), 3) is high[2]


def test_the_last_call_passes_on_one_where_there_are_few_but_waits_for_those_below() -> None:
    few = [trial(0, 0.2), trial(1, 0.4)]
    assert promotable(few, (1, 3), 3, last_call=True) is few[1]
    coming = Trial(2, {}, state="running")
    assert promotable([*few, coming], (1, 3), 3, last_call=True) is None


def test_a_failed_trial_is_never_promoted_nor_counted() -> None:
    trials = [trial(0, 0.9, state="failed"), trial(1, 0.2), trial(2, 0.3)]
    assert promotable(trials, (1, 3), 3) is None


def test_equal_trials_are_taken_in_their_order() -> None:
    trials = [trial(n, 0.5) for n in range(3)]
    assert promotable(trials, (1, 3), 3) is trials[0]


def test_expected_epochs_counts_each_rung_once() -> None:
    assert expected_epochs(10, (1, 3, 9), 3) == 9 + (9 * 1 + 3 * 2 + 1 * 6)  # the default, the others
    assert expected_epochs(1, (2, 6, 18), 3) == 18
