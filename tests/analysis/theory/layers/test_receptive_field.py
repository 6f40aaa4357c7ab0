"""The receptive field that is counted is the one in which a pixel makes a difference."""

import keras
import numpy as np

from analysis.explain.graph import unfold
from analysis.theory.layers.receptive_field import stages
from analysis.theory.material import untrained


def test_the_field_is_where_pixels_make_a_difference() -> None:
    inputs = keras.Input((40, 40, 1))
    x = inputs
    for strides in (1, 2):
        x = keras.layers.Conv2D(1, 3, strides=strides, padding="same", kernel_initializer="ones")(x)
        x = keras.layers.MaxPooling2D(2)(x)
    # Average pooling in place of maximum: each pixel of a window makes a difference.
    outputs = keras.Input((40, 40, 1))
    y = outputs
    for strides in (1, 2):
        y = keras.layers.Conv2D(1, 3, strides=strides, padding="same", kernel_initializer="ones")(y)
        y = keras.layers.AveragePooling2D(2)(y)
    model = keras.Model(outputs, y)
    pixels = np.eye(1600, dtype=np.float32).reshape(1600, 40, 40, 1)
    seen = np.asarray(model(pixels))[:, 2, 2, 0].reshape(40, 40) != 0
    assert stages(keras.Model(inputs, x))[-1].field == seen.any(axis=0).sum() == seen.any(axis=1).sum()


def test_sizes_and_multiplications_of_the_default_network() -> None:
    model = untrained()
    every = stages(model)
    assert [stage.shape for stage in every] == [
        unfold(model).output(name).shape[1:]
        for name, step in unfold(model).steps.items()
        if isinstance(step.layer, keras.layers.Conv2D | keras.layers.MaxPooling2D)
    ]
    assert every[2].multiplications == 16 * 16 * 64 * 3 * 3 * 32 == every[4].multiplications
