"""Plans of searches small enough for a test."""

import dataclasses
from typing import Any

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.runs.plan import Plan

_PLAN = Plan(
    study="cifar_basic",
    trials=6,
    epochs=9,
    grace=1,
    eta=3,
    train_images=100,
    validation_images=50,
    seed=0,
    sampler="random",
    space={
        "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
        "depth": IntDistribution(1, 4),
        "batch_size": CategoricalDistribution([32]),
    },
    default={"learning_rate": 0.01, "depth": 2, "batch_size": 32},
    gpu=False,
    gpus_per_trial=0.0,
    threads=1,
    concurrent=2,
    backend="tensorflow",
)


def small_plan(**changes: Any) -> Plan:
    """Return a plan of 6 trials of up to 9 epochs on a CPU, two at a time, but for what a test changes."""
    return dataclasses.replace(_PLAN, **changes)
