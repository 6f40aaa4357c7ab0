"""The wrongly classified images with the most confident predictions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.special import softmax

from analysis.figures.style import TEXT, new_figure

Array = NDArray[np.float32]
Labels = NDArray[np.integer]
COLUMNS = 6


def most_confidently_wrong(logits: Array, labels: Labels, most: int = 12) -> NDArray[np.int64]:
    """Return the positions of wrongly classified images, the most confident first.

    Args:
        logits: (n, classes).
        labels: (n,) true classes.
        most: largest number of positions returned.
    """
    wrong = np.flatnonzero(logits.argmax(axis=1) != labels)
    confidence = softmax(logits[wrong], axis=1).max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")][:most]


def figure(images: NDArray[Any], logits: Array, labels: Labels, names: Sequence[str]) -> Figure:
    """Draw images with their true and their predicted class, in the order given.

    Args:
        images: (n, height, width, channels), uint8 or float32 in [0, 1]; n may be 0.
        logits: (n, classes).
        labels: (n,) true classes.
        names: class names.
    """
    rows = -(-len(images) // COLUMNS)
    fig = new_figure(
        "The images that are wrong with the most confidence" if rows else "No image is classified wrongly",
        "Above each: its true class, the predicted one, and the probability that the model gives it.",
        height=1.85 * rows + 0.8,
    )
    for axis in fig.subplots(rows, COLUMNS, squeeze=False).flat if rows else ():
        axis.set_axis_off()
    for axis, image, scores, label in zip(fig.axes, images, logits, labels, strict=False):
        predicted = int(scores.argmax())
        axis.imshow(image)
        verdict = f"{names[int(label)]}, predicted\n{names[predicted]} {softmax(scores)[predicted]:.3f}"
        axis.set_title(verdict, fontsize=TEXT)
    return fig
