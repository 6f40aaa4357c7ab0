"""From a command to the plan of a run: what is asked for, checked against what there is."""

import argparse
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

import data
from models import Study
from models.parts import weights
from models.space import points
from search.command import budget
from search.executors.hardware import Hardware
from search.runs import parent
from search.runs.plan import Plan

BACKENDS = ("tensorflow", "jax")


def plan_of(said: argparse.Namespace, study: Study, there: Hardware) -> Plan:
    """Return the plan of a command.

    Raises:
        PointError: a value is not in the space, or more images or GPUs are asked for than there are.
        NoRun: the run that it goes on from is not there.
        WeightsError: pretrained weights cannot be had.
    """
    begins = _begins(said, study)
    inherited = begins["parent"]["plan"] if begins["parent"] else {}
    gpu = there.gpus > 0
    share = said.gpus_per_trial or 1.0
    images = data.sizes(study.dataset)
    slots = _slots(said, there, share)
    if said.train_images and said.train_images > images["training"]:
        raise points.PointError(
            f"--train-images {said.train_images}: {study.dataset} has {images['training']:,} training images"
        )
    space = _space(said, study, gpu, begins)
    seen = inherited.get("train_images", images["training"])
    train_images = said.train_images or budget.train_images(seen, study, gpu=gpu)
    _check_batch(space, train_images, said=said.train_images is not None)
    length = said.epochs or budget.epochs(study, gpu=gpu)
    return Plan(
        study=said.study,
        trials=said.trials or 50,
        epochs=length,
        grace=budget.grace(length),
        eta=budget.ETA,
        train_images=train_images,
        validation_images=inherited.get("validation_images")
        or budget.validation_images(images["validation"], gpu=gpu),
        seed=inherited.get("seed", 0) if said.seed is None else said.seed,
        sampler=said.sampler or "tpe",
        space=space,
        default=points.default_params(study, space),
        gpu=gpu,
        gpus_per_trial=share if gpu else 0.0,
        threads=max(1, min(there.cores // slots, there.node_cores)),
        concurrent=slots,
        backend=_backend(),
        **begins,
    )


def _begins(said: argparse.Namespace, study: Study) -> dict[str, Any]:
    """Return the pretrained weights and the parent run that a study begins with, None for each it has not."""
    for flag, use in (("weights", study.base), ("parent", study.parent)):
        if getattr(said, flag) is not None and not use:
            other = "starts from random weights" if not study.base else "goes on from no other run"
            raise points.PointError(f"--{flag}: {said.study} {other} and has no use for it")
    if not study.base:
        return {"weights": None, "parent": None}
    before = parent.find(said.runs or Path("runs"), said.parent, said.study, study) if study.parent else None
    path = said.weights
    if before and path is None:
        path = Path(before["plan"]["weights"]["path"]) if before["plan"]["weights"]["path"] else None
    record = weights.read(path).record()
    if before and record["fingerprint"] != before["plan"]["weights"]["fingerprint"]:
        raise points.PointError(f"--weights {path}: {before['run']} was trained on others")
    return {"weights": record, "parent": before}


def _space(
    said: argparse.Namespace, study: Study, gpu: bool, begins: Mapping[str, Any]
) -> dict[str, BaseDistribution]:
    """Return the space: as narrowed for the hardware and the weights, inherited, and fixed with --set."""
    space, whole = study.distributions(gpu=gpu), study.distributions(gpu=True)
    if begins["weights"]:
        space, whole = (
            weights.narrow_space(each, begins["weights"]["blocks"], begins["weights"]["path"])
            for each in (space, whole)
        )
    if before := begins["parent"]:
        sections = study.space["base"].keys() | study.space["model"].keys()
        known = {name: value for name, value in before["params"].items() if name in sections}
        for each in said.set or []:
            if each.partition("=")[0] in known:
                raise points.PointError(f"--set {each}: {before['run']} has decided that already")
        space = points.fix_params(space, whole, [f"{name}={value}" for name, value in known.items()])
    return points.fix_params(space, whole, said.set or [])


def _slots(said: argparse.Namespace, there: Hardware, share: float) -> int:
    """Return how many trials run at a time."""
    if said.gpus_per_trial and share > there.gpus:
        raise points.PointError(f"--gpus-per-trial {share:g}: there are {there.gpus} GPUs here")
    if said.local:
        for flag in ("concurrent", "address"):
            if getattr(said, flag) is not None:
                raise points.PointError(f"--{flag}: --local trains one trial at a time, in this process")
        return 1
    most = int(there.gpus / share) if there.gpus else None
    if said.concurrent and most and said.concurrent > most:
        raise points.PointError(f"--concurrent {said.concurrent}: the GPUs here have room for {most}")
    return said.concurrent or most or there.cores


def _check_batch(space: Mapping[str, BaseDistribution], images: int, *, said: bool) -> None:
    """Raise a PointError where a trial would have no whole batch in an epoch."""
    choices = _batch_sizes(space)
    if images < max(choices):
        fit = max((each for each in choices if each <= images), default=None)
        hint = f"; --set batch_size={fit}" if fit else ""
        what = f"--train-images {images}" if said else f"{images} training images"
        raise points.PointError(f"{what}: less than one batch of {max(choices)} (batch_size){hint}")


def _batch_sizes(space: Mapping[str, BaseDistribution]) -> list[int]:
    """Return the sizes of a batch that a space has; of a range, its ends."""
    sizes = space.get("batch_size")
    if isinstance(sizes, CategoricalDistribution):
        return [int(each) for each in sizes.choices]  # type: ignore[arg-type]
    if isinstance(sizes, IntDistribution):
        return [sizes.low, sizes.high]
    return [points.FIT_DEFAULTS["batch_size"]]


def _backend() -> str:
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend not in BACKENDS:
        raise points.PointError(f"KERAS_BACKEND={backend}: it is one of {', '.join(BACKENDS)}")
    if importlib.util.find_spec(backend) is None:
        raise points.PointError(f"KERAS_BACKEND={backend}: pip install {backend}")
    return backend
