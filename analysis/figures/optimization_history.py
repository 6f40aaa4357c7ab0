"""The optimization history: what each trial came to, in the order proposed, and the best so far."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures._style import blank, nothing, quieten
from analysis.figures.trials import BEST, LOOKS, count_trials, fate, notable, reached, so_far
from search.algorithm.trial import Trial, best
from search.runs.plan import Plan


def best_so_far(trials: Sequence[Trial]) -> list[tuple[int, float]]:
    """Return number and value of the best trial after each trial: the best of those that went furthest."""
    known = reached(trials, 1)
    winners = [best(known[: place + 1]) for place in range(len(known))]
    return [(trial.number, each.value) for trial, each in zip(known, winners, strict=True) if each]


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw the value of each trial by its number.

    Args:
        trials: of one run, finished or not.
        plan: of the run.
    """
    history = best_so_far(trials)
    if not history:
        why = "No trial has a value yet."
        return nothing(f"{plan.study}: optimization history", why, so_far(trials, plan))
    drawn = blank(_title(trials, plan), _note(trials, plan, history[-1][1]), height=5.6)
    axes = drawn.subplots()
    quieten(axes)
    axes.set_ylabel("validation accuracy at its last epoch")
    count_trials(axes, trials)
    numbers, values = zip(*history, strict=True)
    last = max(trial.number for trial in trials)
    axes.plot(
        [*numbers, last],
        [*values, values[-1]],
        drawstyle="steps-post",
        color=BEST.colour,
        linewidth=2,
        label="best so far, of those trained furthest",
    )
    _marks(axes, trials, plan)
    for trial, look, label in notable(trials):
        axes.scatter(trial.number, trial.value, s=150, c=look.colour, marker=look.mark, zorder=4, label=label)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
    return drawn


def _title(trials: Sequence[Trial], plan: Plan) -> str:
    ends = [label for _, _, label in reversed(notable(trials))]
    return "; ".join([f"{plan.study}: what each trial came to", *ends])


def _note(trials: Sequence[Trial], plan: Plan, value: float) -> str:
    error = math.sqrt(value * (1 - value) / plan.validation_images)
    return (
        f"{so_far(trials, plan)} The larger a mark, the further the trial was trained, of {plan.epochs} "
        "epochs: compare marks of one size. A failed trial has no value, and stands at the bottom. The "
        f"standard error of a value on {plan.validation_images:,} images is about {error:.3f}: the highest "
        "of many is partly luck."
    )


def _marks(axes: Axes, trials: Sequence[Trial], plan: Plan) -> None:
    for name, look in LOOKS.items():
        its = [trial for trial in trials if fate(trial) == name]
        style: dict[str, Any] = {"c": look.colour, "marker": look.mark, "label": name, "zorder": 3}
        if name == "failed" and its:
            bottom = [0.02] * len(its)
            axes.scatter([t.number for t in its], bottom, s=60, transform=axes.get_xaxis_transform(), **style)
        elif valued := reached(its, 1):
            sizes = [20 + 80 * trial.epoch / plan.epochs for trial in valued]
            axes.scatter([t.number for t in valued], [t.value for t in valued], s=sizes, **style)
