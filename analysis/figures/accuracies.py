"""Test accuracies of several models side by side: each training, and the confidence intervals of the mean."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.style import BLUE, QUIET, light_frame, new_figure
from analysis.statistics.intervals import over_seeds, wilson


def figure(accuracies: Mapping[str, Sequence[float]], images: int) -> Figure:
    """Draw a row for each model.

    Args:
        accuracies: model name → test accuracies in [0, 1], one for each seed; at least one.
        images: number of test images; all models were tested on the same ones.
    """
    best = max(accuracies, key=lambda name: over_seeds(accuracies[name]).mean)
    fig = new_figure(
        f"Test accuracy, the highest mean: {best}, {100 * over_seeds(accuracies[best]).mean:.1f} %",
        "A circle: one training. Thick: the 95 % interval of the mean over seeds; thin: that of the "
        f"{images:,} test images (Wilson). Models are compared on the same images, which says more than "
        "whether their intervals overlap.",
        height=1.9 + 0.6 * len(accuracies),
    )
    axes = fig.subplots()
    light_frame(axes)
    axes.set(xlabel="test accuracy in %", ylim=(len(accuracies) - 0.5, -0.6))
    axes.set_yticks(range(len(accuracies)), list(accuracies))
    for row, model_accuracies in enumerate(accuracies.values()):
        seeds = over_seeds(model_accuracies)
        on_images = wilson(round(seeds.mean * images), images)
        axes.hlines(row, 100 * on_images.low, 100 * on_images.high, color="black", linewidth=1)
        if seeds.interval:
            low, high = 100 * seeds.interval.low, 100 * seeds.interval.high
            axes.hlines(row, low, high, color=BLUE, linewidth=5, alpha=0.45)
        axes.plot(100 * seeds.mean, row, "|", color="black", markersize=16, markeredgewidth=2)
        percents = [100 * accuracy for accuracy in model_accuracies]
        axes.plot(percents, [row + 0.2] * len(percents), "o", color=QUIET, fillstyle="none")
    axes.legend(handles=_legend(), loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)
    return fig


def _legend() -> list[Line2D]:
    return [
        Line2D([], [], color="black", marker="|", linestyle="", markersize=12, label="mean"),
        Line2D([], [], color=QUIET, marker="o", fillstyle="none", linestyle="", label="one seed"),
        Line2D([], [], color=BLUE, linewidth=5, alpha=0.45, label="over seeds"),
        Line2D([], [], color="black", linewidth=1, label="on the images"),
    ]
