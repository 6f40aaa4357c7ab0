"""The confusion matrix: which class the model predicts for images of each class."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.figures.style import TEXT, new_figure

Labels = NDArray[np.integer]


def confusion(labels: Labels, predicted: Labels, classes: int) -> NDArray[np.int64]:
    """Count the images by true class (row) and predicted class (column), (classes, classes).

    Args:
        labels: (n,) true classes, in [0, classes).
        predicted: (n,) predicted classes, in [0, classes).
        classes: number of classes.
    """
    return np.bincount(np.asarray(labels) * classes + predicted, minlength=classes**2).reshape(
        classes, classes
    )


def figure(counts: NDArray[np.int64], names: Sequence[str]) -> Figure:
    """Draw the counts and the share of each count in its row.

    Args:
        counts: (classes, classes), as `confusion` returns them.
        names: class names.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.trace(counts) / max(counts.sum(), 1)
    fig = new_figure(
        f"Which class is taken for which: {100 * right:.1f} % of {counts.sum():,} images are on the diagonal",
        "Images, and their share of all images of the true class.",
        height=0.6 * len(names) + 1.7,
    )
    axis = fig.subplots()
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        text = f"{count:,}\n{100 * share:.1f} %"
        colour = "white" if share > 0.5 else "black"
        axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=TEXT)
    axis.set_xticks(range(len(names)), names, fontsize=TEXT, rotation=45 if len(names) > 4 else 0)
    axis.set_yticks(range(len(names)), names, fontsize=TEXT)
    axis.set(xlabel="predicted class", ylabel="true class")
    return fig
