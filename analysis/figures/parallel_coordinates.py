"""Parallel coordinates: a line for each trial through its hyperparameters, coloured by what it came to."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from analysis.figures import _hyperparameter as hyperparameter
from analysis.figures._style import QUIET, blank, nothing
from analysis.figures.trials import furthest, notable, reached, so_far
from search.algorithm.trial import Trial
from search.runs.plan import Plan

VALUES = "cividis_r"  # colour map: high is dark, in grey and to the colour-blind too


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw a row for each hyperparameter that is searched, and a line for each trial from top to bottom.

    Coloured are the trials that reached the highest rung at which several can be compared, by their value
    there; the others are grey.

    Args:
        trials: of one run, finished or not.
        plan: of the run.
    """
    epoch = furthest(trials, plan)
    compared = sorted(reached(trials, epoch), key=lambda trial: trial.value_at(epoch))
    title = f"{plan.study}: where the good trials lie"
    if not compared or not plan.free:
        why = "No trial has a value yet." if plan.free else "Every hyperparameter is fixed: none is searched."
        return nothing(title, why, so_far(trials, plan))
    note = (
        f"{so_far(trials, plan)} The trials that reached epoch {epoch} ({len(compared)}) are coloured by "
        "their validation accuracy there: darker is better. The others are grey. Trials that share a value "
        "are spread around it."
    )
    drawn = blank(title, note, height=max(4.0, 2.0 + 0.46 * len(plan.free)))
    axes = drawn.subplots()
    _rows(axes, plan)
    for trial in trials:
        if trial not in compared:
            _line(axes, trial, plan, color="#D9D9D9", linewidth=0.8)
    values = np.array([trial.value_at(epoch) for trial in compared])
    scale = ScalarMappable(Normalize(values.min() - 0.005, values.max() + 0.005), VALUES)
    for trial, colour in zip(compared, scale.to_rgba(values), strict=True):
        _line(axes, trial, plan, color=colour, linewidth=1.8)
    for trial, look, label in notable(trials):
        style = {"color": look.colour, "marker": look.mark, "linestyle": look.line, "linewidth": 2.5}
        _line(axes, trial, plan, **style, markersize=8, zorder=4, label=label)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    drawn.colorbar(scale, ax=axes, label=f"validation accuracy at epoch {epoch}", aspect=40, pad=0.01)
    return drawn


def _rows(axes: Axes, plan: Plan) -> None:
    """Lay a scale out for each hyperparameter, from the first at the top, with its values below it."""
    axes.set(xlim=(-0.02, 1.02), ylim=(len(plan.free) - 0.4, -0.4), xticks=[])
    axes.set_yticks(range(len(plan.free)), plan.free)
    axes.tick_params(left=False)
    axes.spines[:].set_visible(False)
    for row, distribution in enumerate(plan.free.values()):
        axes.plot([0, 1], [row, row], color=QUIET, linewidth=1, zorder=3)
        for place, text in hyperparameter.ticks(distribution):
            axes.plot([place], [row], color=QUIET, marker="|", zorder=3)
            axes.text(
                place,
                row + 0.14,
                text,
                ha="center",
                va="top",
                fontsize=9,
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
            )


def _line(axes: Axes, trial: Trial, plan: Plan, **drawing: Any) -> None:
    places = [
        hyperparameter.place(trial.params[name], distribution, trial.number)
        for name, distribution in plan.free.items()
    ]
    axes.plot(places, range(len(places)), **drawing)
