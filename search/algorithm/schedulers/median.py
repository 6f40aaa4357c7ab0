"""The median stopping rule (Golovin et al., Google Vizier, KDD 2017).

A trial is stopped after an epoch if its best value so far is below the median of the other trials' mean
values up to that epoch.
"""

import math
import statistics

from search.algorithm.early_stopping import EarlyStopping
from search.algorithm.pool import Pool
from search.algorithm.scheduler import Description, Scheduler
from search.algorithm.trial import Trial

MINIMUM_TRIALS = 5  # Optuna's default for its median pruner: the median of fewer says little
EARLIEST = 9  # no trial is stopped before a ninth of the full length, as in `halving`


def settings(epochs: int) -> dict[str, int]:
    """Return the settings for trials of so many epochs; a run keeps them."""
    return {"grace_period": max(1, epochs // EARLIEST), "minimum_trials": MINIMUM_TRIALS}


def make(pool: Pool, *, grace_period: int, minimum_trials: int) -> Scheduler:
    """Return the scheduler.

    Args:
        pool: of the search.
        grace_period: no trial is stopped before this epoch.
        minimum_trials: no trial is stopped while fewer others have reached its epoch.
    """

    def stops(trial: Trial) -> bool:
        if trial.epoch < grace_period:
            return False
        others = [other for other in pool.alive if other is not trial and trial.epoch in other.epochs]
        if len(others) < minimum_trials:
            return False
        median = statistics.median(_mean_value(other, trial.epoch) for other in others)
        return max(map(trial.value_at, trial.epochs)) < median

    rule = f"from epoch {grace_period} on, a trial below the median of the others is stopped"
    return EarlyStopping(
        pool,
        stops=stops,
        expected=lambda: _expected_epochs(pool, min(grace_period, pool.epochs)),
        description=Description(rule, _doubles(grace_period, pool.epochs), 2),
    )


def _mean_value(trial: Trial, epoch: int) -> float:
    """Return the mean of a trial's finite values up to an epoch."""
    values = [trial.value_at(earlier) for earlier in trial.epochs if earlier <= epoch]
    return statistics.fmean(value for value in values if math.isfinite(value))


def _expected_epochs(pool: Pool, grace_period: int) -> int:
    """Estimate the epochs to come, if every second new trial is stopped at the end of its grace period."""
    ahead = sum(pool.epochs - trial.epoch for trial in pool.unfinished)
    missing = pool.target - len(pool.trials)
    if missing and not pool.trials:  # the first trial is never stopped
        ahead, missing = ahead + pool.epochs, missing - 1
    return ahead + round(missing * (pool.epochs + grace_period) / 2)


def _doubles(grace_period: int, epochs: int) -> tuple[int, ...]:
    """Return some epochs for pictures: the rule itself compares at every one from the grace period on.

    >>> _doubles(2, 18)
    (2, 4, 8, 16, 18)
    """
    shown, epoch = [], grace_period
    while epoch < epochs:
        shown.append(epoch)
        epoch *= 2
    return (*shown, epochs)
