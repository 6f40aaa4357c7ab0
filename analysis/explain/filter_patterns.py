"""The image with the highest activation of a filter: gradient ascent in the input, starting from grey noise.

Plain ascent ends in noise of high frequency that activates the filter but shows no pattern. So the image is
blurred and pulled back to grey after each step, as in Yosinski et al. 2015 (Understanding neural networks
through deep visualization); it is shifted by some pixels at each step, as in Mordvintsev et al. 2015
(DeepDream); and the gradient is normalized, as in Chollet, Deep Learning with Python.
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

from analysis.explain._mosaic import mosaic
from analysis.explain.gradients import gradient
from analysis.explain.graph import spread, unfold
from analysis.figures.style import TEXT, new_figure

Array = NDArray[np.float32]
COLUMNS = 8
GREY, NOISE = 0.5, 0.05  # mean and standard deviation of the first image
STEP = 0.03  # root mean square change of an image's pixels in one step
SHIFT = 1 / 16  # largest shift of the image in one step, as a share of its width
BLUR = 0.5  # pixels: standard deviation of the Gaussian blur after every step
DECAY = 0.01  # share by which each step pulls the pixels back to grey


@dataclass(frozen=True)
class Patterns:
    """The patterns of one layer.

    Attributes:
        layer: name of the layer.
        filters: indices of the filters, (n,).
        images: (n, height, width, channels) float32 in [0, 1].
        start: mean activation of each filter in the noise at the start, (n,), above 0.
        end: mean activation of each filter in its pattern, (n,).
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
    """Return the patterns with the highest activation of filters of some layers.

    All filters of a layer ascend in one batch. A filter that is inactive in the noise has no gradient, so
    the first active filters are used; one that becomes inactive on the way is left out.

    Args:
        model: maps images, float32 in [0, 1], to logits; it may contain nested models.
        layers: names; a layer of a nested model has the model's name in front ("vgg16/block1_conv1"). None
            selects four convolutions, early to late, each after its normalization and ReLU.
        filters: largest number of patterns per layer.
        steps: number of steps of the ascent.
        seed: of the noise and the shifts.

    Raises:
        ValueError: a layer does not exist, or the model has no convolution.
    """
    graph = unfold(model)
    if layers is None:
        layers = [graph.activation(name) for name in spread(graph.convolutions(), 4)]
    patterns = []
    for name in layers:
        rng = np.random.default_rng(seed)
        noise = GREY + NOISE * rng.standard_normal((1, *model.input_shape[1:]))
        submodel = keras.Model(graph.image, graph.output(name))
        chosen = np.flatnonzero(mean_activation(submodel, noise)[0] > 0)[:filters]
        start = np.repeat(noise, len(chosen), axis=0)
        end = _ascended(submodel, start, chosen, steps, rng) if len(chosen) else start
        diagonal = np.arange(len(chosen)), chosen  # image n belongs to filter chosen[n]
        before, after = (mean_activation(submodel, images)[diagonal] for images in (start, end))
        rose = after > before  # false for a filter that became inactive on the way
        images = end[rose].astype(np.float32)
        patterns.append(Patterns(name, chosen[rose], images, before[rose], after[rose]))
    return patterns


def _ascended(
    submodel: keras.Model,
    images: NDArray[Any],
    filters: NDArray[np.int64],
    steps: int,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Return images, (n, height, width, channels), each changed to activate its filter of `filters`, (n,)."""
    wanted = np.eye(submodel.output_shape[-1], dtype=np.float32)[filters]
    ascent = gradient(submodel, lambda maps, wanted: ops.sum(_mean(maps) * wanted))
    most = round(SHIFT * images.shape[2])
    for _ in range(steps):
        shift = rng.integers(-most, most + 1, 2)
        slope = ascent(wanted, np.roll(images, shift, axis=(1, 2)))
        slope /= np.sqrt(np.mean(slope**2, axis=(1, 2, 3), keepdims=True)) + 1e-12
        images = images + STEP * np.roll(slope, -shift, axis=(1, 2))
        images = gaussian_filter(images, (0, BLUR, BLUR, 0), mode="wrap")
        images = np.clip(GREY + (1 - DECAY) * (images - GREY), 0, 1)
    return images


def mean_activation(submodel: keras.Model, images: NDArray[Any]) -> Array:
    """Return the positive part of each filter's activation, averaged over the pixels, (batch, channels).

    Args:
        submodel: maps images to a layer's maps (batch, height, width, channels).
        images: (batch, height, width, channels) in [0, 1].
    """
    return np.asarray(ops.convert_to_numpy(_mean(submodel(images.astype(np.float32), training=False))))


def _mean(maps: Any) -> Any:
    # Without relu, a linear filter's mean would depend on the mean of the image only, and not on its edges.
    return ops.mean(ops.relu(maps), axis=(1, 2))


def figure(patterns: Sequence[Patterns]) -> Figure:
    """Draw the patterns with stretched contrast, one row per layer."""
    fig = new_figure(
        "The pattern that each filter answers most, from an early layer to a late one",
        "Each is grey noise, changed step by step so that the filter answers more; contrast is stretched. In "
        "a well-trained network the first layers look for edges and colours, deeper ones for textures.",
        height=1.4 * len(patterns) + 0.9,
    )
    axes = fig.subplots(len(patterns), 1, squeeze=False)[:, 0]
    for axis, layer in zip(axes, patterns, strict=True):
        if len(layer.filters):
            axis.imshow(np.nan_to_num(mosaic(_stretched(layer.images), COLUMNS), nan=1.0))
        axis.set(xticks=[], yticks=[])
        axis.set_title(_title(layer), fontsize=TEXT)
        axis.spines[:].set_visible(False)
    return fig


def _stretched(images: Array) -> Array:
    contrast = np.quantile(np.abs(images - GREY), 0.99, axis=(1, 2, 3), keepdims=True)
    return np.clip(GREY + (images - GREY) * (0.5 / np.maximum(contrast, 0.05)), 0, 1)


def _title(patterns: Patterns) -> str:
    if not len(patterns.filters):
        return f"{patterns.layer}: no filter answers to the noise that the ascent begins with"
    numbers = ", ".join(map(str, patterns.filters))
    gain = np.median(patterns.end / patterns.start)
    return f"{patterns.layer}: filters {numbers}, whose mean activation rose {gain:.0f}-fold (median)"
