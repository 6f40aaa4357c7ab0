"""Pretrained weights that lie elsewhere now: a run that was copied from a cluster, say."""

from dataclasses import replace
from pathlib import Path

from models.parts import pretrained
from search.options import OptionError
from search.runs.plan import Plan


def moved(plan: Plan, path: Path) -> Plan:
    """Return the plan of a run with the same pretrained weights in another file.

    Raises:
        OptionError: the run has none, or they are others.
        WeightsError: the file cannot be read.
    """
    if plan.weights is None:
        raise OptionError(f"--weights: {plan.study} starts from random weights and has no use for it")
    found, wanted = pretrained.read(path, list(plan.weights.backbones)), plan.weights.fingerprint
    if found.fingerprint != wanted:
        raise OptionError(
            f"--weights {path}: fingerprint {found.fingerprint[:12]}…, the run was started with "
            f"{wanted[:12]}…"
        )
    return replace(plan, weights=replace(plan.weights, path=found.path))
