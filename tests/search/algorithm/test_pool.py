"""What all schedulers share: failures, dead workers, and which waiting trial a worker gets."""

import math

import pytest

from search.algorithm.pool import RETRIES, Pool
from search.algorithm.schedulers import none
from search.algorithm.trial import Trial
from tests.search.algorithm.conftest import metrics, pool, train


def test_read_back_between_its_last_epoch_and_its_end_a_trial_has_ended() -> None:
    whole = Trial(0, {}, {9: metrics(0.6)})
    wrong = Trial(1, {}, {1: {**metrics(0.1), "loss": math.nan}})
    scheduler = none.make(pool(2, [whole, wrong]))
    assert (whole.state, wrong.state) == ("complete", "failed")
    assert scheduler.finished


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_fails_the_trial_and_the_search_goes_on(wrong: float) -> None:
    scheduler = none.make(pool(4))
    trial = scheduler.next()
    assert trial is not None
    assert not scheduler.report(trial, 1, {**metrics(0.5), "loss": wrong})
    assert trial.state == "failed"
    assert trial.reason == f"loss is {wrong} at epoch 1"
    train(scheduler)
    assert scheduler.finished
    assert [t.state for t in scheduler.pool.trials].count("failed") == 1


def test_a_dead_worker_is_replaced_twice_and_then_the_trial_fails() -> None:
    scheduler = none.make(pool(2))
    for death in range(RETRIES + 1):
        trial = scheduler.next()
        assert trial is not None
        assert trial.number == 0, death
        scheduler.pool.died(trial, "killed")
    assert trial.state == "failed"
    assert "3 times: killed" in trial.reason
    train(scheduler)
    assert scheduler.finished


def test_several_at_a_time_get_different_trials() -> None:
    scheduler = none.make(pool(5))
    taken = [scheduler.next() for _ in range(5)]
    assert [trial.number for trial in taken if trial] == [0, 1, 2, 3, 4]
    assert scheduler.next() is None
    assert not scheduler.finished


def test_a_worker_gets_what_waits_for_the_step_that_it_has_compiled() -> None:
    given = [Trial(number, {"depth": depth}) for number, depth in enumerate([1, 1, 1, 2, 2, 3])]
    trials = Pool(given, target=6, epochs=1, suggest=lambda _: {}, compiled=lambda params: params["depth"])
    scheduler = none.make(trials)
    one, other = scheduler.next(), scheduler.next()
    assert one and other
    taken = [(one.number, other.number)]
    while one or other:
        for trial in (one, other):
            if trial:
                scheduler.report(trial, 1, metrics(0.5))
        one, other = one and scheduler.next(after=one), other and scheduler.next(after=other)
        taken.append((one.number if one else None, other.number if other else None))
    # No depth is compiled twice while there is another to compile; at the end nobody is left idle for it.
    assert taken == [(0, 3), (1, 4), (2, 5), (None, None)]
    assert scheduler.finished
