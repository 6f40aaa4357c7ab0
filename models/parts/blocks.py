"""Blocks that the studies share; each maps a Keras tensor (batch, height, width, channels) to another."""

from typing import Any

import keras
from keras import layers


def normalize(x: Any, kind: str) -> Any:
    """Return normalized activations of the shape of `x`.

    Args:
        x: (batch, height, width, channels); for "group", channels is a multiple of 8.
        kind: "none"; "batch" (Ioffe & Szegedy 2015; `fit` sets a momentum that suits the number of steps);
            "layer" (over the channels of each pixel, as in ConvNeXt, Liu et al. 2022); or
            "group" (8 groups of channels, Wu & He 2018).

    Raises:
        ValueError: another kind.
    """
    if kind == "none":
        return x
    if kind == "batch":
        return layers.BatchNormalization()(x)
    if kind == "layer":
        return layers.LayerNormalization(epsilon=1e-5)(x)
    if kind == "group":
        return layers.GroupNormalization(groups=8, epsilon=1e-5)(x)
    raise ValueError(f"normalization {kind!r} is not one of none, batch, layer, group")


def convolution(x: Any, width: int, kernel: int, normalization: str, *, strides: int = 1) -> Any:
    """Convolve, normalize and apply ReLU: (batch, h, w, c) to (batch, ⌈h/strides⌉, ⌈w/strides⌉, width)."""
    # A normalization subtracts the mean, and any bias with it.
    bias = normalization == "none"
    x = layers.Conv2D(
        width, kernel, strides=strides, padding="same", use_bias=bias, kernel_initializer="he_normal"
    )(x)
    return layers.ReLU()(normalize(x, normalization))


def residual(x: Any, width: int, normalization: str, *, strides: int = 1) -> Any:
    """Apply two 3×3 convolutions with a skip connection around them (the basic block of He et al. 2016).

    Maps (batch, h, w, c) to (batch, ⌈h/strides⌉, ⌈w/strides⌉, width). The skip connection is the identity,
    or a 1×1 convolution where the shape changes.
    """
    shortcut = x
    if strides != 1 or x.shape[-1] != width:
        shortcut = layers.Conv2D(width, 1, strides=strides, use_bias=False, kernel_initializer="he_normal")(x)
        shortcut = normalize(shortcut, normalization)
    x = convolution(x, width, 3, normalization, strides=strides)
    bias = normalization == "none"
    x = layers.Conv2D(width, 3, padding="same", use_bias=bias, kernel_initializer="he_normal")(x)
    return layers.ReLU()(layers.Add()([normalize(x, normalization), shortcut]))


def inception(x: Any, width: int, normalization: str) -> Any:
    """Apply four parallel branches and concatenate them (Szegedy et al. 2015, figure 2b).

    Maps (batch, h, w, c) to (batch, h, w, 4 × width). The branches: 1×1; 1×1, then 3×3; 1×1, then 5×5; 3×3
    max-pooling, then 1×1.
    """
    one = convolution(x, width, 1, normalization)
    three = convolution(convolution(x, width, 1, normalization), width, 3, normalization)
    five = convolution(convolution(x, width, 1, normalization), width, 5, normalization)
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    return layers.Concatenate()([one, three, five, convolution(pooled, width, 1, normalization)])


def classify(x: Any, classes: int) -> Any:
    """Flatten, apply dropout, map to logits (batch, classes) in float32; the loss applies the softmax."""
    x = Dropout()(layers.Flatten()(x))
    return layers.Dense(classes, dtype="float32", name="logits")(x)


def keep_statistics(model: keras.Model) -> None:
    """Let the batch normalizations of a model keep statistics, scales and offsets while it is fine-tuned.

    As Keras's guide has it: https://keras.io/guides/transfer_learning/
    """
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


@keras.saving.register_keras_serializable("models")
class Dropout(layers.Layer):
    """Dropout (Srivastava et al. 2014) whose rate is a weight: a compiled training step uses its new value.

    Keras's own layer reads its rate once, when the step is traced; a later change is silently ignored. The
    weight `rate` is in [0, 1). It is 0 in a new layer, and `fit` sets it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator()
        self.rate = self.add_weight(name="rate", shape=(), initializer="zeros", trainable=False)

    def call(self, x: Any, training: bool = False) -> Any:
        """In training, set each element to 0 with probability `rate`; scale the others to keep the mean."""
        if not training:
            return x
        rate = keras.ops.cast(self.rate, "float32")
        noise = keras.random.uniform(keras.ops.shape(x), seed=self.seed_generator)
        mask = keras.ops.cast(noise >= rate, x.dtype)
        return x * mask / keras.ops.cast(1 - rate, x.dtype)
