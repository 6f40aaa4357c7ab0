"""VGG16's convolution base: a frozen part in front, and the blocks behind it that are trained on.

Simonyan & Zisserman 2015. The frozen part maps images to features and contains the preprocessing that its
weights want, so that what follows knows nothing of either.
"""

from typing import Any

import keras
from keras import layers

from models.parts.blocks import classify, normalize
from models.parts.weights import BLOCKS, Weights

# Caffe: mean of the ImageNet images, RGB in [0, 255]. Torch: mean and deviation of RGB in [0, 1].
CAFFE_MEAN = (123.68, 116.779, 103.939)
TORCH_MEAN = (0.485, 0.456, 0.406)
TORCH_DEVIATION = (0.229, 0.224, 0.225)


def frozen(
    input_shape: tuple[int, int, int], weights: Weights | None, *, pixels: int, blocks: int
) -> keras.Model:
    """Return the frozen part: images (batch, *input_shape), float32 in [0, 1], to features (batch, h, w, c).

    Args:
        input_shape: (height, width, 3).
        weights: None: random, of use for nothing but its shapes.
        pixels: height and width to which images are brought first.
        blocks: 1 to 5; features are what the last of them gives after its pooling.
    """
    inputs: Any = keras.Input(input_shape)
    x = inputs
    if input_shape[:2] != (pixels, pixels):
        x = layers.Resizing(pixels, pixels)(x)
    x = convolve(_preprocess(x, weights.preprocessing if weights else "torch"), 1, blocks)
    model = keras.Model(inputs, layers.Activation("linear", dtype="float32", name="features")(x))
    model.trainable = False
    if weights:
        fill(model, weights)
    return model


def convolve(x: Any, first: int, last: int) -> Any:
    """Apply blocks `first` to `last`: convolutions with ReLU, and a pooling that halves height and width."""
    for block in range(first, last + 1):
        for number, width in enumerate(BLOCKS[block - 1], start=1):
            x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"block{block}_conv{number}")(
                x
            )
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    return x


def fill(model: keras.Model, weights: Weights) -> None:
    """Set the convolutions of a model that are VGG16's by their names."""
    for layer in model.layers:
        if layer.name in weights.arrays:
            layer.set_weights(weights.arrays[layer.name])


def _preprocess(x: Any, kind: str) -> Any:
    if kind == "caffe":
        x = layers.Rescaling(255.0, offset=[-each for each in CAFFE_MEAN])(x)
        return keras.ops.flip(x, axis=-1)
    scale = [1 / each for each in TORCH_DEVIATION]
    offset = [-mean / each for mean, each in zip(TORCH_MEAN, TORCH_DEVIATION, strict=True)]
    return layers.Rescaling(scale, offset=offset)(x)


def top(x: Any, classes: int, *, pooling: str, depth: int, width: int, normalization: str) -> Any:
    """Map features (batch, h, w, c) to logits (batch, classes): pooling, `depth` dense layers, one more."""
    x = normalize(x, normalization)
    x = layers.GlobalAveragePooling2D()(x) if pooling == "average" else layers.Flatten()(x)
    for _ in range(depth):
        x = layers.ReLU()(normalize(layers.Dense(width, kernel_initializer="he_normal")(x), normalization))
    return classify(x, classes)
