"""Questions 19 to 21: activations, filters by gradient ascent, and class activation.

The pictures are of the small network, or of VGG16 if its weights are given. They are made by
`analysis.explain`, as in the report of a run.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from analysis.document.document import picture
from analysis.document.wording import percent
from analysis.explain import activations, class_activation, filter_patterns
from analysis.explain.graph import spread, unfold
from analysis.theory.demonstration import Demonstration
from analysis.theory.layers import probe
from analysis.theory.material import Material
from models.parts.vgg16 import frozen_base

PIXELS, PHOTOGRAPHS = 96, 200  # of VGG16: width of the images, and how many its classifier is fitted to
MEASURED = 200  # images on which heatmaps are tested
SHARE = 0.25  # of the pixels that is covered
GREY = 0.5


@dataclass(frozen=True)
class Subject:
    """A classifier to look into, and images that it was not trained on.

    Attributes:
        name: in the text.
        model: maps images to logits.
        images: (n, height, width, 3) uint8.
        labels: (n,).
        classes: their names.
    """

    name: str
    model: keras.Model
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]


def subject(material: Material) -> Subject:
    """Return VGG16 with a classifier for cats and dogs if its weights are given, or the small network."""
    if not material.weights:
        network = material.network
        name = "the small network, trained on eight classes of CIFAR-10"
        return Subject(
            name, network.model, network.validation.images, network.validation.labels, network.classes
        )
    photographs, blocks = material.photographs, min(4, material.weights.blocks)
    base = frozen_base(photographs.input_shape, material.weights, pixels=PIXELS, blocks=blocks)
    training, held_out = photographs.training.take(PHOTOGRAPHS, 0), photographs.validation.take(MEASURED, 0)
    model = _classifier(base, training.images, training.labels)
    name = (
        f"blocks 1 to {blocks} of VGG16 with a linear classifier of cats and dogs, fitted to {PHOTOGRAPHS} "
        "photographs"
    )
    return Subject(name, model, held_out.images, held_out.labels, photographs.classes)


def _classifier(base: keras.Model, images: NDArray[Any], labels: NDArray[Any]) -> keras.Model:
    """Return a base with global average pooling and a linear layer, fitted by ridge regression."""
    features = probe.maps(base, images, 25)[0].mean(axis=(1, 2))
    scale = features.std() * 10
    design = np.concatenate([features / scale, np.ones((len(features), 1))], axis=1)
    targets = 8 * (np.eye(2)[labels] - 0.5)  # logits of about ±4
    weights = np.linalg.solve(
        design.T @ design + 0.02 * len(design) / 100 * np.eye(design.shape[1]), design.T @ targets
    )
    head = keras.layers.Dense(2, name="logits")
    logits = head(keras.layers.GlobalAveragePooling2D()(base.output))
    head.set_weights([(weights[:-1] / scale).astype(np.float32), weights[-1].astype(np.float32)])
    return keras.Model(base.input, logits)


def activations_answer(material: Material) -> Demonstration:
    """Show what three layers answer to one image."""
    seen = subject(material)
    graph = unfold(seen.model)
    layers = [graph.activation(name) for name in spread(graph.convolutions(), 3)]
    shown = activations.activations(seen.model, seen.images[1], layers)
    zeros = [f"{100 * float(np.mean(maps <= 0)):.0f} %" for maps in shown.values()]
    return Demonstration(
        {
            "figure": picture(
                "activations",
                activations.figure(seen.images[1], shown),
                "Two rows for each layer, from early to late. See that the first two rows still show the "
                "object, and that the last ones are coarse.",
            )
        },
        {"name": seen.name, "first": zeros[0], "last": zeros[-1]},
    )


def patterns_answer(material: Material) -> Demonstration:
    """Show patterns of four layers."""
    seen = subject(material)
    patterns = filter_patterns.filter_patterns(seen.model, steps=30)
    gains = [float(np.median(layer.end / layer.start)) for layer in patterns if len(layer.filters)]
    return Demonstration(
        {
            "figure": picture(
                "filter-patterns",
                filter_patterns.figure(patterns),
                "One row for each layer, from early to late. See plain colours and stripes first, and "
                "more complex textures below.",
            )
        },
        {"name": seen.name, "least": f"{min(gains):,.0f}", "most": f"{max(gains):,.0f}"},
    )


def heatmap_answer(material: Material) -> Demonstration:
    """Draw heatmaps, and test them: cover the brightest part, and as much elsewhere."""
    seen = subject(material)
    count = min(MEASURED, len(seen.images))
    images, labels = seen.images[:count], seen.labels[:count]
    parts = [class_activation.grad_cam(seen.model, images[start : start + 50], labels[start : start + 50])
             for start in range(0, count, 50)]  # fmt: skip
    heatmaps = np.concatenate([part.heatmaps for part in parts])
    logits = np.concatenate([part.logits for part in parts])
    right = logits.argmax(axis=1) == labels
    accuracies = covered(seen.model, images[right], labels[right], heatmaps[right])
    shown = class_activation.right_and_wrong(logits, labels, most=3)
    explained = class_activation.grad_cam(seen.model, images[shown], labels[shown])
    figure = class_activation.figure(images[shown], labels[shown], explained, seen.classes)
    return Demonstration(
        {
            "figure": picture(
                "class-activation",
                figure,
                "Validation images, first some that are classified correctly, then some that are not. See "
                "whether the bright part is on the object.",
            )
        },
        {
            "name": seen.name,
            "images": str(int(right.sum())),
            "share": f"{100 * SHARE:.0f}",
            "bright": percent(accuracies[0]),
            "dark": percent(accuracies[1]),
        },
    )


def covered(
    model: keras.Model, images: NDArray[Any], labels: NDArray[Any], heatmaps: NDArray[np.float32]
) -> tuple[float, float]:
    """Return the accuracy when the brightest part of the heatmap is grey, and when the darkest is.

    Args:
        model: maps images to logits.
        images: (n, height, width, 3) uint8.
        labels: (n,).
        heatmaps: (n, h, w).
    """
    height, width = images.shape[1:3]
    large = np.stack([class_activation.enlarged(heatmap, height, width) for heatmap in heatmaps])
    # Equal values, as zeros, are ordered by chance; their place must not favour a corner.
    order = (
        (large + 1e-6 * np.random.default_rng(0).random(large.shape)).reshape(len(images), -1).argsort(axis=1)
    )
    most = round(SHARE * order.shape[1])
    accuracies = []
    for pixels in (order[:, -most:], order[:, :most]):
        grey = images.astype(np.float32).reshape(len(images), height * width, -1) / 255
        np.put_along_axis(grey, pixels[..., None], GREY, axis=1)
        (logits,) = probe.maps(model, grey.reshape(images.shape), 50)
        accuracies.append(float((logits.argmax(axis=1) == labels).mean()))
    return accuracies[0], accuracies[1]
