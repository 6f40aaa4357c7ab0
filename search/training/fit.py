"""Training is a generator of epochs: `fit` trains one model and yields one epoch after another.

It knows Keras and nothing of Ray, Optuna or files. From an epoch's `state()` another `fit`, in another
process too, goes on bit for bit: everything random is drawn from (seed, epoch), and everything else is a
variable of the model or of its optimizer.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from models.parts.blocks import Dropout
from search.training.balanced_accuracy import BalancedAccuracy
from search.training.batches import Augment, Batches

State = list[NDArray[Any]]

# Weight that a moving average of batch normalization still gives to its initial value after one epoch.
# Keras's default momentum of 0.99 leaves 72 % after an epoch of 32 steps: a short trial with batch
# normalization then validates at chance, and a search would learn that batch normalization hurts.
INITIAL_STATISTICS_AFTER_ONE_EPOCH = 0.02


@dataclass(frozen=True)
class Epoch:
    """The result of one epoch of training.

    Attributes:
        number: 1 for the first.
        metrics: loss, accuracy and balanced_accuracy (training images as augmented); where there are
            validation images, val_loss, val_accuracy and val_balanced_accuracy.
        images: training images seen in this epoch.
        seconds: wall time of this epoch, training and validation.
        state: returns all variables of model and optimizer, from which another `fit` can continue.
    """

    number: int
    metrics: dict[str, float]
    images: int
    seconds: float
    state: Callable[[], State] = field(repr=False)


def fit(
    model: keras.Model,
    training: tuple[NDArray[Any], NDArray[Any]],
    validation: tuple[NDArray[Any], NDArray[Any]] | None,
    *,
    epochs: int,
    seed: int,
    optimizer: str = "adam",
    learning_rate: float = 2e-3,
    schedule: str = "cosine",
    batch_size: int = 64,
    weight_decay: float = 1e-3,
    dropout: float = 0.2,
    label_smoothing: float = 0.0,
    augment: Augment | None = None,
    frozen: keras.Model | None = None,
    workers: int = 1,
    state: State | None = None,
) -> Iterator[Epoch]:
    """Train a model and yield one epoch after another.

    A model that is compiled already (`compile_step`) keeps its compiled step: to train it again from its
    beginning, give its `variables` of that time as `state`.

    Args:
        model: maps float32 images in [0, 1], (batch, height, width, channels), or features, to logits.
        training: images (n, height, width, channels) uint8, or features (n, …) float; labels (n,) int.
        validation: the same, measured after every epoch; None to measure nothing.
        epochs: length of the schedule; `fit` ends after it.
        seed: order and augmentation of the images are drawn from (seed, epoch).
        optimizer: "adam" (AdamW, Loshchilov & Hutter 2019) or "sgd" (Nesterov momentum 0.9).
        learning_rate: peak learning rate.
        schedule: "constant"; "cosine", to 0 at the end; "warmup", the same after a linear warm-up over the
            first tenth of the steps (Goyal et al. 2017).
        batch_size: images a step; the images left over at an epoch's end are dropped, others every epoch.
        weight_decay: decoupled, times the learning rate; kernels only.
        dropout: rate of the model's dropout layers, in [0, 1).
        label_smoothing: share of a label spread over all classes, in [0, 1) (Szegedy et al. 2016).
        augment: maps a batch of uint8 images and a generator to augmented images.
        frozen: maps images to what `model` takes, and is not trained: each epoch's images pass through it.
        workers: threads that prepare batches ahead, for a GPU that waits for them.
        state: an earlier epoch's state, to go on from.

    Raises:
        ValueError: the training set is smaller than one batch.
    """
    images, labels = training
    steps = len(images) // batch_size
    if not steps:
        raise ValueError(f"batch_size {batch_size} is more than the {len(images)} training images")
    if not model.compiled:
        compile_step(model, optimizer, steps)
    if state is not None:
        restore(model, state)
    _set_hyperparameters(model, learning_rate, weight_decay, schedule, dropout, steps * epochs)
    targets = _targets(labels, model.output_shape[-1], label_smoothing)
    held = _held_out(validation, model.output_shape[-1], workers) if validation else None
    done = int(ops.convert_to_numpy(model.optimizer.iterations)) // steps
    for number in range(done + 1, epochs + 1):
        began = time.perf_counter()
        order = np.random.default_rng([seed, number]).permutation(len(images))[: steps * batch_size]
        batches = Batches(
            images, targets, batch_size, order=order, augment=augment, seed=(seed, number), workers=workers
        )
        if frozen is not None:
            batches = Batches(frozen.predict(batches, verbose=0), targets[order], batch_size)
        metrics = _train(model, batches) | ({} if held is None else _validate(model, held))
        seconds = time.perf_counter() - began
        yield Epoch(number, metrics, len(order), seconds, lambda: variables(model))


def compile_step(model: keras.Model, optimizer: str, steps: int) -> None:
    """Compile a model for `fit`.

    Args:
        model: as built.
        optimizer: "adam" or "sgd".
        steps: of one epoch; batch normalization's momentum suits them.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(0.99, INITIAL_STATISTICS_AFTER_ONE_EPOCH ** (1 / steps))
    schedule = Schedule()
    chosen: Any
    if optimizer == "adam":
        chosen = keras.optimizers.AdamW(schedule)
    elif optimizer == "sgd":
        chosen = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True)
    else:
        raise ValueError(f"optimizer {optimizer!r} is not one of adam, sgd")
    # Rates as variables of the optimizer: a plain number would be taken into the compiled step for good.
    chosen.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    chosen.build(model.trainable_variables)
    chosen.weight_decay = chosen.add_variable((), name="weight_decay")
    schedule.peak = chosen.add_variable((), name="peak")
    schedule.warmup = chosen.add_variable((), name="warmup")
    schedule.steps = chosen.add_variable((), name="steps")
    schedule.final = chosen.add_variable((), name="final")
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    # Not by its name: then its variables are made while the step is traced, and TensorFlow traces it twice.
    classes = model.output_shape[-1]
    metrics = [keras.metrics.CategoricalAccuracy(name="accuracy"), BalancedAccuracy(classes)]
    model.compile(chosen, loss, metrics=metrics)


