"""The record of a run, `run.json`: what the run is, where it came from, and what it found.

It is read with types checked, and has a format number:

1. Until November 2026, without a number: the plan had `grace` and `eta`, as there was one scheduler.
2. The plan names its scheduler, and keeps that scheduler's settings.
3. The plan names its dataset, which need not be the study's own, and the study may be a user's file.
4. The plan may have a second objective and limits of costs.
5. The plan may be by balanced accuracy.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from optuna.distributions import BaseDistribution, distribution_to_json, json_to_distribution

from search.algorithm.objectives import ACCURACIES, COSTS
from search.algorithm.samplers import SAMPLERS
from search.algorithm.schedulers import SCHEDULERS
from search.runs.plan import Plan
from search.runs.provenance import Hardware

FORMAT = 5


class FormatError(ValueError):
    """The text is no record of a run; the message says why."""


class LaterFormat(FormatError):
    """A later version of this program has written the record."""


@dataclass(frozen=True)
class DatasetRecord:
    """The dataset of a run: its name, and the SHA-256 of its data."""

    name: str
    fingerprint: str


@dataclass(frozen=True)
class UnusedValidation:
    """Best and default configuration on validation images that the search did not use.

    Attributes:
        images: how many.
        best: accuracy of the best trial on them, balanced if the objective of the search is.
        default: that of the default configuration.
        gain: of the best over the default.
        gain_95: half of the gain's 95 % interval.
    """

    images: int
    best: float
    default: float
    gain: float
    gain_95: float


@dataclass(frozen=True)
class Best:
    """The trial that a finished search returned.

    Attributes:
        trial: its number.
        value: its objective.
        params: its hyperparameters.
        unused_validation: measured again; None where that could not be done.
    """

    trial: int
    value: float
    params: Mapping[str, Any]
    unused_validation: UnusedValidation | None = None


@dataclass(frozen=True)
class RunRecord:
    """What `run.json` holds.

    Attributes:
        command: that made the run.
        plan: of the run.
        dataset: that it was searched on.
        versions: package → version.
        commit: of the project; None outside of a repository.
        hardware: that it was planned for.
        start: objective before the first step, of a run that goes on from another.
        best: of a finished run.
        format: of the file.
    """

    command: str
    plan: Plan
    dataset: DatasetRecord
    versions: Mapping[str, str]
    commit: str | None
    hardware: Hardware
    start: float | None = None
    best: Best | None = None
    format: int = FORMAT


def encode(record: Any) -> str:
    """Return a dataclass as JSON, with distributions as Optuna writes them."""
    values = msgspec.to_builtins(record, enc_hook=_encode_distribution)
    return json.dumps(values, indent=2)


def decode(text: str) -> RunRecord:
    """Return the record that `encode` wrote, of this format or an earlier one.

    Raises:
        LaterFormat: a later version has written it, or one with more schedulers or samplers.
        FormatError: it is no such record.
    """
    try:
        values = json.loads(text)
        if not isinstance(values, dict):
            raise FormatError(f"it holds a {type(values).__name__}, not a record")
        number = values.get("format", 1)
        if isinstance(number, int) and number > FORMAT:
            raise LaterFormat(f"it has format {number}, this version reads formats up to {FORMAT}")
        if number == 1:
            values = _upgraded(values)
        if number in (1, 2, 3, 4):  # formats from 2 on differ in what may be absent
            values = {**values, "format": FORMAT}
        record: RunRecord = convert(values, RunRecord)
        _check_names(record.plan)
        _check_values(record.plan)
        return record
    except FormatError:
        raise
    except Exception as error:  # of whatever type damaged values end in, in Optuna's distributions too
        raise FormatError(" ".join(str(error).split())[:200] or type(error).__name__) from None


def convert(values: Any, kind: type[Any]) -> Any:
    """Return JSON values as a dataclass, types checked.

    Raises:
        msgspec.ValidationError: they do not fit; a ValueError that says where.
    """
    return msgspec.convert(values, kind, dec_hook=_decode_distribution)


def _check_names(plan: Plan) -> None:
    """Raise a LaterFormat where a plan names something that this version does not have."""
    for kind, name, entries in (
        ("scheduler", plan.scheduler, SCHEDULERS),
        ("sampler", plan.sampler, SAMPLERS),
        ("objective", plan.objective, ACCURACIES.values()),
        ("cost", plan.cost, ["", *COSTS]),
    ):
        if name not in entries:
            raise LaterFormat(f"its {kind} is {name!r}, this version has {', '.join(entries)}")


# Least and most of the numbers of a plan: a damaged one is not to take for ever, nor all of the memory.
_RANGES = {
    "trials": (1, 10**6),
    "epochs": (1, 10**5),
    "train_images": (1, 10**9),
    "validation_images": (1, 10**9),
    "seed": (0, 2**31 - 1),
    "gpus_per_trial": (0, 1024),
    "threads": (1, 10**4),
    "concurrent": (1, 10**5),
}


def _check_values(plan: Plan) -> None:
    """Raise an error where a plan has values with which nothing can go on."""
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(plan, name) <= most:
            raise FormatError(f"plan.{name} is {getattr(plan, name)}, not from {least} to {most}")
    for name, values in plan.space.items():
        if not math.isfinite(values.to_internal_repr(plan.default[name])):
            raise FormatError(f"plan.default.{name} is {plan.default[name]!r}")
    plan.describe_scheduler()  # raises for settings that it does not have
    if plan.parent:
        _check_values(plan.parent.plan)


def _upgraded(values: dict[str, Any]) -> dict[str, Any]:
    """Return a record of format 1 as one of format 2."""
    return {**values, "plan": _upgraded_plan(values["plan"]), "format": FORMAT}


def _upgraded_plan(plan: dict[str, Any]) -> dict[str, Any]:
    settings = {"grace_period": plan["grace"], "reduction_factor": plan["eta"]}
    parent = plan.get("parent")
    if parent:
        parent = {**parent, "plan": _upgraded_plan(parent["plan"])}
    others = {name: value for name, value in plan.items() if name not in ("grace", "eta")}
    return {**others, "scheduler": "halving", "scheduler_settings": settings, "parent": parent}


def _encode_distribution(value: Any) -> Any:
    if isinstance(value, BaseDistribution):
        return json.loads(distribution_to_json(value))
    raise NotImplementedError(f"{type(value).__name__} is not written to JSON")


def _decode_distribution(kind: type[Any], value: Any) -> Any:
    if kind is BaseDistribution:
        return json_to_distribution(json.dumps(value))
    raise NotImplementedError(f"{kind.__name__} is not read from JSON")
