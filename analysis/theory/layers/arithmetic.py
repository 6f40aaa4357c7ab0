"""Questions 1, 2, 3, 7, 8 and 11: convolution and pooling of small tensors, computed with Keras layers."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from analysis.document.document import Block, Table
from analysis.theory.demonstration import Demonstration

Array = NDArray[np.float32]
COLOURS = ("R", "G", "B")


def image() -> Array:
    """Return the image I of the questions: (4, 4, 3), R all 1, G all 2, B with rows 1, 2, 3, 4."""
    rows = np.repeat(np.arange(1, 5, dtype=np.float32)[:, None], 4, axis=1)
    return np.stack([np.ones((4, 4)), np.full((4, 4), 2.0), rows], axis=-1).astype(np.float32)


def convolved(pixels: Array, *, padding: str = "valid", dilation: int = 1) -> Array:
    """Convolve an image with one filter of 3 × 3 × channels ones.

    Args:
        pixels: (height, width, channels).
        padding: "valid" (none) or "same" (with zeros, so that the size stays).
        dilation: distance between the pixels that the filter takes.

    Returns:
        (height', width').

    Raises:
        ValueError: the filter does not fit into the image.
    """
    layer = layers.Conv2D(
        1, 3, padding=padding, dilation_rate=dilation, kernel_initializer="ones", use_bias=False
    )
    return _applied(layer, pixels)[..., 0]


def padded(pixels: Array, border: int) -> Array:
    """Return an image with a border of zeros, (height + 2 × border, width + 2 × border, channels)."""
    return _applied(layers.ZeroPadding2D(border), pixels)


def pooled(pixels: Array) -> Array:
    """Return the 2 × 2 max pooling with stride 2 of an image, (height / 2, width / 2, channels)."""
    return _applied(layers.MaxPooling2D(2, strides=2), pixels)


def size(shape: tuple[int, int, int], filters: int, strides: int) -> tuple[int, int, int]:
    """Return the shape after 3 × 3 filters without padding, from a layer applied to zeros of this shape."""
    result = _applied(layers.Conv2D(filters, 3, strides=strides), np.zeros(shape, np.float32))
    height, width, channels = result.shape
    return height, width, channels


def _applied(layer: Any, pixels: Array) -> Array:
    return np.asarray(keras.ops.convert_to_numpy(layer(pixels[None])))[0]


def unpadded_answer(material: object = None) -> Demonstration:
    """Compute question 1."""
    result = convolved(image())
    flipped = convolved(image().transpose(1, 0, 2))
    channels = [f"{convolved(image()[..., [c]])[0, 0]:.0f}" for c in range(3)]
    return Demonstration(
        {"image": _image(), "result": _matrix(result, "I convolved with the filter of ones: 2 × 2")},
        {
            "red": channels[0],
            "green": channels[1],
            "blue": channels[2],
            "first": f"{result[0, 0]:.0f}",
            "transposed": _rows(flipped),
        },
    )


def padded_answer(material: object = None) -> Demonstration:
    """Compute question 2."""
    result = convolved(image(), padding="same")
    return Demonstration(
        {"result": _matrix(result, "With a border of zeros of width 1: 4 × 4")},
        {"corner": f"{result[0, 0]:.0f}"},
    )


def dilated_answer(material: object = None) -> Demonstration:
    """Compute question 3, in the readings that there are."""
    same = convolved(image(), padding="same", dilation=2)
    kept = convolved(padded(image(), 1), dilation=2)
    return Demonstration(
        {
            "same": _matrix(same, "Chosen reading: zeros so that the size stays (a border of 2): 4 × 4"),
            "kept": _matrix(kept, "Other reading: the border of width 1 of question 2 is kept: 2 × 2"),
        },
        {"corner": f"{same[0, 0]:.0f}"},
    )


def size_answer(material: object = None) -> Demonstration:
    """Compute question 7."""
    return _size_answer(strides=1)


def strided_size_answer(material: object = None) -> Demonstration:
    """Compute question 8."""
    return _size_answer(strides=2)


def pooling_answer(material: object = None) -> Demonstration:
    """Compute question 11."""
    result = pooled(image())
    return Demonstration({"result": _channels(result, "I after max pooling, one 2 × 2 matrix a channel")})


def _size_answer(strides: int) -> Demonstration:
    shape = size((128, 128, 32), 16, strides)
    weights = layers.Conv2D(16, 3, strides=strides)
    weights.build((None, 128, 128, 32))
    return Demonstration(
        {},
        {
            "size": " × ".join(map(str, shape)),
            "values": f"{np.prod(shape):,}",
            "parameters": f"{weights.count_params():,}",
        },
    )


def _image() -> Block:
    return _channels(image(), "The image I, one 4 × 4 matrix a channel")


def _channels(pixels: Array, caption: str) -> Table:
    """Return the channels of an image side by side, with an empty column between two."""
    columns: list[str] = []
    rows: list[list[str]] = [[] for _ in pixels]
    for number, name in enumerate(COLOURS[: pixels.shape[2]]):
        gap = [""] if number else []
        columns += [*gap, name, *[""] * (pixels.shape[1] - 1)]
        for row, values in zip(rows, _text(pixels[..., number]), strict=True):
            row += [*gap, *values]
    return Table(columns, "r" * len(columns), rows, caption)


def _matrix(values: Array, caption: str) -> Table:
    return Table([""] * values.shape[1], "r" * values.shape[1], _text(values), caption)


def _text(rows: Array) -> Sequence[Sequence[str]]:
    return [[f"{value:.0f}" for value in row] for row in rows]


def _rows(values: Array) -> str:
    """Return a matrix in one line, as [45 45; 54 54]."""
    return f"[{'; '.join(' '.join(row) for row in _text(values))}]"