def variables(model: keras.Model) -> State:
    """Return copies of all variables of a compiled model and its optimizer, in a fixed order."""
    return [np.array(ops.convert_to_numpy(variable)) for variable in _all(model)]


def restore(model: keras.Model, state: State) -> None:
    """Set all variables of a compiled model and its optimizer.

    Raises:
        ValueError: the state is of another architecture.
    """
    every = _all(model)
    shapes = [tuple(array.shape) for array in every]
    if shapes != [array.shape for array in state]:
        raise ValueError("the checkpoint is of another architecture than the model")
    for variable, value in zip(every, state, strict=True):
        variable.assign(value)


def _all(model: keras.Model) -> list[Any]:
    return [*model.variables, *model.optimizer.variables]


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate at a step, from variables of the optimizer, so that a compiled step follows them.

    A linear warm-up over `warmup` steps times a cosine from `peak` at step 0 to `final` × `peak` at `steps`.
    """

    peak: Any
    warmup: Any
    steps: Any
    final: Any

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at a step, a scalar."""
        done = ops.cast(step, "float32")
        part = ops.minimum(done / self.steps, 1.0)
        cosine = self.final + (1 - self.final) * (1 + ops.cos(math.pi * part)) / 2
        return self.peak * ops.minimum((done + 1) / self.warmup, 1.0) * cosine


def _set_hyperparameters(
    model: keras.Model, learning_rate: float, weight_decay: float, schedule: str, dropout: float, steps: int
) -> None:
    optimizer = model.optimizer
    rate = optimizer._learning_rate
    rate.peak.assign(learning_rate)
    rate.steps.assign(steps)
    rate.warmup.assign(max(1, steps // 10) if schedule == "warmup" else 1)
    rate.final.assign(1.0 if schedule == "constant" else 0.0)
    optimizer.weight_decay.assign(weight_decay)
    for layer in model._flatten_layers():
        if isinstance(layer, Dropout):
            layer.rate.assign(dropout)


def _targets(labels: NDArray[Any], classes: int, smoothing: float) -> NDArray[np.float32]:
    # Smoothed here and not in the loss, where the share would be compiled into the step.
    one_hot = np.eye(classes, dtype=np.float32)[labels]
    return one_hot * np.float32(1 - smoothing) + np.float32(smoothing / classes)


def _held_out(validation: tuple[NDArray[Any], NDArray[Any]], classes: int, workers: int) -> Batches:
    images, labels = validation
    return Batches(images, _targets(labels, classes, 0.0), min(500, len(labels)), workers=workers)


def _train(model: keras.Model, batches: Batches) -> dict[str, float]:
    history = model.fit(batches, shuffle=False, verbose=0)
    return {name: float(values[-1]) for name, values in history.history.items()}


def _validate(model: keras.Model, batches: Batches) -> dict[str, float]:
    measured = model.evaluate(batches, verbose=0, return_dict=True)
    return {f"val_{name}": float(value) for name, value in measured.items()}
