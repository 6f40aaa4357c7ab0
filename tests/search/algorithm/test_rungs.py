"""The epochs at which trials are compared, and what a search over them costs."""

import pytest

from search.algorithm.rungs import remaining_epochs, rungs, total_epochs
from search.algorithm.trial import Trial
from tests.search.algorithm.conftest import metrics, pool


@pytest.mark.parametrize(
    ("epochs", "grace_period", "reduction_factor", "expected"),
    [(1, 1, 3, (1,)), (30, 3, 3, (3, 10, 30)), (18, 2, 3, (2, 6, 18)), (2, 1, 3, (2,)), (9, 1, 3, (1, 3, 9))],
)
def test_rungs(epochs: int, grace_period: int, reduction_factor: int, expected: tuple[int, ...]) -> None:
    assert rungs(epochs, grace_period, reduction_factor) == expected


def test_total_epochs_count_each_rung_once() -> None:
    assert total_epochs(10, (1, 3, 9), 3) == 9 + (9 * 1 + 3 * 2 + 1 * 6)  # the default, the others
    assert total_epochs(1, (2, 6, 18), 3) == 18


def test_epochs_of_a_failed_trial_are_not_expected_again() -> None:
    failed = Trial(0, {}, {1: metrics(0.5)}, "failed")
    assert remaining_epochs(pool(1, [failed]), (1, 3, 9), 3) == 0


def test_what_runs_is_owed_its_next_rung() -> None:
    running = [Trial(number, {}, {1: metrics(0.5)}, "running") for number in range(4)]
    paused = [Trial(number, {}, {1: metrics(0.5)}, "paused") for number in range(4, 20)]
    trials = pool(20, [*running, *paused])
    assert remaining_epochs(trials, (1, 3, 9), 3) >= 4 * 2
