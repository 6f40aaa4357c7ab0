"""What a worker does: train one stretch of a trial after another, in this process.

A trainer keeps the data and the last compiled model. A trial of the same architecture starts from that
model's beginning again instead of building and tracing a new one, which on a CPU takes longer than an epoch.
"""

import functools
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

import data
import models
from models._augmentation import augment
from search import checkpoint
from search.batches import Batches
from search.fit import State, compile_step, fit, restore, variables
from search.plan import Plan
from search.run import RunError


@dataclass(frozen=True)
class _Kept:
    """A compiled model, the hyperparameters that are compiled into it, and its state before any training."""

    key: tuple[Any, ...]
    model: keras.Model
    beginning: State


class Trainer:
    """Trains stretches of the trials of one run.

    Args:
        plan: what the run is.
        checkpoints: folder of the run's checkpoints.

    Raises:
        RunError: the run is planned for GPUs, and the backend finds none.
        DataError: the data cannot be had.
    """

    def __init__(self, plan: Plan, checkpoints: Path) -> None:
        self.plan = plan
        self.checkpoints = checkpoints
        self.study = models.load(plan.study)
        dataset = data.prepare(self.study.dataset)  # on this node it may be missing
        self.classes, self.input_shape = len(dataset.classes), dataset.input_shape
        training = dataset.training.take(plan.train_images, plan.seed)
        validation, self._rest = dataset.validation.halves(plan.validation_images, plan.seed)
        self._training = (training.images, training.labels)
        self._validation = (validation.images, validation.labels)
        self._kept: _Kept | None = None
        if plan.gpu:
            if not _sees_gpu():
                raise RunError(
                    f"{plan.backend} sees no GPU here: pip install -e '.[gpu]', or train on the CPU with "
                    "CUDA_VISIBLE_DEVICES= in front of the command"
                )
            keras.config.set_dtype_policy("mixed_bfloat16")

    def stretch(self, number: int, params: Mapping[str, Any], epoch: int) -> Iterator[checkpoint.Record]:
        """Train a trial on from its checkpoint, or from its beginning, and yield a record an epoch.

        A record is yielded after its checkpoint is on disk. A checkpoint that is further than the journal is
        of another past, which the journal has lost: then training begins anew, and repeats that past.

        Args:
            number: of the trial.
            params: its point of the space.
            epoch: its last epoch in the journal.

        Raises:
            OSError: a checkpoint cannot be written.
            Exception: whatever the training raises; out of memory, say.
        """
        file = checkpoint.path(self.checkpoints, number)
        found = checkpoint.load(file)
        state = found[0] if found and found[1]["epoch"] <= epoch else None
        for each in self._fit(params, state):
            record = {"epoch": each.number, **each.metrics, "images": each.images, "seconds": each.seconds}
            checkpoint.save(file, each.state(), record)
            yield record

    def unseen(self, number: int, params: Mapping[str, Any]) -> NDArray[np.bool_] | None:
        """Return which validation images that the search never used a trial gets right, (n,).

        None where its checkpoint is not there, or no such images are.
        """
        found = checkpoint.load(checkpoint.path(self.checkpoints, number))
        if found is None or not len(self._rest):
            return None
        model = self._model(params, self.study.section("fit", params)).model
        restore(model, found[0])
        logits = model.predict(Batches(self._rest.images, self._rest.labels, 500), verbose=0)
        right: NDArray[np.bool_] = logits.argmax(axis=-1) == self._rest.labels
        return right

    def _fit(self, params: Mapping[str, Any], state: State | None) -> Any:
        options = self.study.section("fit", params)
        kept = self._model(params, options)
        return fit(
            kept.model,
            self._training,
            self._validation,
            epochs=self.plan.epochs,
            seed=self.plan.seed,
            augment=functools.partial(augment, **self.study.section("augmentation", params)),
            state=state or kept.beginning,
            workers=self.plan.threads if self.plan.gpu else 1,
            **options,
        )

    def _model(self, params: Mapping[str, Any], options: Mapping[str, Any]) -> _Kept:
        architecture = self.study.section("model", params)
        key = (*sorted(architecture.items()), options["optimizer"], options["batch_size"])
        if self._kept is None or self._kept.key != key:
            self._kept = None
            keras.backend.clear_session()
            # Every trial begins from the run's seed: the same architecture from the same weights.
            keras.utils.set_random_seed(self.plan.seed)
            model = self.study.build(self.input_shape, self.classes, **architecture)
            compile_step(model, options["optimizer"], self.plan.train_images // options["batch_size"])
            self._kept = _Kept(key, model, variables(model))
        return self._kept


def _sees_gpu() -> bool:
    try:
        return bool(keras.distribution.list_devices("gpu"))
    except RuntimeError:  # JAX raises where it has none
        return False


def attempt(records: Iterator[checkpoint.Record]) -> dict[str, Any]:
    """Train one epoch and return what came of it, an exception included (see `search.search.Outcome`).

    A worker outlives the failure of a trial: the next one finds Keras imported and the data at hand.
    """
    try:
        return {"record": next(records)}
    except Exception as error:
        return failure(error)


def failure(error: Exception) -> dict[str, Any]:
    """Return the outcome that an exception is: fatal if no other trial would escape it."""
    if isinstance(error, OSError) and (reason := checkpoint.disk_fault(error)):
        return {"fatal": reason}
    if isinstance(error, RunError | data.DataError):
        return {"fatal": str(error)}
    return {"failed": _reason(error), "traceback": "".join(traceback.format_exception(error))}


def _reason(error: Exception) -> str:
    whole = str(error)
    text = " ".join(whole.split())[:200]
    signs = ("RESOURCE_EXHAUSTED", "OOM when allocating", "Out of memory")
    if isinstance(error, MemoryError) or any(sign in whole for sign in signs):
        return f"out of memory: {text}"
    return f"{type(error).__name__}: {text}"
