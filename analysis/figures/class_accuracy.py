"""Accuracy by class, with confidence intervals: which classes are hard to recognize."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import binomtest

from analysis.figures.style import BLUE, TEXT, light_frame, new_figure

Labels = NDArray[np.integer]


@dataclass(frozen=True)
class Accuracy:
    """The accuracy on the images of one class.

    Attributes:
        name: class name; "all" for all classes together.
        right: number of correctly classified images.
        images: number of images of the class, at least 1.
        low, high: 95 % interval of the accuracy (Wilson 1927), in [0, 1].
    """

    name: str
    right: int
    images: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """Share of the images that were classified correctly."""
        return self.right / self.images


def class_accuracy(labels: Labels, predicted: Labels, names: Sequence[str]) -> list[Accuracy]:
    """Return the accuracy on all images, then on those of each class that has images.

    Args:
        labels: (n,) true classes, n at least 1.
        predicted: (n,) predicted classes.
        names: class names.
    """
    right = np.asarray(labels) == predicted
    classes = [(name, right[labels == number]) for number, name in enumerate(names)]
    return [_accuracy(name, hits) for name, hits in [("all", right), *classes] if len(hits)]


def _accuracy(name: str, right: NDArray[np.bool_]) -> Accuracy:
    hits = int(right.sum())
    interval = binomtest(hits, len(right)).proportion_ci(0.95, method="wilson")
    return Accuracy(name, hits, len(right), float(interval.low), float(interval.high))


def figure(accuracies: Sequence[Accuracy]) -> Figure:
    """Draw the accuracy of each class with its interval, the best at the top; all images together as a band.

    Args:
        accuracies: as `class_accuracy` returns them.
    """
    everything, *classes = accuracies
    classes = sorted(classes, key=lambda accuracy: accuracy.value)
    fig = new_figure(
        "Which classes are hard: accuracy by class",
        f"Bars: 95 % intervals (Wilson). Grey: all {everything.images:,} images together, "
        f"{100 * everything.value:.1f} % ({100 * everything.low:.1f} to {100 * everything.high:.1f} %).",
        height=0.4 * len(classes) + 1.7,
    )
    axis = fig.subplots()
    light_frame(axis)
    axis.axvspan(100 * everything.low, 100 * everything.high, color="0.85")
    axis.axvline(100 * everything.value, color="0.4")
    for row, accuracy in enumerate(classes):
        axis.plot([100 * accuracy.low, 100 * accuracy.high], [row, row], color=BLUE, linewidth=3)
        axis.plot(100 * accuracy.value, row, "o", color="black")
    labels = [f"{accuracy.name} ({accuracy.right:,} of {accuracy.images:,})" for accuracy in classes]
    axis.set_yticks(range(len(classes)), labels, fontsize=TEXT)
    axis.set(ylim=(-0.7, len(classes) - 0.3), xlabel="accuracy in %")
    return fig
