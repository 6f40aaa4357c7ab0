"""Time and cost: training seconds of each trial, by its status, and how busy the slots were."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from analysis.figures.style import light_frame, message_figure, new_figure
from analysis.figures.trials import STYLES, number_axis, progress, status
from search.algorithm.trial import Trial
from search.runs.plan import Plan


def wall_seconds(journal: Path) -> float | None:
    """Return the seconds from the start of a run's first trial to the end of its last trial.

    The journal has no other times, so the pauses of an interrupted and resumed search are included.

    Args:
        journal: the run's `journal.log`.

    Returns:
        None if there is no trial, or if a trial has not ended.
    """
    if not journal.is_file():
        return None
    storage = JournalStorage(JournalFileBackend(str(journal)))
    studies = storage.get_all_studies()
    trials = [trial for study in studies for trial in storage.get_all_trials(study._study_id)]
    starts = [trial.datetime_start for trial in trials if trial.datetime_start]
    ends = [trial.datetime_complete for trial in trials if trial.datetime_complete]
    if not trials or len(ends) < len(trials):
        return None
    return (max(ends) - min(starts)).total_seconds()


def figure(trials: Sequence[Trial], plan: Plan, wall: float | None = None) -> Figure:
    """Draw the training seconds of each trial, and their cumulative sum.

    Args:
        trials: trials of one run, finished or not.
        plan: plan of the run.
        wall: duration of the search in seconds (`wall_seconds`); None if it is unknown.
    """
    spent = sum(trial.seconds for trial in trials)
    if not spent:
        return message_figure(
            f"{plan.study}: time and cost", "No trial has trained yet.", progress(trials, plan)
        )
    complete = sum(trial.seconds for trial in trials if status(trial) == "complete") / spent
    title = f"{plan.study}: {spent / 60:.1f} minutes of training, {100 * complete:.0f} % in complete trials"
    fig = new_figure(title, f"{progress(trials, plan)} {_slot_use(spent, plan, wall)}", height=6.4)
    upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _draw_seconds(upper, trials)
    _draw_sum(lower, trials)
    lower.set_ylabel("minutes, summed up")
    number_axis(lower, trials)
    return fig


def _slot_use(spent: float, plan: Plan, wall: float | None) -> str:
    definition = "Seconds of training and validation; building models and starting workers is not in them."
    if not wall:
        return f"{definition} How busy the slots were is not known before the search has ended."
    share = min(100.0, 100 * spent / (plan.slots * wall))
    slots = f"{plan.slots} slots were" if plan.slots > 1 else "one slot was"
    return (
        f"{definition} The {slots} busy with them for at least {share:.0f} % of "
        f"{wall / 60:.1f} minutes (any pause between two sessions counts as idle)."
    )


def _draw_seconds(axes: Axes, trials: Sequence[Trial]) -> None:
    light_frame(axes)
    axes.set_ylabel("seconds of the trial")
    for name, style in STYLES.items():
        group = [trial for trial in trials if status(trial) == name]
        if group:
            minutes = sum(trial.seconds for trial in group) / 60
            axes.bar(
                [trial.number for trial in group],
                [trial.seconds for trial in group],
                color=style.colour,
                hatch=style.hatch,
                edgecolor="white",
                label=f"{name}: {len(group)}, {minutes:.1f} min",
            )
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)


def _draw_sum(axes: Axes, trials: Sequence[Trial]) -> None:
    light_frame(axes)
    numbers = [trial.number for trial in trials]
    bottom = np.zeros(len(trials))
    for name, style in STYLES.items():
        minutes = np.cumsum([trial.seconds / 60 if status(trial) == name else 0 for trial in trials])
        look: dict[str, Any] = {"color": style.colour, "hatch": style.hatch, "edgecolor": "white"}
        axes.bar(numbers, minutes, bottom=bottom, width=1, linewidth=0, **look)
        bottom += minutes
