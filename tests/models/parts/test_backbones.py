"""Backbones compute what `keras.applications` computes, whole or cut in two."""

from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from models.parts import backbone_weights, backbones, pretrained
from models.parts.backbone_weights import BACKBONES
from models.parts.weights import WeightsError

PREPROCESS = {
    "mobilenet_v2": keras.applications.mobilenet_v2.preprocess_input,
    "efficientnetv2_b0": keras.applications.efficientnet_v2.preprocess_input,
    "convnext_tiny": keras.applications.convnext.preprocess_input,
    "resnet50v2": keras.applications.resnet_v2.preprocess_input,
    "vgg16": keras.applications.vgg16.preprocess_input,
}
IMAGES = np.random.default_rng(0).random((2, 48, 48, 3), np.float32)


def application(name: str) -> keras.Model:
    keras.utils.set_random_seed(1)
    made: keras.Model = getattr(keras.applications, BACKBONES[name].application)(
        include_top=False, weights=None, input_shape=(48, 48, 3)
    )
    return made


def features(model: keras.Model, images: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(model.predict_on_batch(images))  # compiled: one operation at a time is slow on JAX


# The others, without peculiarities of padding, of layers that are no objects and of names, take a minute.
QUICK = ("mobilenet_v2", "efficientnetv2_b0", "convnext_tiny")
ALL = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in sorted(BACKBONES.keys() - QUICK))]


@pytest.mark.parametrize("name", ALL)
def test_a_backbone_with_weights_of_a_file_is_keras_own_on_preprocessed_images(
    name: str, tmp_path: Path
) -> None:
    theirs = application(name)
    theirs.save_weights(tmp_path / f"{name}.weights.h5")
    loaded = backbone_weights.read(tmp_path, [name])
    ours = backbones.frozen_backbone((48, 48, 3), loaded, backbone=name, pixels=48)
    wanted = features(theirs, PREPROCESS[name](255 * IMAGES))
    np.testing.assert_allclose(features(ours, IMAGES), wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())
    assert not ours.trainable_variables

    # Cut in two, each part with its weights, it computes the same.
    first = backbones.frozen_backbone((48, 48, 3), loaded, backbone=name, pixels=48, unfrozen=0.3)
    inputs = keras.Input(first.output_shape[1:])
    last = keras.Model(inputs, backbones.last_layers(name, 48, 0.3)(inputs, training=False))
    assert pretrained.set_weights(last, loaded) == {f"{name}_last"}
    both = features(last, features(first, IMAGES))
    np.testing.assert_allclose(both, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())
    assert 0 < last.count_params() < theirs.count_params()


@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnetv2_b0"])
def test_batch_normalization_of_the_last_layers_is_not_trained(name: str) -> None:
    last = backbones.last_layers(name, 48, 0.5)
    trained = {layer.name for layer in last.layers if layer.trainable_variables}
    assert trained
    assert not [
        layer for layer in last.layers if "BatchNorm" in type(layer).__name__ and layer.name in trained
    ]


def test_the_share_that_is_unfrozen_moves_the_cut() -> None:
    sizes = [backbones.last_layers("mobilenet_v2", 48, share).count_params() for share in (0.1, 0.3, 0.5)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_file_of_another_model_is_named(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save_weights(tmp_path / "vgg16.weights.h5")
    loaded = backbone_weights.read(tmp_path, list(BACKBONES))
    with pytest.raises(WeightsError, match=r"vgg16\.weights\.h5: these are not weights of vgg16: "):
        backbones.frozen_backbone((48, 48, 3), loaded, backbone="vgg16", pixels=48)
