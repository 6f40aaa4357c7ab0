"""Plans and records of runs small enough for a test."""

import dataclasses
from pathlib import Path
from typing import Any

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.algorithm import schedulers
from search.runs.plan import Plan
from search.runs.provenance import Hardware
from search.runs.record import Best, DatasetRecord, RunRecord
from search.runs.run import Run, create

FINGERPRINT = "f" * 64

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
    scheduler_settings=schedulers.settings("halving", 9),
)

_RECORD = RunRecord(
    command="python -m search cifar_basic",
    plan=_PLAN,
    dataset=DatasetRecord("cifar10", FINGERPRINT),
    versions={"python": "3.11.7", "keras": "3.15.1"},
    commit="0123abc",
    hardware=Hardware(cores=2, gpus=0, name="a processor", node_cores=2),
)

BEST = Best(trial=3, value=0.5, params={"learning_rate": 0.02, "depth": 1, "batch_size": 32})


def small_plan(**changes: Any) -> Plan:
    """Return a plan of 6 trials of up to 9 epochs on a CPU, two at a time, but for what a test changes.

    The settings of its scheduler are those of the scheduler and the epochs, unless they are given.
    """
    plan = dataclasses.replace(_PLAN, **changes)
    if "scheduler_settings" in changes:
        return plan
    return dataclasses.replace(plan, scheduler_settings=schedulers.settings(plan.scheduler, plan.epochs))


def small_record(**changes: Any) -> RunRecord:
    """Return the record of a run that has just begun, but for what a test changes."""
    return dataclasses.replace(_RECORD, **changes)


def make_run(folder: Path, **changes: Any) -> Run:
    """Make a run of `small_record(**changes)`, open and locked."""
    return create(folder, small_record(**changes))
