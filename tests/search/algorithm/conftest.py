"""Made-up learning curves, and searches over them that train one trial at a time."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from optuna.distributions import IntDistribution

from search.algorithm.pool import Pool
from search.algorithm.scheduler import Scheduler
from search.algorithm.trial import ENDED, Trial

Make = Callable[[Pool], Scheduler]


def curve(number: int, epoch: int) -> float:
    """Return the value of a trial at an epoch: trials differ, and all get better."""
    return float(np.random.default_rng(number).random() * 0.5 + 0.3 * (1 - math.exp(-epoch / 4)))


def metrics(value: float) -> dict[str, float]:
    """Return the metrics of an epoch."""
    return {"val_accuracy": value, "loss": 1 - value, "images": 10, "seconds": 0.1}


def pool(target: int, trials: list[Trial] | None = None, epochs: int = 9) -> Pool:
    """Return a pool of trials with one hyperparameter."""
    return Pool(
        trials or [],
        target=target,
        epochs=epochs,
        suggest=lambda trials: {"x": len(trials)},
        compiled=str,
        space={"x": IntDistribution(0, 99)},
    )


def train(scheduler: Scheduler, stop_after: int | None = None) -> list[tuple[int, int]]:
    """Train one trial at a time; return (trial, epoch) as trained."""
    trained: list[tuple[int, int]] = []
    while trial := scheduler.next():
        for epoch in itertools.count(trial.epoch + 1):
            trained.append((trial.number, epoch))
            goes_on = scheduler.report(trial, epoch, metrics(curve(trial.number, epoch)))
            if stop_after is not None and len(trained) >= stop_after:
                return trained
            if not goes_on:
                break
    return trained


def read_back(trials: list[Trial]) -> list[Trial]:
    """Return trials as a journal gives them back: those that have not ended are waiting."""
    return [
        replace(trial, epochs=dict(trial.epochs), state=trial.state if trial.state in ENDED else "waiting")
        for trial in trials
    ]


def check_resumes(make: Make, target: int) -> None:
    """Assert that a search decides the same wherever it is stopped and read back."""
    whole = make(pool(target))
    sequence = train(whole)
    for cut in range(1, len(sequence)):
        broken = make(pool(target))
        done = train(broken, stop_after=cut)
        resumed = make(pool(target, read_back(broken.pool.trials)))
        assert done + train(resumed) == sequence, cut
        assert resumed.pool.trials == whole.pool.trials
