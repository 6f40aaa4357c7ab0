"""Feature maps of several convolution layers for one image: first edges, later coarser and sparser maps.

Follows Zeiler & Fergus 2014 and Chollet, Deep Learning with Python.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.explain._mosaic import mosaic
from analysis.explain.graph import spread, unfold
from analysis.figures.style import TEXT, new_figure
from search.training.batches import scaled

Array = NDArray[np.float32]
COLUMNS, ROWS = 8, 2


def activations(
    model: keras.Model, image: NDArray[Any], layers: Sequence[str] | None = None
) -> dict[str, Array]:
    """Return the feature maps of some layers for one image.

    Args:
        model: maps images to logits; it may contain nested models.
        image: (height, width, channels), uint8 or float32 in [0, 1].
        layers: names; a layer of a nested model has the model's name in front ("vgg16/block1_conv1"). None
            selects an early, a middle and a late convolution, each after its normalization and ReLU.

    Returns:
        name → (height, width, channels) float32.

    Raises:
        ValueError: a layer does not exist, or the model has no convolution.
    """
    graph = unfold(model)
    if layers is None:
        layers = [graph.activation(name) for name in spread(graph.convolutions(), 3)]
    submodel = keras.Model(graph.image, {name: graph.output(name) for name in layers})
    maps = submodel(scaled(image[None]), training=False)
    return {name: np.asarray(keras.ops.convert_to_numpy(maps[name])[0], np.float32) for name in layers}


def figure(image: NDArray[Any], maps: Mapping[str, Array]) -> Figure:
    """Draw the image and, for each layer, the channels with the highest mean, on one colour scale per layer.

    Args:
        image: (height, width, channels), uint8 or float32 in [0, 1].
        maps: name → (height, width, channels), as `activations` returns them.
    """
    fig = new_figure(
        "What the convolutions answer to this image, from an early layer to a late one",
        "Bright: strongly, on one scale a layer. A channel is silent that is 0 or less in the whole image. "
        "In a well-trained network early layers keep the image and its edges; later ones are coarser, and "
        "answer in fewer places.",
        height=2.1 * len(maps) + 0.9,
    )
    left, right = fig.subfigures(1, 2, width_ratios=(1, 5), squeeze=False)[0]
    photograph = left.subplots()
    photograph.imshow(image)
    photograph.set(xticks=[], yticks=[], anchor="N")
    photograph.set_title("the image", fontsize=TEXT)
    axes = right.subplots(len(maps), 1, squeeze=False)[:, 0]
    for axis, (name, layer) in zip(axes, maps.items(), strict=True):
        order = np.argsort(-layer.mean(axis=(0, 1)), kind="stable")[: COLUMNS * ROWS]
        shown = mosaic(layer[..., order].transpose(2, 0, 1), COLUMNS)
        # A few extreme values would leave everything else dark.
        low, high = np.nanquantile(shown, (0.005, 0.995))
        picture = axis.imshow(shown, cmap="viridis", vmin=low, vmax=max(high, low + 1e-6))
        axis.set(xticks=[], yticks=[])
        axis.set_title(_title(name, layer, len(order)), fontsize=TEXT)
        axis.spines[:].set_visible(False)
        bar = fig.colorbar(picture, ax=axis, shrink=0.8, pad=0.01, extend="max")
        bar.ax.tick_params(labelsize=TEXT)
    return fig


def _title(name: str, layer: Array, shown: int) -> str:
    height, width, channels = layer.shape
    silent = int((layer.max(axis=(0, 1)) <= 0).sum())
    return (
        f"{name}: {height} × {width}, the {shown} strongest of {channels} channels; "
        f"{silent} silent, {100 * np.mean(layer <= 0):.0f} % of all values 0 or less"
    )
