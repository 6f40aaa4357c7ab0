"""A base gets a new top for other classes; its old top measures what is left of the first training."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from analysis.theory.layers import probe
from analysis.theory.material import Network, pair, untrained
from models.parts.blocks import classify
from search.training.fit import Epoch, fit

Pair = tuple[NDArray[Any], NDArray[Any]]


def with_new_top(network: Network) -> keras.Model:
    """Return the network with a new layer of two logits."""
    model = untrained(2)
    for layer, old in zip(model.layers, network.model.layers, strict=True):
        if layer.name != "logits" and "dropout" not in layer.name:
            layer.set_weights(old.get_weights())
    return model


def train_top(model: keras.Model, training: Pair, validation: Pair, **options: Any) -> list[Epoch]:
    """Train the logits of a model, and nothing else.

    Args:
        model: of `with_new_top`.
        training: images and labels.
        validation: the same.
        options: of `fit`.
    """
    last_maps = next(layer for layer in reversed(model.layers) if len(layer.output.shape) == 4)
    base = keras.Model(model.input, last_maps.output)
    features = [(probe.maps(base, images)[0], labels) for images, labels in (training, validation)]
    inputs = keras.Input(base.output_shape[1:])
    top = keras.Model(inputs, classify(inputs, 2))
    top.get_layer("logits").set_weights(model.get_layer("logits").get_weights())
    epochs = list(fit(top, *features, **options))
    model.get_layer("logits").set_weights(top.get_layer("logits").get_weights())
    return epochs


def remembered(model: keras.Model, network: Network) -> NDArray[np.bool_]:
    """Return which validation images of the old classes are right with a model's base under the old top.

    Args:
        model: of `with_new_top`, trained.
        network: whose top it is.
    """
    old = untrained(len(network.classes))
    for layer, tuned, before in zip(old.layers, model.layers, network.model.layers, strict=True):
        if "dropout" not in layer.name:
            layer.set_weights((before if layer.name == "logits" else tuned).get_weights())
    images, labels = pair(network.validation)
    return np.asarray(probe.maps(old, images)[0].argmax(axis=1) == labels)
