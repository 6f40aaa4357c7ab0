"""Learning curves of all trials: which were stopped where, and how the best and the default one fared."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.figures._style import QUIET, blank, nothing, quieten
from analysis.figures.trials import LOOKS, Look, fate, notable, so_far
from search.algorithm.trial import Trial
from search.runs.plan import Plan


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw validation accuracy by epoch, a line for each trial.

    Args:
        trials: of one run, finished or not.
        plan: of the run.
    """
    scheduler = plan.describe_scheduler()
    rungs = ", ".join(map(str, scheduler.rungs))
    note = f"{so_far(trials, plan)} Dotted: the epochs at which trials are compared ({rungs})"
    note += f"; {scheduler.rule}. A mark is where a trial ended, or has got to."
    if not any(trial.epochs for trial in trials):
        return nothing(f"{plan.study}: learning curves", "No trial has finished an epoch yet.", note)
    drawn = blank(_title(trials, plan), note, height=5.8)
    axes = drawn.subplots()
    quieten(axes)
    axes.set(xlabel="epoch", ylabel="validation accuracy", xlim=(0.5, plan.epochs + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    for rung in scheduler.rungs:
        axes.axvline(rung, color=QUIET, linestyle=":", linewidth=1.2, zorder=1)
    for trial in trials:
        _curve(axes, trial, LOOKS[fate(trial)], width=1.2, layer=2)
    for trial, look, _ in notable(trials):
        _curve(axes, trial, look, width=3, layer=4)
    axes.legend(handles=_legend(trials), loc="best", framealpha=0.9)
    return drawn


def _title(trials: Sequence[Trial], plan: Plan) -> str:
    ends = [label for _, _, label in reversed(notable(trials))]
    return "; ".join([f"{plan.study}: learning curves", *ends])


def _curve(axes: Axes, trial: Trial, look: Look, width: float, layer: float) -> None:
    axes.plot(
        sorted(trial.epochs),
        [trial.value_at(epoch) for epoch in sorted(trial.epochs)],
        color=look.colour,
        linestyle=look.line,
        linewidth=width,
        marker=look.mark,
        markevery=[-1] if trial.epochs else None,
        markersize=4 + 2 * width,
        markeredgecolor="black" if width > 2 else None,
        zorder=layer,
    )


def _legend(trials: Sequence[Trial]) -> list[Line2D]:
    there = [(look, f"{name} ({n})", 1.2) for name, look in LOOKS.items() if (n := _count(trials, name))]
    there += [(look, label, 3) for _, look, label in reversed(notable(trials))]
    return [
        Line2D([], [], color=look.colour, linestyle=look.line, marker=look.mark, linewidth=width, label=label)
        for look, label, width in there
    ]


def _count(trials: Sequence[Trial], name: str) -> int:
    return sum(fate(trial) == name for trial in trials)
