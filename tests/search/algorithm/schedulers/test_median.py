"""The median stopping rule."""

import statistics

from search.algorithm.pool import Pool
from search.algorithm.scheduler import Scheduler
from search.algorithm.schedulers.median import make, settings
from tests.search.algorithm.conftest import check_resumes, metrics, pool, train


def median(pool: Pool) -> Scheduler:
    return make(pool, grace_period=2, minimum_trials=3)


def test_a_trial_below_the_median_of_the_others_ends() -> None:
    scheduler = median(pool(4))
    for value in (0.5, 0.6, 0.7):
        trial = scheduler.next()
        assert trial
        for epoch in range(1, 10):
            scheduler.report(trial, epoch, metrics(value))
        assert trial.state == "complete"
    last = scheduler.next()
    assert last
    assert scheduler.report(last, 1, metrics(0.1))  # within its grace period
    assert not scheduler.report(last, 2, metrics(0.59))
    assert last.state == "stopped"
    assert scheduler.finished


def test_its_best_value_counts_and_not_its_last() -> None:
    scheduler = median(pool(4))
    for value in (0.5, 0.6, 0.7):
        trial = scheduler.next()
        assert trial
        for epoch in range(1, 10):
            scheduler.report(trial, epoch, metrics(value))
    last = scheduler.next()
    assert last
    scheduler.report(last, 1, metrics(0.65))
    assert scheduler.report(last, 2, metrics(0.2))


def test_every_stopped_trial_was_below_the_median_of_those_before_it() -> None:
    scheduler = median(pool(30))
    train(scheduler)
    trials = scheduler.pool.trials
    stopped = [trial for trial in trials if trial.state == "stopped"]
    assert 8 <= len(stopped) <= 22
    for trial in stopped:
        others = [other for other in trials[: trial.number] if trial.epoch in other.epochs]
        means = [statistics.fmean(other.value_at(e) for e in range(1, trial.epoch + 1)) for other in others]
        assert max(map(trial.value_at, trial.epochs)) < statistics.median(means)


def test_stopped_anywhere_and_read_back_it_decides_the_same() -> None:
    check_resumes(median, 12)


def test_it_is_drawn_at_its_grace_period_and_its_doubles() -> None:
    description = make(pool(9, epochs=18), **settings(18)).describe()
    assert description.rungs == (2, 4, 8, 16, 18)
    assert "below the median" in description.rule


def test_it_expects_half_of_the_trials_to_end_early() -> None:
    assert median(pool(11)).expected_epochs() == 9 + round(10 * (9 + 2) / 2)
