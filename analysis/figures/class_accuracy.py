"""Accuracy by class, with intervals: which classes are hard, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import binomtest

from analysis.figures._style import BLUE, TEXT, blank, quieten

Labels = NDArray[np.integer]


@dataclass(frozen=True)
class Accuracy:
    """The accuracy on the images of one class.

    Attributes:
        name: of the class; "all" for all classes together.
        right: images that were classified rightly.
        images: images of the class, at least 1.
        low, high: 95 % interval of the accuracy (Wilson 1927), in [0, 1].
    """

    name: str
    right: int
    images: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """Share of the images that were classified rightly."""
        return self.right / self.images


def class_accuracy(labels: Labels, predicted: Labels, names: Sequence[str]) -> list[Accuracy]:
    """Return the accuracy on all images, then on those of each class that has images.

    Args:
        labels: (n,) true classes, n at least 1.
        predicted: (n,) predicted classes.
        names: of the classes.
    """
    right = np.asarray(labels) == predicted
    classes = [(name, right[labels == number]) for number, name in enumerate(names)]
    return [_accuracy(name, each) for name, each in [("all", right), *classes] if len(each)]


def _accuracy(name: str, right: NDArray[np.bool_]) -> Accuracy:
    hits = int(right.sum())
    interval = binomtest(hits, len(right)).proportion_ci(0.95, method="wilson")
    return Accuracy(name, hits, len(right), float(interval.low), float(interval.high))


def figure(accuracies: Sequence[Accuracy]) -> Figure:
    """Draw accuracies and their intervals, the best at the top, beside that on all images.

    Args:
        accuracies: as `class_accuracy` returns them.
    """
    everything, *classes = accuracies
    classes = sorted(classes, key=lambda each: each.value)
    drawn = blank(
        "Which classes are hard: accuracy by class",
        f"Bars: 95 % intervals (Wilson). Grey: all {everything.images:,} images together, "
        f"{100 * everything.value:.1f} % ({100 * everything.low:.1f} to {100 * everything.high:.1f} %).",
        height=0.4 * len(classes) + 1.7,
    )
    axis = drawn.subplots()
    quieten(axis)
    axis.axvspan(100 * everything.low, 100 * everything.high, color="0.85")
    axis.axvline(100 * everything.value, color="0.4")
    for place, each in enumerate(classes):
        axis.plot([100 * each.low, 100 * each.high], [place, place], color=BLUE, linewidth=3)
        axis.plot(100 * each.value, place, "o", color="black")
    counted = [f"{each.name} ({each.right:,} of {each.images:,})" for each in classes]
    axis.set_yticks(range(len(classes)), counted, fontsize=TEXT)
    axis.set(ylim=(-0.7, len(classes) - 0.3), xlabel="accuracy in %")
    return drawn
