"""The plan of a run: everything that its command and the hardware decided, fixed before the first trial."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from optuna.distributions import BaseDistribution

from data import Origin
from search.algorithm import schedulers
from search.algorithm.pool import Compiled, Pool, Suggest
from search.algorithm.scheduler import Description, Scheduler
from search.algorithm.trial import BALANCED, ENDED, OBJECTIVE, Trial, measure_of

ROOT = Path(__file__).parents[2]  # of the project: where `search` is imported from


@dataclass(frozen=True)
class PretrainedWeights:
    """The pretrained weights that a run starts from.

    Attributes:
        path: of their file; "" for Keras's own download.
        fingerprint: SHA-256 of their values, in hexadecimal.
        blocks: of VGG16: how many blocks they have, from the first on.
        preprocessing: of VGG16: a key of `models.parts.weights.PREPROCESSING`.
        backbones: otherwise: name of each backbone → SHA-256 of its file.
    """

    path: str
    fingerprint: str
    blocks: int = 0
    preprocessing: str = ""
    backbones: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """What they are of: names of backbones, or blocks of VGG16."""
        return ", ".join(self.backbones) or f"blocks 1 to {self.blocks}"


@dataclass(frozen=True)
class StudyFile:
    """A study of a user's own.

    Attributes:
        path: of the file, absolute; the run has a copy (search/runs/study_copy.py).
        fingerprint: SHA-256 of its text, in hexadecimal.
    """

    path: str
    fingerprint: str


@dataclass(frozen=True)
class Parent:
    """The run that a run goes on from, and the best trial of it.

    Attributes:
        run: STUDY/NAME.
        checkpoint: path of the trial's checkpoint.
        fingerprint: SHA-256 of that file, in hexadecimal.
        trial: its number.
        value: its objective.
        params: its hyperparameters.
        plan: of that run.
        data: fingerprint of the images it was trained on.
    """

    run: str
    checkpoint: str
    fingerprint: str
    trial: int
    value: float
    params: Mapping[str, Any]
    plan: "Plan"
    data: str


@dataclass(frozen=True)
class Plan:
    """What a run is.

    Attributes:
        study: name of a study of `models`, or of a user's file.
        trials: how many in the end.
        epochs: of a trial that is never stopped.
        train_images: training images that a trial sees in each epoch.
        validation_images: those that the search measures on; the others it never sees.
        seed: of everything random.
        sampler: a key of `search.algorithm.samplers.SAMPLERS`.
        space: hyperparameter → distribution; a fixed one has a single value.
        default: the first point tried.
        gpu: whether trials run on a GPU.
        gpus_per_trial: may be a fraction.
        threads: of each trial.
        concurrent: trials at a time, in the latest session.
        backend: of Keras.
        scheduler: a key of `search.algorithm.schedulers.SCHEDULERS`.
        scheduler_settings: its settings; nothing but the scheduler knows what they mean.
        weights: the pretrained ones, if the study starts from some.
        parent: the run it goes on from, if it does.
        data: fingerprint of its images; known once they are prepared.
        max_concurrent: what the user asks for; None for as many as there is room for.
        dataset: its name; "" in runs of earlier formats, for the study's own.
        origin: of the dataset, where it is a user's own pictures.
        study_file: where the study is a user's own.
        objective: the metric that trials are judged by: `search.algorithm.trial.OBJECTIVE` or `BALANCED`.
        cost: the second objective, a key of `search.algorithm.objectives.COSTS`; "" for none.
        at_most: cost → the most of it that a trial may have to be trained.
        with_validation: whether the validation images are trained on, too, so that none is left to measure
            on; never in a search.
    """

    study: str
    trials: int
    epochs: int
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
    scheduler: str = schedulers.DEFAULT
    scheduler_settings: Mapping[str, int] = field(default_factory=dict)
    weights: PretrainedWeights | None = None
    parent: Parent | None = None
    data: str | None = None
    max_concurrent: int | None = None
    dataset: str = ""
    origin: Origin | None = None
    study_file: StudyFile | None = None
    objective: str = OBJECTIVE
    cost: str = ""
    at_most: Mapping[str, float] = field(default_factory=dict)
    with_validation: bool = False

    @property
    def balanced(self) -> bool:
        """Whether every class counts the same, however many images it has."""
        return self.objective == BALANCED

    @property
    def measure(self) -> str:
        """What the objective is called in a sentence."""
        return measure_of(self.objective)

    @property
    def costs(self) -> set[str]:
        """The costs that are measured of every trial."""
        return {self.cost, *self.at_most} - {""}

    @property
    def free(self) -> dict[str, BaseDistribution]:
        """The hyperparameters that are searched: those with more than one value."""
        return {name: values for name, values in self.space.items() if not values.single()}

    @property
    def slots(self) -> int:
        """How many trials can run at a time: not more than there are trials."""
        return min(self.concurrent, self.trials)

    def training(self, params: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return what one training of this run follows from, as JSON values; its checkpoints carry it."""
        sizes = {"epochs": self.epochs, "train_images": self.train_images}
        # Named only where it is so: checkpoints of earlier versions stay those of the other trainings.
        more = {"with_validation": True} if self.with_validation else {}
        return {"params": dict(params), "seed": seed, **sizes, **more}

    def make_scheduler(self, trials: list[Trial], suggest: Suggest, compiled: Compiled) -> Scheduler:
        """Return the scheduler of this run.

        Args:
            trials: those so far; states of unfinished ones are set anew.
            suggest: maps the trials so far to the parameters of the next one.
            compiled: maps parameters to the part of them that is compiled into a training step.
        """
        pool = Pool(
            trials,
            target=self.trials,
            epochs=self.epochs,
            suggest=suggest,
            compiled=compiled,
            space=self.free,
            objective=self.objective,
        )
        return schedulers.make(self.scheduler, pool, self.scheduler_settings)

    def judge(self, trials: list[Trial]) -> Scheduler:
        """Return a scheduler over copies of some trials, to ask what it makes of them. It suggests none."""
        return self.make_scheduler([replace(trial) for trial in trials], lambda _: {}, str)

    def has_ended(self, trials: list[Trial]) -> bool:
        """Return whether all trials of the run, as its journal has them, have ended."""
        return len(trials) >= self.trials and all(trial.state in ENDED for trial in trials)

    def describe_scheduler(self) -> Description:
        """Return how trials of this run are compared."""
        return self.judge([]).describe()


def environment(plan: Plan) -> dict[str, str]:
    """Return the environment variables of a process that trains: backend, threads, where the project is.

    They count only if they are set before Keras is imported.
    """
    threads = str(plan.threads)
    variables = {
        "KERAS_BACKEND": plan.backend,
        "PYTHONUTF8": "1",  # in workers: their files and messages are UTF-8 in any locale
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": threads,
        "PYTHONPATH": _put_first(str(ROOT), os.environ.get("PYTHONPATH", "")),
    }
    if plan.gpu:
        # Several trials may share a GPU: none may take all of its memory.
        variables |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    elif plan.backend == "jax" and plan.threads == 1:
        flags = f"--xla_cpu_multi_thread_eigen=false {os.environ.get('XLA_FLAGS', '')}"
        variables |= {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    return variables


def _put_first(folder: str, path: str) -> str:
    """Return a search path that begins with a folder and keeps the others."""
    return os.pathsep.join([folder, *(part for part in path.split(os.pathsep) if part not in ("", folder))])
