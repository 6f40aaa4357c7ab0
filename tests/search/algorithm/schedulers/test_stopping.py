"""Halving that stops for good."""

import numpy as np

from search.algorithm.pool import Pool
from search.algorithm.scheduler import Scheduler
from search.algorithm.schedulers.stopping import make, rungs_from, settings
from tests.search.algorithm.conftest import check_resumes, pool, train


def stopping(pool: Pool) -> Scheduler:
    return make(pool, grace_period=1, reduction_factor=4)


def test_what_is_below_the_best_quarter_of_those_before_it_ends() -> None:
    scheduler = stopping(pool(40, epochs=18))
    train(scheduler)
    trials = scheduler.pool.trials
    stopped = 0
    for trial in trials[1:]:
        for rung in (1, 4, 16):
            before = [other.value_at(rung) for other in trials[: trial.number] if rung in other.epochs]
            if rung in trial.epochs and before:
                below = trial.value_at(rung) < np.percentile(before, 75)
                assert below == (trial.epoch == rung and trial.state == "stopped")
                stopped += below
    assert stopped > 10
    assert scheduler.finished


def test_the_default_is_never_stopped_and_nothing_is_paused() -> None:
    scheduler = stopping(pool(20))
    train(scheduler)
    assert scheduler.pool.trials[0].state == "complete"
    assert {trial.state for trial in scheduler.pool.trials} == {"complete", "stopped"}


def test_stopped_anywhere_and_read_back_it_decides_the_same() -> None:
    check_resumes(stopping, 12)


def test_rungs_are_counted_from_the_first() -> None:
    assert rungs_from(1, 50, 4) == (1, 4, 16, 50)
    assert rungs_from(2, 18, 4) == (2, 8, 18)
    assert rungs_from(1, 1, 4) == (1,)
    assert make(pool(9, epochs=18), **settings(18)).describe().rungs == (2, 8, 18)
