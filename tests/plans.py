"""Plans and records of searches small enough for a test."""

import dataclasses
from typing import Any

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.runs.plan import Plan
from search.runs.provenance import Hardware
from search.runs.record import DatasetRecord, RunRecord

_PLAN = Plan(
    study="cifar_basic",
    trials=6,
    epochs=9,
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
    scheduler="halving",
)


def small_plan(*, grace_period: int = 1, **changes: Any) -> Plan:
    """Return a plan of 6 trials of up to 9 epochs on a CPU, two at a time, but for what a test changes."""
    settings = {"grace_period": grace_period, "reduction_factor": 3}
    return dataclasses.replace(_PLAN, **{"scheduler_settings": settings, **changes})


def small_record(plan: Plan, **changes: Any) -> RunRecord:
    """Return the record of a run with a plan, but for what a test changes."""
    record = RunRecord(
        command=f"python -m search {plan.study} --trials {plan.trials}",
        plan=plan,
        dataset=DatasetRecord("cifar10", "f" * 64),
        versions={"python": "3.11.7", "keras": "3.15.1"},
        commit="c" * 40,
        hardware=Hardware(2, 0, "a processor", 2),
    )
    return dataclasses.replace(record, **changes)
