"""The optimization history: the value of each trial, in the order suggested, and the best value so far."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.style import light_frame, message_figure, new_figure
from analysis.figures.trials import (
    BEST,
    STYLES,
    default_and_best,
    number_axis,
    progress,
    reached,
    status,
)
from search.algorithm.trial import Trial
from search.runs.plan import Plan


def best_so_far(trials: Sequence[Trial], plan: Plan) -> list[tuple[int, float]]:
    """Return, for each trial, its number and the best value so far."""
    valued = reached(trials, 1)
    winners = [plan.judge(valued[: index + 1]).best for index in range(len(valued))]
    return [(trial.number, winner.value) for trial, winner in zip(valued, winners, strict=True) if winner]


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw the value of each trial against its number.

    Args:
        trials: trials of one run, finished or not.
        plan: plan of the run.
    """
    history = best_so_far(trials, plan)
    if not history:
        message = "No trial has a value yet."
        return message_figure(f"{plan.study}: optimization history", message, progress(trials, plan))
    fig = new_figure(_title(trials, plan), _note(trials, plan, history[-1][1]), height=5.6)
    axes = fig.subplots()
    light_frame(axes)
    axes.set_ylabel(f"validation {plan.measure} at its last epoch")
    number_axis(axes, trials)
    numbers, values = zip(*history, strict=True)
    last = max(trial.number for trial in trials)
    axes.plot(
        [*numbers, last],
        [*values, values[-1]],
        drawstyle="steps-post",
        color=BEST.colour,
        linewidth=2,
        label="best so far",
    )
    _draw_trials(axes, trials, plan)
    for trial, style, label in default_and_best(trials, plan):
        axes.scatter(
            trial.number, trial.value, s=150, c=style.colour, marker=style.marker, zorder=4, label=label
        )
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
    return fig


def _title(trials: Sequence[Trial], plan: Plan) -> str:
    labels = [label for _, _, label in reversed(default_and_best(trials, plan))]
    return "; ".join([f"{plan.study}: what each trial came to", *labels])


def _note(trials: Sequence[Trial], plan: Plan, value: float) -> str:
    error = math.sqrt(value * (1 - value) / plan.validation_images)
    return (
        f"{progress(trials, plan)} The larger a mark, the further the trial was trained, of {plan.epochs} "
        "epochs: compare marks of one size. A failed trial has no value, and stands at the bottom. The "
        f"standard error of a value on {plan.validation_images:,} images is about {error:.3f}: the highest "
        "of many is partly luck."
    )


def _draw_trials(axes: Axes, trials: Sequence[Trial], plan: Plan) -> None:
    for name, style in STYLES.items():
        group = [trial for trial in trials if status(trial) == name]
        look: dict[str, Any] = {"c": style.colour, "marker": style.marker, "label": name, "zorder": 3}
        if name == "failed" and group:
            numbers, bottom = [trial.number for trial in group], [0.02] * len(group)
            axes.scatter(numbers, bottom, s=60, transform=axes.get_xaxis_transform(), **look)
        elif valued := reached(group, 1):
            numbers, values = [trial.number for trial in valued], [trial.value for trial in valued]
            sizes = [20 + 80 * trial.epoch / plan.epochs for trial in valued]
            axes.scatter(numbers, values, s=sizes, **look)
