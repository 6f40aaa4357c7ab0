"""Slices: the value of every trial against each hyperparameter."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from optuna.distributions import BaseDistribution

from analysis.figures import _hyperparameter as hyperparameter
from analysis.figures._style import blank, nothing, quieten
from analysis.figures.trials import LOOKS, Look, furthest, notable, reached, so_far
from search.algorithm.trial import Trial
from search.runs.plan import Plan

COLUMNS = 3


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw a panel for each hyperparameter that is searched.

    A trial stands in it at the first rung, where all can be compared, and at the highest rung that several
    reached, if it reached that.

    Args:
        trials: of one run, finished or not.
        plan: of the run.
    """
    title = f"{plan.study}: validation accuracy by each hyperparameter"
    if not reached(trials, 1) or not plan.free:
        why = "No trial has a value yet." if plan.free else "Every hyperparameter is fixed: none is searched."
        return nothing(title, why, so_far(trials, plan))
    last = furthest(trials, plan)
    first = min(last, plan.describe_scheduler().rungs[0])
    marks, went_on = {first: LOOKS["stopped"]}, ""
    if first < last:
        marks[last], went_on = LOOKS["complete"], f"; blue: those that went on, at epoch {last}"
    note = (
        f"{so_far(trials, plan)} Grey: all trials at epoch {first}, where they can be compared{went_on}. "
        "Trials that share a value are spread around it. A sampler tries more often what it likes: many "
        "marks are no proof."
    )
    rows = -(-len(plan.free) // COLUMNS)
    drawn = blank(title, note, height=1.8 + 1.9 * rows)
    grid = drawn.add_gridspec(rows + 1, COLUMNS, height_ratios=[0.15] + [1.0] * rows)
    panel = None
    for position, (name, distribution) in enumerate(plan.free.items()):
        row, column = divmod(position, COLUMNS)
        panel = drawn.add_subplot(grid[row + 1, column], sharey=panel)
        _panel(panel, trials, name, distribution, marks)
        panel.tick_params(labelleft=not column)
    assert panel is not None
    strip = drawn.add_subplot(grid[0, :])
    strip.set_axis_off()
    strip.legend(*panel.get_legend_handles_labels(), loc="center left", ncols=4, frameon=False)
    drawn.supylabel("validation accuracy")
    return drawn


def _panel(
    axes: Axes,
    trials: Sequence[Trial],
    name: str,
    distribution: BaseDistribution,
    marks: Mapping[int, Look],
) -> None:
    quieten(axes)
    axes.set_title(name)
    places, texts = zip(*hyperparameter.ticks(distribution), strict=True)
    axes.set_xticks(places, texts)
    axes.set_xlim(-0.04, 1.04)
    for epoch, look in marks.items():
        its = reached(trials, epoch)
        x = [hyperparameter.place(trial.params[name], distribution, trial.number) for trial in its]
        y = [trial.value_at(epoch) for trial in its]
        axes.scatter(x, y, s=22, c=look.colour, marker=look.mark, label=f"at epoch {epoch} ({len(its)})")
    for trial, look, label in notable(trials):
        x = [hyperparameter.place(trial.params[name], distribution, trial.number)]
        axes.scatter(x, [trial.value], s=90, c=look.colour, marker=look.mark, edgecolors="white", label=label)
