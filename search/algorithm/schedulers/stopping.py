"""Asynchronous successive halving that stops trials for good and pauses none.

The rule of Ray Tune's `ASHAScheduler`, written again from the appendix of its paper (Li et al., MLSys 2020):
a trial goes on past a rung if it is not below the best 1/reduction_factor of the trials that were there
before it.
"""

import math
from functools import partial

import numpy as np

from search.algorithm.early_stopping import EarlyStopping
from search.algorithm.pool import Pool
from search.algorithm.rungs import remaining_epochs
from search.algorithm.scheduler import Description, Scheduler
from search.algorithm.trial import Trial

REDUCTION_FACTOR = 4  # Ray Tune's default
EARLIEST = 9  # no trial is stopped before a ninth of the full length, as in `halving`


def settings(epochs: int) -> dict[str, int]:
    """Return the settings for trials of so many epochs; a run keeps them."""
    return {"grace_period": max(1, epochs // EARLIEST), "reduction_factor": REDUCTION_FACTOR}


def make(pool: Pool, *, grace_period: int, reduction_factor: int) -> Scheduler:
    """Return the scheduler.

    Args:
        pool: of the search.
        grace_period: the first rung, in epochs.
        reduction_factor: each rung lies at this multiple of the one before; at least 2.
    """
    rungs = rungs_from(grace_period, pool.epochs, reduction_factor)

    def stops(trial: Trial) -> bool:
        return trial.epoch in rungs and not _among_best(trial, pool.trials, reduction_factor)

    return EarlyStopping(
        pool,
        stops=stops,
        expected=partial(remaining_epochs, pool, rungs, reduction_factor),
        description=Description(
            f"a trial that is not among the best 1/{reduction_factor} of those before it is stopped",
            rungs,
            reduction_factor,
        ),
    )


def rungs_from(grace_period: int, epochs: int, reduction_factor: int) -> tuple[int, ...]:
    """Return the rungs, counted from the first one on; the last one is the full length.

    >>> rungs_from(1, 40, 4)
    (1, 4, 16, 40)
    """
    rungs, epoch = [], grace_period
    while epoch < epochs:
        rungs.append(epoch)
        epoch *= reduction_factor
    return (*rungs, epochs)


def _among_best(trial: Trial, trials: list[Trial], reduction_factor: int) -> bool:
    values = [other.value_at(trial.epoch) for other in trials if other is not trial]
    finite = [value for value in values if math.isfinite(value)]
    return not finite or bool(trial.value >= np.percentile(finite, 100 * (1 - 1 / reduction_factor)))
