"""Parallel coordinates: one line per trial through its hyperparameters, coloured by its value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from analysis.figures import _hyperparameter as hyperparameter
from analysis.figures.style import QUIET, message_figure, new_figure
from analysis.figures.trials import default_and_best, furthest, progress, reached
from search.algorithm.trial import Trial
from search.runs.plan import Plan

VALUES = (
    "cividis_r"  # colour map: high values are dark, also when printed in grey and for colour-blind readers
)


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw one row per searched hyperparameter, and one line per trial from top to bottom.

    Trials that reached the highest rung at which several can be compared are coloured by their value at
    that rung; the others are grey.

    Args:
        trials: trials of one run, finished or not.
        plan: plan of the run.
    """
    epoch = furthest(trials, plan)
    compared = sorted(reached(trials, epoch), key=lambda trial: trial.value_at(epoch))
    title = f"{plan.study}: where the good trials lie"
    if not compared or not plan.free:
        message = (
            "No trial has a value yet." if plan.free else "Every hyperparameter is fixed: none is searched."
        )
        return message_figure(title, message, progress(trials, plan))
    note = (
        f"{progress(trials, plan)} The trials that reached epoch {epoch} ({len(compared)}) are coloured by "
        f"their validation {plan.measure} there: darker is better. The others are grey. Trials that share a "
        "value are spread around it."
    )
    fig = new_figure(title, note, height=max(4.0, 2.0 + 0.46 * len(plan.free)))
    axes = fig.subplots()
    _draw_rows(axes, plan)
    for trial in trials:
        if trial not in compared:
            _draw_line(axes, trial, plan, color="#D9D9D9", linewidth=0.8)
    values = np.array([trial.value_at(epoch) for trial in compared])
    scale = ScalarMappable(Normalize(values.min() - 0.005, values.max() + 0.005), VALUES)
    for trial, colour in zip(compared, scale.to_rgba(values), strict=True):
        _draw_line(axes, trial, plan, color=colour, linewidth=1.8)
    for trial, style, label in default_and_best(trials, plan):
        look = {"color": style.colour, "marker": style.marker, "linestyle": style.line, "linewidth": 2.5}
        _draw_line(axes, trial, plan, **look, markersize=8, zorder=4, label=label)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    fig.colorbar(scale, ax=axes, label=f"validation {plan.measure} at epoch {epoch}", aspect=40, pad=0.01)
    return fig


def _draw_rows(axes: Axes, plan: Plan) -> None:
    """Draw one scale per hyperparameter, the first at the top, with its tick labels below it."""
    axes.set(xlim=(-0.02, 1.02), ylim=(len(plan.free) - 0.4, -0.4), xticks=[])
    axes.set_yticks(range(len(plan.free)), plan.free)
    axes.tick_params(left=False)
    axes.spines[:].set_visible(False)
    for row, distribution in enumerate(plan.free.values()):
        axes.plot([0, 1], [row, row], color=QUIET, linewidth=1, zorder=3)
        for position, label in hyperparameter.ticks(distribution):
            axes.plot([position], [row], color=QUIET, marker="|", zorder=3)
            axes.text(
                position,
                row + 0.14,
                label,
                ha="center",
                va="top",
                fontsize=9,
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
            )


def _draw_line(axes: Axes, trial: Trial, plan: Plan, **line: Any) -> None:
    positions = [
        hyperparameter.position(trial.params[name], distribution, trial.number)
        for name, distribution in plan.free.items()
    ]
    axes.plot(positions, range(len(positions)), **line)
