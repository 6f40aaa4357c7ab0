"""What a run is: everything that its command and the hardware decided, fixed before the first trial."""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.distributions import BaseDistribution, distribution_to_json, json_to_distribution

from search.algorithm.halving import rungs


@dataclass(frozen=True)
class Plan:
    """What a run is.

    Attributes:
        study: name of a study of `models`.
        trials: how many in the end.
        epochs: of a trial that is never stopped.
        grace: no trial is stopped before this epoch.
        eta: a rung passes on the best 1/eta of its trials.
        train_images: training images a trial sees in each epoch.
        validation_images: those that the search measures on; the others it never sees.
        seed: of everything random.
        sampler: a key of `search.algorithm.sampler.SAMPLERS`.
        space: hyperparameter → distribution; one that is fixed has a single value.
        default: the first point tried.
        gpu: whether trials run on a GPU.
        gpus_per_trial: may be a fraction.
        threads: of each trial.
        concurrent: trials at a time.
        backend: of Keras.
        weights: pretrained ones (`models.parts.weights.Weights.record`), if the study starts from some.
        parent: the run it goes on from (`search.runs.parent.find`), if it does.
        data: fingerprint of its images, known once they are prepared.
    """

    study: str
    trials: int
    epochs: int
    grace: int
    eta: int
    train_images: int
    validation_images: int
    seed: int
    sampler: str
    space: Mapping[str, BaseDistribution]
    default: Mapping[str, Any]
    gpu: bool
    gpus_per_trial: float
    threads: int
    concurrent: int
    backend: str
    weights: Mapping[str, Any] | None = None
    parent: Mapping[str, Any] | None = None
    data: str | None = None

    @property
    def levels(self) -> tuple[int, ...]:
        """The rungs, in epochs; the last is the full length."""
        return rungs(self.epochs, self.grace, self.eta)

    @property
    def free(self) -> dict[str, BaseDistribution]:
        """The hyperparameters that are searched: those with more than one value."""
        return {name: each for name, each in self.space.items() if not each.single()}

    @property
    def slots(self) -> int:
        """How many trials can run at a time: not more than there are trials."""
        return min(self.concurrent, self.trials)

    def training(self, params: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return what one training of this run follows from, as JSON values; its checkpoints carry it."""
        sizes = {"epochs": self.epochs, "train_images": self.train_images}
        return {"params": dict(params), "seed": seed, **sizes}

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        fields = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        space = {name: json.loads(distribution_to_json(each)) for name, each in self.space.items()}
        return {**fields, "space": space, "default": dict(self.default)}

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> "Plan":
        """Return the plan that `to_json` gave."""
        space = {name: json_to_distribution(json.dumps(each)) for name, each in values["space"].items()}
        return Plan(**{**values, "space": space})


def environment(plan: Plan) -> dict[str, str]:
    """Return the environment variables of a process that trains: backend, threads, where the project is.

    They count only if they are set before Keras is imported.
    """
    threads = str(plan.threads)
    variables = {
        "KERAS_BACKEND": plan.backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": threads,
        "PYTHONPATH": _first(str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")),
    }
    if plan.gpu:
        # Several trials may share a GPU: none may take all of its memory.
        variables |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    elif plan.backend == "jax" and plan.threads == 1:
        flags = f"--xla_cpu_multi_thread_eigen=false {os.environ.get('XLA_FLAGS', '')}"
        variables |= {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    return variables


def _first(folder: str, path: str) -> str:
    """Return a search path that begins with a folder and keeps the others."""
    return os.pathsep.join([folder, *(each for each in path.split(os.pathsep) if each not in ("", folder))])
