"""The rungs, and which paused trial goes on."""

import pytest

from search.algorithm.pool import Pool
from search.algorithm.scheduler import Scheduler
from search.algorithm.schedulers.halving import make, promotable, settings
from search.algorithm.trial import Trial
from tests.search.algorithm.conftest import check_resumes, metrics, pool, train


def halving(pool: Pool) -> Scheduler:
    return make(pool, grace_period=1, reduction_factor=3, finish_best=1)


def trial(number: int, *values: float, state: str = "paused") -> Trial:
    epochs = {e + 1: {"val_accuracy": v, "images": 1, "seconds": 1} for e, v in enumerate(values)}
    return Trial(number, {}, epochs, state)  # type: ignore[arg-type]


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


def test_a_search_trains_all_trials_and_a_third_of_each_rung_further() -> None:
    scheduler = halving(pool(27))
    train(scheduler)
    assert scheduler.finished
    reached = [sum(level in trial.epochs for trial in scheduler.pool.trials) for level in (1, 3, 9)]
    assert reached[0] == 27
    assert 9 <= reached[1] <= 12  # asynchronous: a few are promoted that later ones overtake
    assert 3 <= reached[2] <= 5
    assert {trial.state for trial in scheduler.pool.trials} == {"paused", "complete"}
    assert {trial.state for trial in scheduler.pool.end()} == {"stopped"}


def test_nothing_is_trained_twice() -> None:
    trained = train(halving(pool(20)))
    assert len(trained) == len(set(trained))


@pytest.mark.parametrize("target", [1, 2, 3])
def test_the_smallest_search_ends_with_a_complete_trial(target: int) -> None:
    scheduler = halving(pool(target))
    train(scheduler)
    assert scheduler.best is not None
    assert scheduler.best.epoch == 9
    assert scheduler.finished


def test_the_default_configuration_is_trained_to_the_end() -> None:
    scheduler = halving(pool(6))
    trained = train(scheduler)
    assert [epoch for number, epoch in trained[:9] if number == 0] == list(range(1, 10))


def test_an_extended_search_trains_only_what_is_new() -> None:
    first = halving(pool(9))
    before = set(train(first))
    first.pool.end()
    more = halving(pool(18, first.pool.trials))
    after = train(more)
    assert not before & set(after)
    assert len(more.pool.trials) == 18
    assert more.finished


def test_stopped_anywhere_and_read_back_it_decides_the_same() -> None:
    check_resumes(halving, 12)


def test_what_it_expects_is_what_it_trains() -> None:
    scheduler = halving(pool(27))
    expected = scheduler.expected_epochs()
    trained = train(scheduler)
    assert expected <= len(trained) <= 1.5 * expected
    assert scheduler.expected_epochs() == 0


def test_its_own_settings_compare_at_a_ninth_and_a_third() -> None:
    scheduler = make(pool(9, epochs=18), **settings(18))
    assert scheduler.describe().rungs == (2, 6, 18)
    assert scheduler.describe().rule == "about the best 1/3 of each go on"


def falling(trial: Trial, epochs: int = 9) -> float:
    """Return a value that begins high and falls for trial 1, and rises slowly for the others."""
    return 0.9 - 0.02 * epochs if trial.number == 1 else 0.05 * trial.number + 0.01 * epochs


def test_the_best_is_trained_to_its_end_before_the_search_ends() -> None:
    scheduler = halving(pool(4))
    while trial := scheduler.next():
        while scheduler.report(trial, trial.epoch + 1, metrics(falling(trial, trial.epoch + 1))):
            pass
    assert scheduler.best and scheduler.best.number == 1
    assert scheduler.best.state == "complete"
    assert scheduler.finished


def test_the_first_trial_that_finishes_is_not_returned_for_that() -> None:
    default, other = Trial(0, {}, {9: metrics(0.5)}, "complete"), Trial(1, {}, {1: metrics(0.6)}, "paused")
    assert halving(pool(9, [default, other])).best is other


def test_a_run_begun_before_returns_the_best_of_those_trained_furthest() -> None:
    default, other = Trial(0, {}, {9: metrics(0.5)}, "complete"), Trial(1, {}, {1: metrics(0.6)}, "paused")
    scheduler = make(pool(2, [default, other]), grace_period=1, reduction_factor=3)
    assert scheduler.best is default


def test_a_run_begun_before_decides_the_same_when_it_is_read_back() -> None:
    check_resumes(lambda trials: make(trials, grace_period=1, reduction_factor=3), 12)
