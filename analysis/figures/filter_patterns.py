"""The image that a filter answers most: gradient ascent in the input, from grey noise.

The plain ascent ends in noise of high frequency that excites the filter and shows nothing. As in Yosinski et
al. 2015 (Understanding neural networks through deep visualization) the image is blurred and drawn back to
grey on the way; as in Mordvintsev et al. 2015 (DeepDream) it is shifted by some pixels at every step; and the
gradient is normalized, as in Chollet, Deep Learning with Python.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from analysis.explain.gradients import gradient
from analysis.explain.graph import spread, unfold
from analysis.figures._mosaic import mosaic
from analysis.figures._style import TEXT, blank

Array = NDArray[np.float32]
COLUMNS = 8
GREY, NOISE = 0.5, 0.05  # mean and standard deviation of the first image
STEP = 0.03  # root mean square change of an image's pixels in a step of ascent
SHIFT = 1 / 16  # of the width: how far the image is moved, at most, while its gradient is taken
BLUR = 0.5  # pixels: standard deviation of the Gaussian blur after every step
DECAY = 0.01  # share by which each step draws the pixels back to grey


@dataclass(frozen=True)
class Patterns:
    """The patterns of one layer.

    Attributes:
        layer: its name.
        filters: the filters' numbers, (n,).
        images: (n, height, width, channels) float32 in [0, 1].
        start: each filter's mean activation in the noise that the ascent began with, (n,), above 0.
        end: the same in its pattern.
    """

    layer: str
    filters: NDArray[np.int64]
    images: Array
    start: Array
    end: Array


def filter_patterns(
    model: keras.Model,
    layers: Sequence[str] | None = None,
    *,
    filters: int = 8,
    steps: int = 30,
    seed: int = 0,
) -> list[Patterns]:
    """Return the patterns that filters of some layers answer most.

    All filters of a layer are ascended in one batch. A filter that is silent in the noise has no gradient
    to follow: the first that are not are taken, and one that falls silent on the way is left out.

    Args:
        model: maps images, float32 in [0, 1], to logits; it may hold nested models.
        layers: names, a nested model's name before its layer's ("vgg16/block1_conv1"); None for four
            convolutions, early to late, each after its normalization and ReLU.
        filters: patterns a layer, at most.
        steps: steps of ascent.
        seed: noise and shifts are drawn from it.

    Raises:
        ValueError: a layer is not there, or the model has no convolution.
    """
    graph = unfold(model)
    if layers is None:
        layers = [graph.activation(name) for name in spread(graph.convolutions(), 4)]
    drawn = []
    for name in layers:
        rng = np.random.default_rng(seed)
        noise = GREY + NOISE * rng.standard_normal((1, *model.input_shape[1:]))
        submodel = keras.Model(graph.image, graph.output(name))
        chosen = np.flatnonzero(mean_activation(submodel, noise)[0] > 0)[:filters]
        start = np.repeat(noise, len(chosen), axis=0)
        end = _ascended(submodel, start, chosen, steps, rng) if len(chosen) else start
        own = np.arange(len(chosen)), chosen
        before, after = (mean_activation(submodel, images)[own] for images in (start, end))
        rose = after > before  # a filter may fall silent on the way
        images = end[rose].astype(np.float32)
        drawn.append(Patterns(name, chosen[rose], images, before[rose], after[rose]))
    return drawn


def _ascended(
    submodel: keras.Model,
    images: NDArray[Any],
    filters: NDArray[np.int64],
    steps: int,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Return images, (n, height, width, channels), each changed to excite the filter of its own, (n,)."""
    wanted = np.eye(submodel.output_shape[-1], dtype=np.float32)[filters]
    ascent = gradient(submodel, lambda maps, wanted: ops.sum(_mean(maps) * wanted))
    reach = round(SHIFT * images.shape[2])
    for _ in range(steps):
        moved = rng.integers(-reach, reach + 1, 2)
        slope = ascent(wanted, np.roll(images, moved, axis=(1, 2)))
        slope /= np.sqrt(np.mean(slope**2, axis=(1, 2, 3), keepdims=True)) + 1e-12
        images = images + STEP * np.roll(slope, -moved, axis=(1, 2))
        images = gaussian_filter(images, (0, BLUR, BLUR, 0), mode="wrap")
        images = np.clip(GREY + (1 - DECAY) * (images - GREY), 0, 1)
    return images


def mean_activation(submodel: keras.Model, images: NDArray[Any]) -> Array:
    """Return each filter's mean over the pixels of its positive part, (batch, channels).

    Args:
        submodel: from images to a layer's maps (batch, height, width, channels).
        images: (batch, height, width, channels) in [0, 1].
    """
    return np.asarray(ops.convert_to_numpy(_mean(submodel(images.astype(np.float32), training=False))))


def _mean(maps: Any) -> Any:
    # The positive part: a linear filter's plain mean depends on the image's mean alone, and not on its edges.
    return ops.mean(ops.relu(maps), axis=(1, 2))


def figure(patterns: Sequence[Patterns]) -> Figure:
    """Draw the patterns, a layer a row, their contrast stretched."""
    drawn = blank(
        "The pattern that each filter answers most, from an early layer to a late one",
        "Each is grey noise, changed step by step so that the filter answers more; contrast is stretched. In "
        "a well-trained network the first layers look for edges and colours, deeper ones for textures.",
        height=1.4 * len(patterns) + 0.9,
    )
    axes = drawn.subplots(len(patterns), 1, squeeze=False)[:, 0]
    for axis, each in zip(axes, patterns, strict=True):
        if len(each.filters):
            axis.imshow(np.nan_to_num(mosaic(_stretched(each.images), COLUMNS), nan=1.0))
        axis.set(xticks=[], yticks=[])
        axis.set_title(_title(each), fontsize=TEXT)
        axis.spines[:].set_visible(False)
    return drawn


def _stretched(images: Array) -> Array:
    reach = np.quantile(np.abs(images - GREY), 0.99, axis=(1, 2, 3), keepdims=True)
    return np.clip(GREY + (images - GREY) * (0.5 / np.maximum(reach, 0.05)), 0, 1)


def _title(each: Patterns) -> str:
    if not len(each.filters):
        return f"{each.layer}: no filter answers to the noise that the ascent begins with"
    numbers = ", ".join(map(str, each.filters))
    gain = np.median(each.end / each.start)
    return f"{each.layer}: filters {numbers}, whose mean activation rose {gain:.0f}-fold (median)"
