"""A model's graph, unfolded: nested models, the layers that the pictures choose, the model left as it was."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import models
from analysis.explain.graph import spread, unfold

SHAPE = (8, 8, 3)
IMAGES = np.random.default_rng(0).random((4, *SHAPE), np.float32)


def base() -> keras.Model:
    """A base with a skip connection, as a functional model."""
    inputs: Any = keras.Input(SHAPE)
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="first")(inputs)
    y = layers.Conv2D(4, 3, padding="same", name="second")(x)
    return keras.Model(inputs, layers.MaxPooling2D(name="pool")(layers.Add(name="sum")([x, y])), name="base")


def functional() -> keras.Model:
    inputs: Any = keras.Input(SHAPE)
    x = keras.ops.flip(inputs, axis=-1)
    x = layers.Flatten()(layers.Dropout(0.5)(base()(x, training=False)))
    return keras.Model(inputs, keras.Sequential([layers.Dense(5, activation="relu"), layers.Dense(2)])(x))


def sequential() -> keras.Model:
    return keras.Sequential([keras.Input(SHAPE), base(), layers.GlobalAveragePooling2D(), layers.Dense(2)])


@pytest.mark.parametrize("build", [functional, sequential])
def test_nested_models_are_unfolded_and_say_the_same(build: Any) -> None:
    model = build()
    graph = unfold(model)
    unfolded = keras.Model(graph.image, graph.logits)
    np.testing.assert_allclose(
        unfolded.predict_on_batch(IMAGES), model.predict_on_batch(IMAGES), rtol=1e-6, atol=1e-6
    )
    assert graph.convolutions() == ["base/first", "base/second"]
    assert graph.maps()[-4:] != [] and "base" not in graph.steps


def test_the_model_is_left_as_it_was(tmp_path: Path) -> None:
    model = functional()
    before, names = model.predict_on_batch(IMAGES), [layer.name for layer in model.layers]
    unfold(model)
    assert [layer.name for layer in model.layers] == names
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict_on_batch(IMAGES), before, rtol=1e-6, atol=1e-6)


def test_a_layer_that_is_called_twice_has_two_steps() -> None:
    inputs: Any = keras.Input(SHAPE)
    twice = layers.Conv2D(3, 1, name="twice")
    graph = unfold(keras.Model(inputs, layers.Flatten()(twice(twice(inputs)))))
    assert graph.convolutions() == ["twice", "twice'"]
    assert graph.output("twice") is not graph.output("twice'")


def test_the_last_maps_are_those_behind_the_skip() -> None:
    assert unfold(functional()).last_maps() == "base/sum"


@pytest.mark.parametrize(
    ("study", "kind", "channels"),
    [
        ("cifar_basic", layers.ReLU, 32),
        ("cifar_inception", layers.Concatenate, 32),
        ("cifar_residual", layers.ReLU, 16),
    ],
)
def test_the_last_maps_of_a_study(study: str, kind: type, channels: int) -> None:
    depth = {"width": 8, "depth": 1 if study == "cifar_inception" else 2}
    if study == "cifar_basic":
        depth = {"width": 16, "depth": 2}
    graph = unfold(models.load(study).build((32, 32, 3), 10, **depth))
    last = graph.steps[graph.last_maps()]
    assert isinstance(last.layer, kind)
    assert last.output.shape[-1] == channels


def test_a_convolution_is_activated_behind_its_normalization() -> None:
    inputs: Any = keras.Input(SHAPE)
    x = layers.Conv2D(4, 3, name="normalized")(inputs)
    x = layers.ReLU(name="rectified")(layers.BatchNormalization(name="batch")(x))
    x = layers.Conv2D(4, 3, name="pooled")(x)
    x = layers.Conv2D(4, 1, name="last")(layers.MaxPooling2D()(x))
    graph = unfold(keras.Model(inputs, layers.Flatten()(layers.BatchNormalization(name="end")(x))))
    assert [graph.activation(name) for name in graph.convolutions()] == ["rectified", "pooled", "end"]


def test_a_layer_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        ValueError, match=r"no layer 'first' with feature maps; choose from .*base/first, base/sec"
    ):
        unfold(functional()).output("first")


def test_a_model_without_convolutions_says_so() -> None:
    model = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="no convolution layer"):
        unfold(model).last_maps()


def test_spread_takes_the_ends_and_the_middle() -> None:
    assert spread(list("abcde"), 3) == ["a", "c", "e"]
    assert spread(list("ab"), 3) == ["a", "b"]
