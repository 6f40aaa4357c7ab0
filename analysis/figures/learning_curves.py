"""Learning curves of all trials: where each one stopped, with the best and the default trial highlighted."""

from collections import Counter
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.figures.style import QUIET, light_frame, message_figure, new_figure
from analysis.figures.trials import STYLES, Style, default_and_best, progress, status
from search.algorithm.trial import Trial
from search.runs.plan import Plan


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw validation accuracy by epoch, one line per trial.

    Args:
        trials: trials of one run, finished or not.
        plan: plan of the run.
    """
    scheduler = plan.describe_scheduler()
    rungs = ", ".join(map(str, scheduler.rungs))
    note = f"{progress(trials, plan)} Dotted: the epochs at which trials are compared ({rungs})"
    note += f"; {scheduler.rule}. A mark is where a trial ended, or has got to."
    if not any(trial.epochs for trial in trials):
        return message_figure(f"{plan.study}: learning curves", "No trial has finished an epoch yet.", note)
    fig = new_figure(_title(trials, plan), note, height=5.8)
    axes = fig.subplots()
    light_frame(axes)
    axes.set(xlabel="epoch", ylabel=f"validation {plan.measure}", xlim=(0.5, plan.epochs + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    for rung in scheduler.rungs:
        axes.axvline(rung, color=QUIET, linestyle=":", linewidth=1.2, zorder=1)
    for trial in trials:
        _curve(axes, trial, STYLES[status(trial)], width=1.2, layer=2)
    for trial, style, _ in default_and_best(trials, plan):
        _curve(axes, trial, style, width=3, layer=4)
    axes.legend(handles=_legend(trials, plan), loc="best", framealpha=0.9)
    return fig


def _title(trials: Sequence[Trial], plan: Plan) -> str:
    labels = [label for _, _, label in reversed(default_and_best(trials, plan))]
    return "; ".join([f"{plan.study}: learning curves", *labels])


def _curve(axes: Axes, trial: Trial, style: Style, width: float, layer: float) -> None:
    axes.plot(
        sorted(trial.epochs),
        [trial.value_at(epoch) for epoch in sorted(trial.epochs)],
        color=style.colour,
        linestyle=style.line,
        linewidth=width,
        marker=style.marker,
        markevery=[-1] if trial.epochs else None,
        markersize=4 + 2 * width,
        markeredgecolor="black" if width > 2 else None,
        zorder=layer,
    )


def _legend(trials: Sequence[Trial], plan: Plan) -> list[Line2D]:
    counts = Counter(map(status, trials))
    entries = [(style, f"{name} ({counts[name]})", 1.2) for name, style in STYLES.items() if counts[name]]
    entries += [(style, label, 3) for _, style, label in reversed(default_and_best(trials, plan))]
    return [
        Line2D(
            [],
            [],
            color=style.colour,
            linestyle=style.line,
            marker=style.marker,
            linewidth=width,
            label=label,
        )
        for style, label, width in entries
    ]
