"""The kept model for use elsewhere: Keras's own layers alone, from pixels to probabilities.

`keras.saving.load_model` opens it where this project is not installed.
"""

from typing import Any

import keras
from keras import layers

from models.parts.blocks import Dropout

PROBABILITIES = "probabilities"  # name of the last layer


def for_use(model: keras.Model) -> keras.Model:
    """Return a model from images as they are read from files to probabilities.

    Args:
        model: maps (batch, height, width, 3), float32 in [0, 1], to logits (batch, classes).

    Returns:
        A model that maps images (batch, height, width, 3), uint8 or float in 0 to 255, to probabilities
        (batch, classes).
    """
    inputs = keras.Input(model.input_shape[1:], name="image")
    scaled = layers.Rescaling(1 / 255, dtype="float32")(inputs)
    return keras.Model(inputs, layers.Softmax(dtype="float32", name=PROBABILITIES)(model(scaled)))


def without_own_layers(model: keras.Model) -> keras.Model:
    """Return a model that predicts the same without our own dropout, which does nothing in a prediction."""
    copy = keras.models.clone_model(model, clone_function=_layer, recursive=True)
    _copy_weights(model, copy)
    return copy


def logits(model: keras.Model) -> keras.Model:
    """Return what `for_use` was given; a model of an earlier version is returned as it is."""
    if model.layers[-1].name == PROBABILITIES and isinstance(model.layers[-2], keras.Model):
        return model.layers[-2]
    return model


def _layer(layer: keras.Layer) -> keras.Layer:
    if isinstance(layer, Dropout):
        return layers.Identity(name=layer.name)
    return layer.__class__.from_config(layer.get_config())


def _copy_weights(source: Any, target: Any) -> None:
    for one, other in zip(source.layers, target.layers, strict=True):
        if isinstance(one, keras.Model):
            _copy_weights(one, other)
        elif not isinstance(one, Dropout):
            other.set_weights(one.get_weights())
