"""Blocks have the shapes and the connections of their papers."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from models.parts.blocks import Dropout, classify, convolution, inception, normalize, residual


def block_model(block: Callable[[Any], Any], channels: int = 16) -> keras.Model:
    inputs = keras.Input((8, 8, channels))
    return keras.Model(inputs, block(inputs))


def random_input(channels: int = 16) -> np.ndarray:
    return np.random.default_rng(0).normal(3, 5, (4, 8, 8, channels)).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "axes"), [("batch", (0, 1, 2)), ("layer", (3,)), ("group", (1, 2, 4))], ids=str
)
def test_a_normalization_gives_mean_0_and_deviation_1(kind: str, axes: tuple[int, ...]) -> None:
    model = block_model(lambda x: normalize(x, kind))
    output = np.asarray(model(random_input(), training=True))
    if kind == "group":
        output = output.reshape(4, 8, 8, 8, 2)
    assert output.mean(axis=axes) == pytest.approx(0, abs=1e-3)
    assert output.std(axis=axes) == pytest.approx(1, abs=1e-2)


def test_the_normalization_none_changes_nothing() -> None:
    model = block_model(lambda x: normalize(x, "none"))
    assert (np.asarray(model(random_input())) == random_input()).all()


def test_an_unknown_normalization_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(ValueError, match="'lots' is not one of none, batch, layer, group"):
        normalize(keras.Input((8, 8, 16)), "lots")


@pytest.mark.parametrize(("normalization", "bias"), [("none", True), ("batch", False), ("group", False)])
def test_a_convolution_has_a_bias_only_where_no_normalization_removes_it(
    normalization: str, bias: bool
) -> None:
    model = block_model(lambda x: convolution(x, 24, 3, normalization, strides=2))
    assert model.output_shape == (None, 4, 4, 24)
    assert model.layers[1].use_bias is bias
    assert np.asarray(model(random_input())).min() == 0, "ReLU comes last"


def without_convolutions(model: keras.Model) -> keras.Model:
    """Set every kernel to 0 except those of the 1×1 convolutions."""
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D) and layer.kernel_size != (1, 1):
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    return model


def test_the_skip_connection_of_a_residual_block_is_the_identity() -> None:
    model = without_convolutions(block_model(lambda x: residual(x, 16, "none")))
    assert np.asarray(model(random_input())) == pytest.approx(np.maximum(random_input(), 0))


@pytest.mark.parametrize(("width", "strides", "size"), [(32, 1, 8), (16, 2, 4), (32, 2, 4)])
def test_the_skip_connection_is_a_convolution_where_the_shape_changes(
    width: int, strides: int, size: int
) -> None:
    model = without_convolutions(block_model(lambda x: residual(x, width, "none", strides=strides)))
    assert model.output_shape == (None, size, size, width)
    shortcut = next(layer for layer in model.layers if getattr(layer, "kernel_size", None) == (1, 1))
    projected = random_input()[:, ::strides, ::strides] @ np.asarray(shortcut.kernel)[0, 0]
    assert np.asarray(model(random_input())) == pytest.approx(np.maximum(projected, 0), rel=1e-4, abs=1e-4)


def test_an_inception_block_has_four_branches_of_different_kernels() -> None:
    model = block_model(lambda x: inception(x, 8, "none"))
    assert model.output_shape == (None, 8, 8, 4 * 8)
    kernels = [layer.kernel_size[0] for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert sorted(kernels) == [1, 1, 1, 1, 3, 5]
    assert sum(isinstance(layer, layers.MaxPooling2D) for layer in model.layers) == 1
    joint = next(layer for layer in model.layers if isinstance(layer, layers.Concatenate))
    assert [branch.shape[-1] for branch in joint.input] == [8, 8, 8, 8]


def test_classification_ends_with_dropout_and_logits_without_softmax() -> None:
    model = block_model(lambda x: classify(x, 3))
    assert [type(layer).__name__ for layer in model.layers[1:]] == ["Flatten", "Dropout", "Dense"]
    assert model.output_shape == (None, 3)
    assert model.layers[-1].activation is keras.activations.linear
    assert model.layers[-1].dtype_policy.name == "float32"


def test_dropout_keeps_the_mean_in_training_and_changes_nothing_in_inference() -> None:
    dropout = Dropout()
    ones = np.ones((100, 100), np.float32)
    assert (np.asarray(dropout(ones, training=True)) == 1).all(), "the rate of a new layer is 0"
    dropout.rate.assign(0.25)
    output = np.asarray(dropout(ones, training=True))
    assert set(np.unique(output)) == {np.float32(0), np.float32(1 / 0.75)}
    assert output.mean() == pytest.approx(1, abs=0.03)
    assert (np.asarray(dropout(ones, training=False)) == 1).all()


def test_a_compiled_training_step_uses_a_dropout_rate_that_is_set_later() -> None:
    inputs = keras.Input((100,))
    identity = layers.Dense(100, use_bias=False, kernel_initializer="identity")
    model = keras.Model(inputs, identity(Dropout(name="dropout")(inputs)))
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
    ones, zeros = np.ones((320, 100), np.float32), np.zeros((320, 100), np.float32)
    assert float(model.train_on_batch(ones, zeros)) == pytest.approx(1)
    model.get_layer("dropout").rate.assign(0.5)
    model.reset_metrics()
    assert float(model.train_on_batch(ones, zeros)) == pytest.approx(2, abs=0.1), "half of the squares are 4"
