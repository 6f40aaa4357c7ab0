"""What a worker does: train one segment of a trial after another, in this process.

A trainer keeps the data and the last compiled model. A trial that would compile the same (`Study.compiled`)
starts from that model's beginning again, instead of tracing a new one, which on a CPU takes longer than an
epoch. With another seed a new one is built for its weights, and not traced.
"""

import platform
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

import data
from data.terminal.output import without_styles
from models.parts.keras_import import error_message
from models.parts.pretrained import set_weights
from models.parts.weights import WeightsError
from models.space.points import FIT_DEFAULTS
from models.space.study_file import line_of
from search.algorithm import class_means
from search.runs import checkpoint, parent
from search.runs.plan import Plan
from search.runs.run import RunError
from search.training import costs
from search.training.batches import Batches
from search.training.fit import State, compile_step, fit, restore, variables
from search.training.inputs import Inputs

GPU_PRECISION = "mixed_bfloat16"


@dataclass(frozen=True)
class _Kept:
    """A compiled model, what is compiled into it, and the state that it begins from with a seed."""

    compiled: tuple[Any, ...]
    seed: int
    model: keras.Model
    beginning: State


class Trainer:
    """Trains segments of the trials of one run.

    Args:
        plan: what the run is.
        checkpoints: folder of the run's checkpoints; the copy of a user's study lies beside it.

    Raises:
        RunError: the run is planned for GPUs, and the backend finds none.
        DataError, WeightsError: data or pretrained weights are not available.
    """

    def __init__(self, plan: Plan, checkpoints: Path) -> None:
        self.plan = plan
        self.checkpoints = checkpoints
        self.inputs = Inputs(plan, checkpoints.parent)
        self.study = self.inputs.study
        self._kept: _Kept | None = None
        if plan.gpu:
            if not _sees_gpu():
                raise RunError(
                    f"{plan.backend} sees no GPU here: pip install -e '.[gpu]', or train on the CPU with "
                    "CUDA_VISIBLE_DEVICES= in front of the command"
                )
            keras.config.set_dtype_policy(GPU_PRECISION)

    def segment(
        self, number: int, params: Mapping[str, Any], epoch: int, seed: int | None = None
    ) -> Iterator[checkpoint.Record]:
        """Train a trial on from its checkpoint, or from its beginning, and yield a record an epoch.

        A record is yielded after its checkpoint is on disk. A checkpoint that is one epoch ahead of the
        journal was saved just before a kill, or after it, by a worker that outlived its driver for a moment:
        its record comes first. One further ahead is of epochs that the journal has lost: they are trained
        again. So is one of another training, of a trial that the journal has lost.

        Args:
            number: of the trial.
            params: its point of the space.
            epoch: its last epoch in the journal.
            seed: of its weights, of the order of its images and of their augmentation; None for the run's
                own. Which images it sees is always a matter of the run's.

        Raises:
            OSError: a checkpoint cannot be written.
            Refused: the model costs more than the search allows.
            Exception: whatever the training raises; out of memory, say.
        """
        seed = self.plan.seed if seed is None else seed
        file, training = checkpoint.path(self.checkpoints, number), self.plan.training(params, seed)
        saved = checkpoint.load(file, training)
        if saved and saved.record["epoch"] > epoch + 1:
            saved = None
        if saved and saved.record["epoch"] > epoch:
            yield saved.record
        cost = {} if saved else self._costs(params, seed)
        for result in self._fit(params, saved.state if saved else None, seed):
            sizes = {"images": result.images, "seconds": result.seconds}
            record = {"epoch": result.number, **result.metrics, **sizes, **cost}
            cost = {}  # the first epoch has them
            checkpoint.save(file, checkpoint.Checkpoint(result.state(), record, training))
            yield record

    def unseen(self, number: int, params: Mapping[str, Any]) -> NDArray[np.bool_] | None:
        """Return which validation images that the search never used a trial gets right, (n,).

        None where its checkpoint is not there, or no such images are.
        """
        model = self.trained(number, params)
        return _right(model, *self.inputs.unused(params)) if model else None

    def trained(self, number: int, params: Mapping[str, Any], seed: int | None = None) -> keras.Model | None:
        """Return the model of a trial (see `segment`) after its last epoch; None where no checkpoint has it.

        It is good until the trainer is asked for something else.
        """
        training = self.plan.training(params, self.plan.seed if seed is None else seed)
        saved = checkpoint.load(checkpoint.path(self.checkpoints, number), training)
        if saved is None or saved.record["epoch"] != self.plan.epochs:
            return None
        model = self._model(params, self.inputs.of(params).shape, self.plan.seed).model
        restore(model, saved.state)
        return model

    def start(self, params: Mapping[str, Any]) -> float:
        """Return the objective on the search's validation images before the first step of training."""
        trial_data = self.inputs.of(params)
        assert trial_data.validation  # a search trains on none of them
        kept = self._model(params, trial_data.shape, self.plan.seed)
        restore(kept.model, kept.beginning)
        right = _right(kept.model, *trial_data.validation)
        if self.plan.balanced:
            return class_means.mean(right, trial_data.validation[1])
        return float(right.mean(dtype=np.float32))  # as Keras has it

    def _costs(self, params: Mapping[str, Any], seed: int) -> dict[str, float]:
        """Return what a trial's model costs, as far as the search asks; raise `Refused` if it is too much."""
        if not self.plan.costs:
            return {}
        parts = [self.inputs.frozen(params)] if self.study.base else []
        parts.append(self._model(params, self.inputs.of(params).shape, seed).model)
        measured = costs.measure(parts, self.inputs.image_shape, self.plan.costs)
        costs.check(measured, self.plan.at_most)
        return measured

    def _fit(self, params: Mapping[str, Any], state: State | None, seed: int) -> Any:
        trial_data = self.inputs.of(params)
        kept = self._model(params, trial_data.shape, seed)
        return fit(
            kept.model,
            trial_data.training,
            trial_data.validation,
            epochs=self.plan.epochs,
            seed=seed,
            augment=trial_data.augment,
            frozen=trial_data.frozen,
            state=state or kept.beginning,
            workers=self.plan.threads if self.plan.gpu else 1,
            **self.study.section("fit", params),
        )

    def _model(self, params: Mapping[str, Any], shape: tuple[int, ...], seed: int) -> _Kept:
        compiled = self.study.compiled(params)
        if self._kept is None or self._kept.compiled != compiled:
            self._kept = None
            keras.backend.clear_session()
            if self.plan.gpu:  # clearing forgets it
                keras.config.set_dtype_policy(GPU_PRECISION)
        if self._kept is None or self._kept.seed != seed:
            new = self._new_model(params, shape, seed)
            # With another seed, the model that is traced goes on, from what a new one begins with.
            self._kept = _Kept(compiled, seed, self._kept.model if self._kept else new, variables(new))
        return self._kept

    def _new_model(self, params: Mapping[str, Any], shape: tuple[int, ...], seed: int) -> keras.Model:
        # Every trial of a search begins from the run's seed: the same architecture from the same weights.
        keras.utils.set_random_seed(seed)
        model = self.study.build(shape, self.inputs.classes, **self.study.section("model", params))
        if self.inputs.weights:
            names = set_weights(model, self.inputs.weights)
            if self.plan.parent:
                parent.inherit(model, names, self.checkpoints)
        whole = {**FIT_DEFAULTS, **params}
        compile_step(model, whole["optimizer"], self.plan.train_images // whole["batch_size"])
        return model


def _right(model: keras.Model, images: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.bool_]:
    logits = model.predict(Batches(images, labels, 500), verbose=0)
    right: NDArray[np.bool_] = logits.argmax(axis=-1) == labels
    return right


def _sees_gpu() -> bool:
    try:
        return bool(keras.distribution.list_devices("gpu"))
    except RuntimeError:  # JAX raises where it has none
        return False


def attempt(records: Iterator[checkpoint.Record]) -> dict[str, Any]:
    """Train one epoch and return its outcome (`search.executors.driver.Outcome`), an exception included.

    A worker outlives the failure of a trial: the next one finds Keras imported and the data at hand.
    """
    try:
        return {"record": next(records), "host": platform.node()}
    except Exception as error:
        return failure(error)


def failure(error: Exception) -> dict[str, Any]:
    """Return the outcome that an exception is: fatal if no other trial would escape it."""
    if isinstance(error, OSError) and (reason := checkpoint.disk_fault(error)):
        return {"fatal": reason}
    if isinstance(error, RunError | data.DataError | WeightsError):
        return {"fatal": str(error)}
    if isinstance(error, costs.Refused):
        return {"refused": str(error)}
    text = "".join(traceback.format_exception(error))
    return {"failed": line_of(error) + _reason(error), "traceback": without_styles(text)}


def _reason(error: Exception) -> str:
    text = error_message(error)
    signs = ("RESOURCE_EXHAUSTED", "OOM when allocating", "Out of memory")
    if isinstance(error, MemoryError) or any(sign in str(error) for sign in signs):
        return f"out of memory: {text}"
    return f"{type(error).__name__}: {text}"
