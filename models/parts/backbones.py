"""Backbones: convolution bases of `keras.applications`, from images to features, whole or cut in two.

A backbone is cut where a single tensor carries everything that the later layers need. What lies before the
cut stays frozen, what lies behind it can be trained.
"""

from typing import Any

import keras
from keras import layers

from models.parts.backbone_weights import BACKBONES, BackboneWeights
from models.parts.blocks import keep_statistics
from models.parts.vgg16 import preprocess
from models.parts.weights import WeightsError

LAST = "_last"  # behind the name of a backbone: of its last layers, as one layer of a model
ANY_PIXELS = 96  # the weights have the same shapes at every size


def frozen_backbone(
    input_shape: tuple[int, int, int],
    weights: BackboneWeights | None,
    *,
    backbone: str,
    pixels: int,
    unfrozen: float = 0.0,
) -> keras.Model:
    """Return a model from images (batch, *input_shape), float32 in [0, 1], to features (batch, h, w, c).

    Args:
        input_shape: (height, width, 3).
        weights: pretrained weights; None: random weights, to learn the shape of the features only.
        backbone: a key of `BACKBONES`.
        pixels: height and width to which the images are resized first.
        unfrozen: share of the backbone, 0 to 1, that is left out at its end (`last_layers`).

    Raises:
        WeightsError: the weights are not those of this backbone.
    """
    inputs: Any = keras.Input(input_shape)
    x = inputs
    if input_shape[:2] != (pixels, pixels):
        x = layers.Resizing(pixels, pixels)(x)
    x = _preprocess(x, BACKBONES[backbone].preprocessing)
    whole = _whole(backbone, pixels, weights)
    first = keras.Model(whole.inputs, _cut(whole, unfrozen), name=backbone)
    # Normalizations inside use the statistics of ImageNet.
    features = layers.Activation("linear", dtype="float32", name="features")(first(x, training=False))
    model = keras.Model(inputs, features)
    model.trainable = False
    return model


def last_layers(backbone: str, pixels: int, unfrozen: float) -> keras.Model:
    """Return the last part of a backbone, to be trained: from the features before the cut to its own.

    Its batch normalizations are not trained (`keep_statistics`).

    Args:
        backbone: a key of `BACKBONES`.
        pixels: height and width of the images; paddings inside depend on it.
        unfrozen: share of the backbone's operations that lie behind the cut, about, 0 to 1.
    """
    whole = _whole(backbone, pixels, None)
    last = keras.Model(_cut(whole, unfrozen), whole.outputs[0], name=f"{backbone}{LAST}")
    keep_statistics(last)
    return last


def set_weights(model: keras.Model, weights: BackboneWeights) -> set[str]:
    """Set the pretrained weights of the last layers in a model; return the name of what holds them, in a set.

    Raises:
        WeightsError: the weights are not those of the backbone.
    """
    parts = [layer for layer in model.layers if layer.name.endswith(LAST)]
    for part in parts:
        # By their order: Keras numbers some names anew in each process.
        own = [layer for layer in part.layers if layer.variables]
        whole = _whole(part.name.removesuffix(LAST), ANY_PIXELS, weights)
        last = [layer for layer in whole.layers if layer.variables][-len(own) :]
        for layer, pretrained in zip(own, last, strict=True):
            layer.set_weights(pretrained.get_weights())
    return {part.name for part in parts}


def _whole(backbone: str, pixels: int, weights: BackboneWeights | None) -> keras.Model:
    application = getattr(keras.applications, BACKBONES[backbone].application)
    model: keras.Model = application(include_top=False, weights=None, input_shape=(pixels, pixels, 3))
    if weights:
        file = weights.files[backbone]
        try:
            model.load_weights(file)
        except Exception as error:  # a file of another model can raise many kinds
            reason = " ".join(str(error).split())[:150]
            raise WeightsError(f"--weights {file}: these are not weights of {backbone}: {reason}") from None
    return model


def _cut(whole: keras.Model, unfrozen: float) -> Any:
    """Return the tensor at which the last part of a backbone begins; its output if nothing is unfrozen."""
    operations = whole.operations  # in the order of computation
    place = {operation: number for number, operation in enumerate(operations)}
    last_use: dict[Any, int] = {}
    for operation in operations:
        for tensor in _inputs(operation):
            last_use[tensor._keras_history.operation] = place[operation]
    wanted = round(len(operations) * (1 - unfrozen))
    passed, found = 0, operations[-1]
    for number, operation in enumerate(operations[:-1]):
        # Everything before this operation is used up by it: its output alone goes on.
        if number >= wanted - 1 and passed <= number:
            found = operation
            break
        passed = max(passed, last_use.get(operation, 0))
    return found.output


def _inputs(operation: Any) -> list[Any]:
    nodes = operation._inbound_nodes  # Keras has no public name for what an operation is given
    return [tensor for node in nodes for tensor in node.input_tensors]


def _preprocess(x: Any, kind: str) -> Any:
    """Map RGB in [0, 1] to what the weights of a backbone were trained on."""
    if kind == "included":  # the first layers do it, from [0, 255]
        return layers.Rescaling(255.0)(x)
    if kind == "caffe":
        return preprocess(x, "caffe")
    return layers.Rescaling(2.0, offset=-1.0)(x)
