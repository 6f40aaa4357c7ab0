"""Milliseconds of the default scheduler and sampler a decision, in searches of 10, 100 and 1,000 trials.

    python -m tests.benchmarks.decisions

A decision is what a free worker waits for: which trial goes on, or what a new one is. The space is that of
cifar_residual, the curves are made up.
"""

import math
import time
from typing import Any

import numpy as np

import models
from models.space import points
from search.algorithm import samplers, schedulers
from search.algorithm.pool import Pool
from search.algorithm.trial import OBJECTIVE, Trial

EPOCHS = 18
SIZES = (10, 100, 1_000)
DECISIONS = 60  # timed at each size


def main() -> None:
    """Print a line for each size."""
    study = models.load("cifar_residual")
    space = study.distributions(gpu=False)
    default = points.default_params(study, space)

    def suggest(trials: list[Trial]) -> dict[str, Any]:
        return samplers.suggest(samplers.DEFAULT, space, trials, 0, EPOCHS) if trials else default

    pool = Pool([], target=2 * SIZES[-1], epochs=EPOCHS, suggest=suggest, compiled=str, space=space)
    scheduler = schedulers.make(schedulers.DEFAULT, pool, schedulers.settings(schedulers.DEFAULT, EPOCHS))
    for size in SIZES:
        fill(pool, size)
        times = []
        for _ in range(DECISIONS):
            began = time.perf_counter()
            trial = scheduler.next()
            times.append(1000 * (time.perf_counter() - began))
            assert trial
            goes_on = True
            while goes_on:
                metrics = {OBJECTIVE: curve(trial, trial.epoch + 1), "seconds": 1.0, "images": 1.0}
                began = time.perf_counter()
                goes_on = scheduler.report(trial, trial.epoch + 1, metrics)
                if trial.state != "running":
                    times[-1] += 1000 * (time.perf_counter() - began)
        print(
            f"{size:5,} trials: mean {np.mean(times):.1f} ms, median {np.median(times):.1f}, "
            f"longest {max(times):.0f}"
        )


def fill(pool: Pool, size: int) -> None:
    """Add trials, with random parameters and a curve of 2 to 18 epochs, up to a size."""
    rng = np.random.default_rng(0)
    while len(pool.trials) < size:
        number = len(pool.trials)
        params = samplers.suggest("random", pool.space, pool.trials[:number], 0, EPOCHS)
        trial = Trial(number, params, state="paused")
        for epoch in range(1, (2, 2, 2, 4, 8, EPOCHS)[rng.integers(0, 6)] + 1):
            metrics = {OBJECTIVE: curve(trial, epoch), "seconds": 1.0, "images": 1.0}
            pool.record(trial, epoch, metrics)
        pool.judge(trial)
        trial.state = "complete" if trial.epoch == EPOCHS else "paused"
        pool.trials.append(trial)


def curve(trial: Trial, epoch: int) -> float:
    """Return the objective of a trial at an epoch; it depends on the learning rate, and on luck."""
    rate = math.log10(trial.params["learning_rate"])
    luck = np.random.default_rng([trial.number, epoch]).normal(0, 0.01)
    return float((0.8 - 0.1 * (rate + 2.5) ** 2) * (1 - math.exp(-epoch / 5)) + luck)


if __name__ == "__main__":
    main()
