"""Training is a generator of epochs, and goes on bit for bit. Runs on the backend of KERAS_BACKEND."""

import functools
import inspect
from typing import Any

import keras
import numpy as np
import pytest

from models.parts.augmentation import augment
from models.parts.blocks import classify, convolution
from models.space.points import FIT_DEFAULTS
from search.training.fit import Epoch, compile_step, fit, restore, variables

CLASSES = 4


def data(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images whose colour tells the class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % CLASSES
    colours = np.random.default_rng(9).integers(0, 256, (CLASSES, 3))
    images = colours[labels][:, None, None] + rng.integers(-40, 40, (n, 8, 8, 3))
    return images.clip(0, 255).astype(np.uint8), labels


TRAINING, VALIDATION = data(64), data(40, seed=1)


def build(normalization: str = "batch", seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, classify(convolution(inputs, 8, 3, normalization), CLASSES))


def train(model: keras.Model, **arguments: Any) -> list[Epoch]:
    options: dict[str, Any] = {"epochs": 3, "seed": 5, "batch_size": 16, "dropout": 0.3}
    flips = functools.partial(augment, flip=True, shift=1, cutout=2)
    return list(fit(model, TRAINING, VALIDATION, **{**options, "augment": flips, **arguments}))


def curve(epochs: list[Epoch]) -> list[dict[str, float]]:
    return [epoch.metrics for epoch in epochs]


def test_it_learns() -> None:
    epochs = train(build(), epochs=8, dropout=0.0, learning_rate=1e-2)
    assert [epoch.number for epoch in epochs] == list(range(1, 9))
    names = {"loss", "accuracy", "balanced_accuracy"}
    assert set(epochs[0].metrics) == names | {f"val_{name}" for name in names}
    assert epochs[0].images == 64
    assert epochs[-1].metrics["val_accuracy"] > 0.8
    assert epochs[-1].metrics["loss"] < epochs[0].metrics["loss"]


def test_each_class_counts_the_same_in_the_balanced_accuracy() -> None:
    """Measured against scikit-learn's definition, written out: the mean of the recalls."""
    images, labels = data(40, seed=2)
    kept = (labels != 0) | (np.arange(40) < 4)  # one image of class 0
    kept &= labels != 3  # and none of class 3
    model = build()
    *_, last = fit(
        model, TRAINING, (images[kept], labels[kept]), epochs=2, seed=5, batch_size=16, label_smoothing=0.1
    )
    right = model.predict(images[kept] / np.float32(255), verbose=0).argmax(axis=1) == labels[kept]
    recalls = [right[labels[kept] == label].mean() for label in (0, 1, 2)]
    assert last.metrics["val_balanced_accuracy"] == pytest.approx(np.mean(recalls))
    assert last.metrics["val_accuracy"] == pytest.approx(right.mean())


def test_it_goes_on_from_a_state_bit_for_bit() -> None:
    whole = train(build())
    first = fit(build(), TRAINING, VALIDATION, epochs=3, seed=5, batch_size=16, dropout=0.3,
                augment=functools.partial(augment, flip=True, shift=1, cutout=2))  # fmt: skip
    state = next(first).state()
    rest = train(build(seed=77), state=state)
    assert [epoch.number for epoch in rest] == [2, 3]
    assert curve(rest) == curve(whole)[1:]
    assert all(np.array_equal(a, b) for a, b in zip(rest[-1].state(), whole[-1].state(), strict=True))


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_kept_step_trains_as_a_fresh_one(optimizer: str) -> None:
    """Another learning rate, weight decay, dropout, schedule, smoothing: nothing is compiled in."""
    model = build()
    compile_step(model, optimizer, 4)
    beginning = variables(model)
    train(model, optimizer=optimizer)
    other = {"learning_rate": 0.02, "weight_decay": 0.5, "dropout": 0.6, "schedule": "warmup"}
    kept = train(model, optimizer=optimizer, state=beginning, label_smoothing=0.1, **other)
    fresh = train(build(), optimizer=optimizer, label_smoothing=0.1, **other)
    assert curve(kept) == curve(fresh)


@pytest.mark.parametrize(
    "changed",
    [
        {"learning_rate": 0.05},
        {"weight_decay": 5.0},
        {"dropout": 0.9},
        {"label_smoothing": 0.5},
        {"schedule": "constant"},
        {"schedule": "warmup"},
        {"seed": 6},
    ],
    ids=str,
)
def test_every_hyperparameter_changes_a_kept_step(changed: dict[str, Any], kept: Any) -> None:
    model, beginning, plain = kept
    assert curve(train(model, state=beginning, epochs=5, **changed)) != plain


@pytest.fixture(scope="module")
def kept() -> tuple[keras.Model, list[np.ndarray], list[dict[str, float]]]:
    model = build()
    compile_step(model, "adam", 4)
    beginning = variables(model)
    return model, beginning, curve(train(model, epochs=5))


def test_the_learning_rate_follows_its_schedule() -> None:
    def rates(schedule: str) -> list[float]:
        model = build()
        found = []
        for _ in fit(model, TRAINING, VALIDATION, epochs=5, seed=0, batch_size=16, learning_rate=0.01,
                     schedule=schedule):  # fmt: skip
            found.append(round(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)), 5))
        return found

    assert rates("constant") == [0.01] * 5
    cosine = [round(0.005 * (1 + np.cos(np.pi * e / 5)), 5) for e in range(1, 6)]
    assert rates("cosine") == pytest.approx(cosine, abs=2e-5)


def test_a_short_trial_is_not_falsified_by_batch_normalization() -> None:
    """With Keras's default momentum the moving averages of a short trial are still those it began with."""
    model = build("batch")
    epochs = train(model, epochs=4, dropout=0.0, learning_rate=5e-3, augment=None)
    with_statistics = epochs[-1].metrics["val_accuracy"]
    assert with_statistics > 0.7
    (layer,) = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert layer.momentum**4 < 0.05  # four steps an epoch


def test_a_long_epoch_keeps_the_usual_momentum() -> None:
    model = build("batch")
    compile_step(model, "adam", 2000)
    (layer,) = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert layer.momentum == 0.99


def test_fewer_images_than_a_batch_are_refused() -> None:
    with pytest.raises(ValueError, match="batch_size 128 is more than the 64 training images"):
        train(build(), batch_size=128)


def test_a_state_of_another_architecture_is_refused() -> None:
    other = build("none")
    compile_step(other, "adam", 4)
    model = build("batch")
    compile_step(model, "adam", 4)
    with pytest.raises(ValueError, match="another architecture"):
        restore(model, variables(other))


def test_the_defaults_of_a_point_are_those_of_the_signature() -> None:
    signature = inspect.signature(fit).parameters
    assert {name: signature[name].default for name in FIT_DEFAULTS} == FIT_DEFAULTS


def test_without_validation_images_it_trains_the_same_and_measures_nothing() -> None:
    options: dict[str, Any] = {"epochs": 2, "seed": 5, "batch_size": 16}
    alone = curve(list(fit(build(), TRAINING, None, **options)))
    names = {"loss", "accuracy", "balanced_accuracy"}
    assert [set(metrics) for metrics in alone] == [names] * 2
    validated = curve(list(fit(build(), TRAINING, VALIDATION, **options)))
    assert alone == [{name: metrics[name] for name in names} for metrics in validated]
