"""The frozen base computes what Keras's VGG16 computes, and can be continued after any block."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from models.parts.vgg16 import convolution_blocks, frozen_base, set_weights, top
from models.parts.weights import read


def random_images(size: int) -> np.ndarray:
    return np.random.default_rng(0).random((2, size, size, 3), np.float32)


def test_the_frozen_base_computes_the_features_of_keras_vgg16(tmp_path: Path) -> None:
    """Compare with keras.applications, its weights and its preprocessing."""
    reference = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
    file = tmp_path / "vgg16.weights.h5"
    reference.save_weights(file)
    weights = read(file)
    assert weights.blocks == 5 and weights.preprocessing == "caffe"
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.float32)
    base = frozen_base((32, 32, 3), weights, pixels=32, blocks=4)
    expected = keras.Model(reference.input, reference.get_layer("block4_pool").output).predict(
        keras.applications.vgg16.preprocess_input(images.copy()), verbose=0
    )
    assert base.predict(images / 255, verbose=0) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert not base.trainable_variables


def test_torch_weights_get_mean_and_deviation_of_imagenet(two_blocks: Path) -> None:
    base = frozen_base((16, 16, 3), read(two_blocks), pixels=16, blocks=1)
    images = random_images(16)
    preprocessed = keras.Model(base.input, base.get_layer("block1_conv1").input).predict(images, verbose=0)
    expected = (images - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    assert preprocessed == pytest.approx(expected, abs=1e-5)


def test_images_are_resized_to_the_requested_size(two_blocks: Path) -> None:
    assert frozen_base((16, 16, 3), read(two_blocks), pixels=8, blocks=2).output_shape == (None, 2, 2, 128)


def test_a_base_without_weights_has_the_shape_of_the_features() -> None:
    base = frozen_base((16, 16, 3), None, pixels=16, blocks=2)
    assert base.output_shape == (None, 4, 4, 128)
    assert not base.trainable_variables


def test_a_shorter_base_with_the_blocks_after_it_computes_the_same_as_the_whole_base(
    two_blocks: Path,
) -> None:
    weights = read(two_blocks)
    whole = frozen_base((16, 16, 3), weights, pixels=16, blocks=2)
    short = frozen_base((16, 16, 3), weights, pixels=16, blocks=1)
    inputs = keras.Input(short.output_shape[1:])
    rest = keras.Model(inputs, convolution_blocks(inputs, 2, 2))
    set_weights(rest, weights)
    features = rest.predict(short.predict(random_images(16), verbose=0), verbose=0)
    assert features == pytest.approx(whole.predict(random_images(16), verbose=0), rel=1e-4, abs=1e-4)
    assert len(rest.trainable_variables) == 4, "kernel and bias of two convolutions"


def test_weights_are_set_by_name_and_other_layers_stay_as_they_are(two_blocks: Path) -> None:
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(64, 3, name="block1_conv1")(inputs)
    model = keras.Model(inputs, layers.Conv2D(64, 3, name="another")(x))
    before = model.get_layer("another").get_weights()
    set_weights(model, read(two_blocks))
    expected = read(two_blocks).arrays["block1_conv1"]
    for weight, array in zip(model.get_layer("block1_conv1").get_weights(), expected, strict=True):
        assert (weight == array).all()
    for weight, array in zip(model.get_layer("another").get_weights(), before, strict=True):
        assert (weight == array).all()


@pytest.mark.parametrize(("pooling", "units"), [("average", 16), ("flatten", 3 * 3 * 16)])
def test_the_top_pools_applies_dense_layers_and_ends_with_logits(pooling: str, units: int) -> None:
    inputs = keras.Input((3, 3, 16))
    logits = top(inputs, 5, pooling=pooling, depth=2, width=8, normalization="layer")
    model = keras.Model(inputs, logits)
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    assert [layer.kernel.shape for layer in dense] == [(units, 8), (8, 8), (8, 5)]
    assert sum(isinstance(layer, layers.LayerNormalization) for layer in model.layers) == 3
    assert model.output_shape == (None, 5)
