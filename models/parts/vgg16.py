"""VGG16 (Simonyan & Zisserman 2015): the frozen convolution base, blocks that are fine-tuned, and the top.

The frozen base maps images to features. It includes the preprocessing that its weights need, so the layers
after it depend on neither.
"""

from typing import Any

import keras
from keras import layers

from models.parts.blocks import classify, normalize
from models.parts.weights import BLOCKS, Weights

# Caffe: mean of the ImageNet images, RGB in [0, 255]. Torch: mean and standard deviation, RGB in [0, 1].
CAFFE_MEAN = (123.68, 116.779, 103.939)
TORCH_MEAN = (0.485, 0.456, 0.406)
TORCH_DEVIATION = (0.229, 0.224, 0.225)


def frozen_base(
    input_shape: tuple[int, int, int], weights: Weights | None, *, pixels: int, blocks: int
) -> keras.Model:
    """Return a model from images (batch, *input_shape), float32 in [0, 1], to features (batch, h, w, c).

    Args:
        input_shape: (height, width, 3).
        weights: pretrained weights; None: random weights, to learn the shape of the features only.
        pixels: height and width to which the images are resized first.
        blocks: number of blocks, 1 to 5; the features are the output of the last block's pooling.
    """
    inputs: Any = keras.Input(input_shape)
    x = inputs
    if input_shape[:2] != (pixels, pixels):
        x = layers.Resizing(pixels, pixels)(x)
    x = preprocess(x, weights.preprocessing if weights else "torch")
    x = convolution_blocks(x, 1, blocks)
    model = keras.Model(inputs, layers.Activation("linear", dtype="float32", name="features")(x))
    model.trainable = False
    if weights:
        set_weights(model, weights)
    return model


def convolution_blocks(x: Any, first: int, last: int) -> Any:
    """Apply blocks `first` to `last`, 1 to 5: convolutions with ReLU, then a pooling that halves h and w."""
    for block in range(first, last + 1):
        for number, width in enumerate(BLOCKS[block - 1], start=1):
            name = f"block{block}_conv{number}"
            x = layers.Conv2D(width, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    return x


def set_weights(model: keras.Model, weights: Weights) -> None:
    """Set the pretrained weights of those layers of a model that have the name of a VGG16 convolution."""
    for layer in model.layers:
        if layer.name in weights.arrays:
            layer.set_weights(weights.arrays[layer.name])


def preprocess(x: Any, kind: str) -> Any:
    """Map RGB in [0, 1] to what the weights were trained on; `kind` is a key of `PREPROCESSING`."""
    if kind == "caffe":
        x = layers.Rescaling(255.0, offset=[-mean for mean in CAFFE_MEAN])(x)
        return keras.ops.flip(x, axis=-1)
    scale = [1 / deviation for deviation in TORCH_DEVIATION]
    offset = [-mean / deviation for mean, deviation in zip(TORCH_MEAN, TORCH_DEVIATION, strict=True)]
    return layers.Rescaling(scale, offset=offset)(x)


def top(x: Any, classes: int, *, pooling: str, depth: int, width: int, normalization: str) -> Any:
    """Map features (batch, h, w, c) to logits (batch, classes).

    Args:
        x: the features; for normalization "group", c is a multiple of 8.
        classes: number of logits.
        pooling: "average" (over height and width) or "flatten".
        depth: dense layers before the layer of the logits.
        width: units of each of these dense layers.
        normalization: "none", "batch", "layer" or "group"; applied to the features and to these dense layers.
    """
    x = normalize(x, normalization)
    x = layers.GlobalAveragePooling2D()(x) if pooling == "average" else layers.Flatten()(x)
    for _ in range(depth):
        x = layers.ReLU()(normalize(layers.Dense(width, kernel_initializer="he_normal")(x), normalization))
    return classify(x, classes)
