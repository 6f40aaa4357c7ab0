"""Plans and records of runs whose scheduler has the settings that a search would give it."""

import dataclasses
from pathlib import Path
from typing import Any

from search.algorithm import schedulers
from search.runs.plan import Plan
from search.runs.record import Best, RunRecord
from search.runs.run import Run, create
from tests import plans

FINGERPRINT = "f" * 64
BEST = Best(trial=3, value=0.5, params={"learning_rate": 0.02, "depth": 1, "batch_size": 32})


def small_plan(**changes: Any) -> Plan:
    """Return a plan of 6 trials of up to 9 epochs on a CPU, two at a time, but for what a test changes.

    The settings of its scheduler follow from scheduler and epochs, unless they are given.
    """
    plan = plans.small_plan(**changes)
    if "scheduler_settings" in changes:
        return plan
    return dataclasses.replace(plan, scheduler_settings=schedulers.settings(plan.scheduler, plan.epochs))


def small_record(**changes: Any) -> RunRecord:
    """Return the record of a run that has just begun, but for what a test changes."""
    return plans.small_record(**{"plan": small_plan(), **changes})


def make_run(folder: Path, **changes: Any) -> Run:
    """Make a run of `small_record(**changes)`, open and locked."""
    return create(folder, small_record(**changes))
