"""Test accuracies of several models side by side: each training, and the confidence intervals of the mean."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from analysis.figures.style import BLUE, QUIET, light_frame, new_figure
from analysis.statistics import seeds_and_images
from analysis.statistics.intervals import over_seeds
from search.algorithm import class_means
from search.algorithm.trial import BALANCED, OBJECTIVE, measure_of


def figure(right: Mapping[str, NDArray[np.bool_]], classes: NDArray[np.int64] | None = None) -> Figure:
    """Draw a row for each model.

    Args:
        right: model name → whether the model of each training is right, (seeds, images); the same images for
            all models.
        classes: true class of each image, where every class counts the same.
    """
    accuracies = {
        name: [class_means.mean(training, classes) for training in model] for name, model in right.items()
    }
    best = max(right, key=lambda name: float(np.mean(accuracies[name])))
    measure = measure_of(OBJECTIVE if classes is None else BALANCED)
    fig = new_figure(
        f"Test {measure}, the highest mean: {best}, {100 * np.mean(accuracies[best]):.1f} %",
        "A circle: one training. Thick: the 95 % interval of the mean for other seeds on these "
        f"{right[best].shape[1]:,} test images; thin: for other seeds and other images. Models are compared "
        "on the same images, which says more than whether their intervals overlap.",
        height=1.9 + 0.6 * len(right),
    )
    axes = fig.subplots()
    light_frame(axes)
    axes.set(xlabel=f"test {measure} in %", ylim=(len(right) - 0.5, -0.6))
    axes.set_yticks(range(len(right)), list(right))
    for row, (name, model) in enumerate(right.items()):
        seeds, both = over_seeds(accuracies[name]), seeds_and_images.accuracy(model, classes)
        axes.hlines(row, 100 * both.low, 100 * both.high, color="black", linewidth=1)
        if seeds.interval:
            low, high = 100 * seeds.interval.low, 100 * seeds.interval.high
            axes.hlines(row, low, high, color=BLUE, linewidth=5, alpha=0.45)
        axes.plot(100 * seeds.mean, row, "|", color="black", markersize=16, markeredgewidth=2)
        percents = [100 * accuracy for accuracy in accuracies[name]]
        axes.plot(percents, [row + 0.2] * len(percents), "o", color=QUIET, fillstyle="none")
    axes.legend(handles=_legend(), loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)
    return fig


def _legend() -> list[Line2D]:
    return [
        Line2D([], [], color="black", marker="|", linestyle="", markersize=12, label="mean"),
        Line2D([], [], color=QUIET, marker="o", fillstyle="none", linestyle="", label="one seed"),
        Line2D([], [], color=BLUE, linewidth=5, alpha=0.45, label="over seeds"),
        Line2D([], [], color="black", linewidth=1, label="over seeds and images"),
    ]
