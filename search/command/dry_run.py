"""What a session would do: everything is checked that can be, and nothing is started or written."""

import dataclasses
import sys
from pathlib import Path

import models
from search import executors
from search.command import planning, preview
from search.options import OptionError, SearchOptions
from search.runs import run, study_copy
from search.runs.plan import Plan


def start(study: str, options: SearchOptions) -> str:
    """Return what a search would do.

    Raises:
        OptionError, PointError: an option is out of its range.
    """
    definition = models.load(study)
    hardware = executors.hardware(options.executor, options.address)
    plan = planning.make_plan(study, options, hardware)
    print(preview.opening(plan, definition, hardware), file=sys.stderr)
    return preview.dry_run(plan, definition, hardware)


def resume(folder: Path, trials: int | None) -> str:
    """Return what a run would go on with, also while it is being written.

    Args:
        folder: of the run.
        trials: how many there will be; None for those of the run.

    Raises:
        OptionError: fewer trials than the run has, or more than its sampler can suggest.
        RunError: the run cannot be read.
    """
    plan = extended(run.read(folder).plan, trials)
    study_copy.load(plan, folder)
    planning.check_sampler(plan.sampler, plan.free, plan.trials)
    return f"{folder}: goes on, up to {plan.trials} trials of up to {plan.epochs} epochs"


def extended(plan: Plan, trials: int | None) -> Plan:
    """Return the plan of a run with more trials. Raises an OptionError where there would be fewer."""
    if trials is None:
        return plan
    if trials < plan.trials:
        raise OptionError(f"--trials {trials}: the run has {plan.trials} already and can only grow")
    return dataclasses.replace(plan, trials=trials)
