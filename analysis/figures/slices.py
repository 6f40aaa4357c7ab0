"""Slices: the value of every trial against each hyperparameter, one panel per hyperparameter."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures import _hyperparameter as hyperparameter
from analysis.figures.style import light_frame, message_figure, new_figure
from analysis.figures.trials import STYLES, Style, default_and_best, furthest, progress, reached
from search.algorithm.trial import Trial
from search.runs.plan import Plan

COLUMNS = 3


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw one panel per searched hyperparameter.

    Each trial is drawn with its value at the first rung, where all can be compared, and, if it reached it,
    with its value at the highest rung that several trials reached.

    Args:
        trials: trials of one run, finished or not.
        plan: plan of the run.
    """
    title = f"{plan.study}: validation {plan.measure} by each hyperparameter"
    if not reached(trials, 1) or not plan.free:
        message = (
            "No trial has a value yet." if plan.free else "Every hyperparameter is fixed: none is searched."
        )
        return message_figure(title, message, progress(trials, plan))
    last = furthest(trials, plan)
    first = min(last, plan.describe_scheduler().rungs[0])
    marks, went_on = {first: STYLES["stopped"]}, ""
    if first < last:
        marks[last], went_on = STYLES["complete"], f"; blue: those that went on, at epoch {last}"
    note = (
        f"{progress(trials, plan)} Grey: all trials at epoch {first}, where they can be compared{went_on}. "
        "Trials that share a value are spread around it. A sampler tries more often what it likes: many "
        "marks are no proof."
    )
    rows = -(-len(plan.free) // COLUMNS)
    fig = new_figure(title, note, height=1.8 + 1.9 * rows)
    grid = fig.add_gridspec(rows + 1, COLUMNS, height_ratios=[0.15] + [1.0] * rows)
    panel = None
    for index, name in enumerate(plan.free):
        row, column = divmod(index, COLUMNS)
        panel = fig.add_subplot(grid[row + 1, column], sharey=panel)
        _draw_panel(panel, trials, plan, name, marks)
        panel.tick_params(labelleft=not column)
    assert panel is not None
    top = fig.add_subplot(grid[0, :])
    top.set_axis_off()
    top.legend(*panel.get_legend_handles_labels(), loc="center left", ncols=4, frameon=False)
    fig.supylabel(f"validation {plan.measure}")
    return fig


def _draw_panel(
    axes: Axes,
    trials: Sequence[Trial],
    plan: Plan,
    name: str,
    marks: Mapping[int, Style],
) -> None:
    distribution = plan.free[name]
    light_frame(axes)
    axes.set_title(name)
    positions, labels = zip(*hyperparameter.ticks(distribution), strict=True)
    axes.set_xticks(positions, labels)
    axes.set_xlim(-0.04, 1.04)
    for epoch, style in marks.items():
        group = reached(trials, epoch)
        x = [hyperparameter.position(trial.params[name], distribution, trial.number) for trial in group]
        y = [trial.value_at(epoch) for trial in group]
        axes.scatter(
            x, y, s=22, c=style.colour, marker=style.marker, label=f"at epoch {epoch} ({len(group)})"
        )
    for trial, style, label in default_and_best(trials, plan):
        x = [hyperparameter.position(trial.params[name], distribution, trial.number)]
        axes.scatter(
            x, [trial.value], s=90, c=style.colour, marker=style.marker, edgecolors="white", label=label
        )
