"""Question 10: what the first and the last convolution look for, and what each layer says of the class."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.document.document import Table, picture
from analysis.document.wording import percent
from analysis.explain.filter_patterns import GREY, Patterns, filter_patterns
from analysis.explain.graph import unfold
from analysis.figures.style import TEXT, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.layers import probe
from analysis.theory.material import Material, Network
from models.parts.vgg16 import frozen_base

Array = NDArray[np.float32]
COLUMNS, MOST = 6, 18
TRAINING = 700  # images of the probes; the rest of the network's validation images measures them


def demonstrate(material: Material) -> Demonstration:
    """Draw kernels and patterns, of VGG16 if its weights are given, and probe the network's layers."""
    if material.weights:
        blocks = min(4, material.weights.blocks)
        model = frozen_base((64, 64, 3), material.weights, pixels=64, blocks=blocks)
        name = f"blocks 1 to {blocks} of VGG16, trained on ImageNet"
    else:
        model, name = material.network.model, "the small network, trained on eight classes of CIFAR-10"
    graph = unfold(model)
    first, last = graph.convolutions()[0], graph.activation(graph.convolutions()[-1])
    kernels = np.asarray(keras.ops.convert_to_numpy(graph.steps[first].layer.kernel))
    (patterns,) = filter_patterns(model, [last], filters=MOST, steps=60)
    scores = probes(material.network)
    return Demonstration(
        {
            "figure": picture(
                "kernels",
                figure(kernels, patterns, name),
                "A kernel of 3×3 pixels can hold an edge or a contrast of colours, and no more. See that the "
                "patterns of the last convolution are larger, and repeat like a texture.",
            ),
            "table": Table(
                ("output of", "features", "accuracy of a linear classifier"),
                "lrr",
                [[label, f"{count:,}", percent(score)] for label, count, score in scores],
                f"{TRAINING} images of eight classes to fit the classifier, "
                f"{len(material.network.validation) - TRAINING} others to measure it; raw pixels "
                "are 32×32×3 features; all others are averaged in 2×2 parts, so 3 colours are 12 features",
            ),
        },
        {
            "raw": percent(scores[0][2]),
            "averaged": percent(scores[1][2]),
            "last": percent(scores[-1][2]),
            "name": name,
        },
    )


def probes(network: Network) -> list[tuple[str, int, float]]:
    """Return how well the classes can be separated from the pixels and from each convolution's maps."""
    graph = unfold(network.model)
    names = [graph.activation(name) for name in graph.convolutions()]
    model = keras.Model(graph.image, [graph.output(name) for name in names])
    images, labels = network.validation.images, network.validation.labels
    pixels = images.astype(np.float32) / 255
    # Beside the raw pixels, averaged ones: they lose what the averages of the maps lose.
    features = {
        "none: raw pixels": pixels.reshape(len(pixels), -1),
        "none: averaged pixels": probe.pooled(pixels),
    }
    for number, maps in enumerate(probe.maps(model, images), start=1):
        features[f"convolution {number}"] = probe.pooled(maps)
    return [(title, each.shape[1], _score(each, labels)) for title, each in features.items()]


def _score(features: Array, labels: NDArray[np.int64]) -> float:
    return probe.accuracy((features[:TRAINING], labels[:TRAINING]), (features[TRAINING:], labels[TRAINING:]))


def figure(kernels: Array, patterns: Patterns, name: str) -> Figure:
    """Draw kernels of the first convolution, and patterns of a later one.

    Args:
        kernels: (3, 3, 3, filters) of the first convolution.
        patterns: of the last convolution.
        name: of the network.
    """
    fig = new_figure(
        "Kernels of the first convolution beside patterns that the last one answers strongly",
        f"Of {name}. Left: the weights themselves, 3 × 3 pixels, each on its own scale, grey for 0. Right: "
        "grey noise, changed step by step so that a filter answers more (question 20).",
        height=2.9,
    )
    left, right = fig.subfigures(1, 2, squeeze=False)[0]
    count = min(MOST, kernels.shape[-1])
    scale = np.abs(kernels).max(axis=(0, 1, 2))
    shown = np.clip(0.5 + 0.5 * kernels / scale, 0, 1).transpose(3, 0, 1, 2)[:count]
    _tiles(left, shown)
    left.suptitle(f"first convolution, {count} of {kernels.shape[-1]} kernels", fontsize=TEXT)
    contrast = np.abs(patterns.images - GREY).max(axis=(1, 2, 3), keepdims=True)
    _tiles(right, np.clip(GREY + 0.5 * (patterns.images - GREY) / contrast, 0, 1))
    right.suptitle(f"last convolution, patterns of {len(patterns.images)} filters", fontsize=TEXT)
    return fig


def _tiles(part: Any, pictures: Sequence[Any] | Array) -> None:
    panels = part.subplots(-(-MOST // COLUMNS), COLUMNS, squeeze=False)
    for panel in panels.flat:
        panel.set_axis_off()
    for shown, panel in zip(pictures, panels.flat, strict=False):
        panel.imshow(shown)
