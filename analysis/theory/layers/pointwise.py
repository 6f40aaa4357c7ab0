"""Question 9: a 1×1 convolution mixes the channels of each pixel, so it can make fewer of many."""

import keras
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.document.document import picture
from analysis.explain.graph import unfold
from analysis.figures.style import TEXT, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.layers.probe import maps
from analysis.theory.material import Material

Array = NDArray[np.float32]
FEWER = 4
IMAGE = 1  # of the network's validation images


def mixed(features: Array, kernel: Array) -> Array:
    """Apply a 1×1 convolution: (n, height, width, channels) to (n, height, width, filters).

    Args:
        features: (n, height, width, channels).
        kernel: (channels, filters).
    """
    layer = layers.Conv2D(kernel.shape[1], 1, use_bias=False)
    layer.build(features.shape)
    layer.set_weights([kernel[None, None]])
    return np.asarray(keras.ops.convert_to_numpy(layer(features)))


def principal(features: Array, filters: int) -> tuple[Array, float]:
    """Return the mixtures of channels that keep most of their variance, and the share that they keep.

    Args:
        features: (n, height, width, channels).
        filters: number of mixtures.

    Returns:
        (channels, filters) orthonormal columns, and the share in [0, 1].
    """
    pixels = features.reshape(-1, features.shape[-1])
    variance, directions = np.linalg.eigh(np.cov(pixels.T))
    return directions[:, ::-1][:, :filters].astype(np.float32), float(
        variance[-filters:].sum() / variance.sum()
    )


def demonstrate(material: Material) -> Demonstration:
    """Mix the channels of the network's first convolution for some images."""
    network = material.network
    graph = unfold(network.model)
    name = graph.activation(graph.convolutions()[0])
    (features,) = maps(keras.Model(graph.image, graph.output(name)), network.validation.images[:200])
    kernel, share = principal(features, FEWER)
    few = mixed(features, kernel)
    channels = features.shape[-1]
    direct = layers.Conv2D(64, 5, use_bias=False)
    direct.build((None, 16, 16, 64))
    narrow, behind = layers.Conv2D(16, 1, use_bias=False), layers.Conv2D(64, 5, use_bias=False)
    narrow.build((None, 16, 16, 64))
    behind.build((None, 16, 16, 16))
    return Demonstration(
        {
            "figure": picture(
                "pointwise",
                figure(network.validation.images[IMAGE], features[IMAGE], few[IMAGE]),
                f"Left: {channels} channels of the network. Right: {FEWER} mixtures of them. See that "
                "height and width stay, and that the object can still be seen in the few maps.",
            )
        },
        {
            "channels": str(channels),
            "few": str(FEWER),
            "share": f"{100 * share:.0f}",
            "parameters": f"{kernel.size}",
            "direct": f"{direct.count_params():,}",
            "reduced": f"{narrow.count_params() + behind.count_params():,}",
        },
    )


def figure(image: NDArray[np.uint8], many: Array, few: Array) -> Figure:
    """Draw an image, its channels, and the mixtures of them.

    Args:
        image: (height, width, 3) uint8.
        many: (height, width, channels), the channels.
        few: (height, width, filters), the mixtures.
    """
    fig = new_figure(
        f"A 1×1 convolution: {many.shape[-1]} real channels, and {few.shape[-1]} mixtures of them",
        "Each map on its own scale. Every pixel of a mixture is a weighted sum of the channels at that "
        "pixel.",
        height=3.4,
    )
    parts = fig.subfigures(1, 3, width_ratios=(1, 4, 1.5), squeeze=False)[0]
    axes = parts[0].subplots()
    axes.imshow(image)
    axes.set_title("the image", fontsize=TEXT)
    axes.set(xticks=[], yticks=[])
    for part, features, columns, kind in ((parts[1], many, 8, "channels"), (parts[2], few, 2, "mixtures")):
        part.suptitle(f"{features.shape[-1]} {kind}", fontsize=TEXT)
        rows = -(-features.shape[-1] // columns)
        panels = part.subplots(rows, columns, squeeze=False)
        for panel in panels.flat:
            panel.set_axis_off()
        for channel, panel in zip(range(features.shape[-1]), panels.flat, strict=False):
            panel.imshow(features[..., channel], cmap="viridis")
    return fig
