"""Question 17: what the branches of an inception block answer to one image, and what each is worth."""

from typing import Any

import keras
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.document.document import Table, picture
from analysis.document.wording import percent
from analysis.explain.graph import unfold
from analysis.figures.style import TEXT, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.layers import probe
from analysis.theory.material import SEED, Material, pair
from analysis.theory.paired import difference
from models.cifar_inception import build
from search.training.fit import fit

Array = NDArray[np.float32]
BRANCHES = ("1×1", "1×1, then 3×3", "1×1, then 5×5", "3×3 max pooling, then 1×1")
IMAGES, EPOCHS, VALIDATION, WIDTH = 3000, 4, 500, 8
IMAGE = 4  # of the validation images: the one that is drawn
MOST = 8  # channels that are drawn


def demonstrate(material: Material) -> Demonstration:
    """Train a small network with one inception block, and switch off one branch after another."""
    training, validation = (
        material.cifar.training.take(IMAGES, SEED),
        material.cifar.validation.take(VALIDATION, SEED),
    )
    keras.utils.set_random_seed(SEED)
    model = build((32, 32, 3), len(material.cifar.classes), depth=1, width=WIDTH)
    for _ in fit(model, pair(training), pair(validation), epochs=EPOCHS, seed=SEED, batch_size=32):
        pass
    graph = unfold(model)
    joined = next(step for step in graph.steps.values() if isinstance(step.layer, layers.Concatenate))
    (features,) = probe.maps(keras.Model(graph.image, joined.output), validation.images)
    head = keras.Model(joined.output, graph.logits)
    branches = np.split(features, len(BRANCHES), axis=-1)
    every = _right(head, branches, validation.labels)
    rows = [["none", percent(float(every.mean())), ""]]
    for number, name in enumerate(BRANCHES):
        without = [np.zeros_like(part) if n == number else part for n, part in enumerate(branches)]
        right = _right(head, without, validation.labels)
        rows.append([name, percent(float(right.mean())), difference(every, right)])
    return Demonstration(
        {
            "figure": picture(
                "inception",
                figure(validation.images[IMAGE], [branch[IMAGE] for branch in branches]),
                "One row for each branch. See that the last row, after pooling, has larger spots.",
            ),
            "table": Table(
                ("branch set to 0", "accuracy", "points"),
                "lrr",
                rows,
                f"A network with one inception block, trained on {IMAGES:,} images for {EPOCHS} epochs; "
                f"accuracy on {VALIDATION} validation images; ± two standard errors",
            ),
        },
        {"direct": f"{_weights(192, 5, 32):,}", "reduced": f"{_weights(192, 1, 16) + _weights(16, 5, 32):,}"},
    )


def _right(head: keras.Model, branches: list[Array], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which images are right with these maps of the branches."""
    (logits,) = probe.maps(head, np.concatenate(branches, axis=-1))
    return np.asarray(logits.argmax(axis=1) == labels)


def _weights(channels: int, kernel: int, filters: int) -> int:
    layer = layers.Conv2D(filters, kernel, use_bias=False)
    layer.build((None, 28, 28, channels))
    return int(layer.count_params())


def figure(image: NDArray[Any], branches: list[Array]) -> Figure:
    """Draw an image and some channels of each branch.

    Args:
        image: (height, width, 3) uint8.
        branches: for each of BRANCHES, maps (height, width, channels).
    """
    fig = new_figure(
        "What the four branches of an inception block answer to the same image",
        "Each map on its own scale. All four branches see the same input; their maps are joined to one "
        "output.",
        height=4.4,
    )
    left, right = fig.subfigures(1, 2, width_ratios=(1, 4), squeeze=False)[0]
    axes = left.subplots()
    axes.imshow(image)
    axes.set_title("the image", fontsize=TEXT)
    axes.set(xticks=[], yticks=[])
    for name, maps, row in zip(BRANCHES, branches, right.subplots(len(branches), MOST), strict=True):
        for channel, panel in enumerate(row):
            panel.set_axis_off()
            if channel < maps.shape[-1]:
                panel.imshow(maps[..., channel], cmap="viridis")
        row[0].set_title(name, fontsize=TEXT, loc="left")
    return fig
