"""Activations: what the layers really give, and a picture of it."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from analysis.explain.activations import activations, figure
from tests.analysis.figures.conftest import Read

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (16, 16, 3)).astype(np.uint8)


def network() -> keras.Model:
    inputs: Any = keras.Input((16, 16, 3))
    x = layers.ReLU(name="early")(layers.BatchNormalization()(layers.Conv2D(6, 3, name="conv")(inputs)))
    x = layers.Conv2D(4, 3, activation="relu", name="second")(x)
    x = layers.Conv2D(4, 3, activation="relu", name="third")(layers.MaxPooling2D()(x))
    x = layers.Conv2D(20, 3, activation="relu", name="late")(x)
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))


def test_they_equal_a_submodels_predictions() -> None:
    model = network()
    feature_maps = activations(model, IMAGE, ["conv", "late"])
    assert list(feature_maps) == ["conv", "late"]
    for name, maps in feature_maps.items():
        submodel = keras.Model(model.input, model.get_layer(name).output)
        expected = submodel.predict_on_batch(IMAGE[None].astype(np.float32) / 255)[0]
        np.testing.assert_allclose(maps, expected, rtol=1e-5, atol=1e-6)


def test_one_layer_may_be_asked_for() -> None:
    assert activations(network(), IMAGE, ["late"])["late"].shape == (2, 2, 20)


def test_by_default_an_early_a_middle_and_a_late_convolution_after_its_relu() -> None:
    feature_maps = activations(network(), IMAGE)
    assert list(feature_maps) == ["early", "third", "late"]
    assert min(maps.min() for maps in feature_maps.values()) == 0


def test_layers_of_a_nested_model() -> None:
    base = network()
    inputs: Any = keras.Input((16, 16, 3))
    outer = keras.Model(inputs, base(layers.Rescaling(2.0)(inputs)))
    feature_maps = activations(outer, IMAGE, [f"{base.name}/late"])
    expected = activations(base, 2 * IMAGE.astype(np.float32) / 255, ["late"])
    np.testing.assert_allclose(feature_maps[f"{base.name}/late"], expected["late"], rtol=1e-5, atol=1e-6)


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no layer 'lat'"):
        activations(network(), IMAGE, ["lat"])


def test_the_picture_names_each_layer_and_its_shape(read: Read) -> None:
    maps = activations(network(), IMAGE)
    maps["late"] = maps["late"] * (np.arange(20) != 5)
    texts = read(figure(IMAGE, maps))
    assert "What the convolutions answer to this image" in texts
    assert "early: 14 × 14, the 6 strongest of 6 channels" in texts
    silent = int((maps["late"].max(axis=(0, 1)) == 0).sum())
    assert f"late: 2 × 2, the 16 strongest of 20 channels; {silent} silent" in texts


def test_a_layer_that_is_silent_throughout_is_drawn_too(read: Read) -> None:
    assert "2 silent, 100 % of all values 0" in read(figure(IMAGE, {"dead": np.zeros((4, 4, 2), np.float32)}))
