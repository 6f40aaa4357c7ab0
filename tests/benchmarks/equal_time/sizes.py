"""What all contestants search: the study's own plan for a CPU. They differ only in how they search it."""

from pathlib import Path

from search import executors
from search.command import planning
from search.options import SearchOptions
from search.runs.plan import Plan
from search.training.trainer import Trainer

WORKERS = 2


def plan_of(study: str, seed: int) -> Plan:
    """Return the plan of a study as `python -m search STUDY --seed SEED` has it on this machine."""
    options = SearchOptions(seed=seed, concurrent=WORKERS)
    return planning.make_plan(study, options, executors.hardware("ray", None))


def trainer_of(study: str, seed: int, folder: Path) -> Trainer:
    """Return what trains a trial for every contestant; its checkpoints lie in the folder."""
    return Trainer(plan_of(study, seed), folder / "checkpoints")
