"""Time and cost: the seconds that each trial trained, what came of them, and how busy the slots were."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from analysis.figures._style import blank, nothing, quieten
from analysis.figures.trials import LOOKS, count_trials, fate, so_far
from search.algorithm.trial import Trial
from search.runs.plan import Plan


def wall_seconds(journal: Path) -> float | None:
    """Return the time from the start of a run's first trial to the end of its last one, in seconds.

    The journal has no other times, so the pauses of a search that was interrupted and resumed count too.

    Args:
        journal: the run's file.

    Returns:
        None where a trial has no end yet, or there is no trial.
    """
    if not journal.is_file():
        return None
    storage = JournalStorage(JournalFileBackend(str(journal)))
    trials = [each for study in storage.get_all_studies() for each in storage.get_all_trials(study._study_id)]
    began = [each.datetime_start for each in trials if each.datetime_start]
    ended = [each.datetime_complete for each in trials if each.datetime_complete]
    if not trials or len(ended) < len(trials):
        return None
    return (max(ended) - min(began)).total_seconds()


def figure(trials: Sequence[Trial], plan: Plan, wall: float | None = None) -> Figure:
    """Draw the seconds that each trial trained, and their sum.

    Args:
        trials: of one run, finished or not.
        plan: of the run.
        wall: seconds the search took (`wall_seconds`), where that is known.
    """
    spent = sum(trial.seconds for trial in trials)
    if not spent:
        return nothing(f"{plan.study}: time and cost", "No trial has trained yet.", so_far(trials, plan))
    complete = sum(trial.seconds for trial in trials if fate(trial) == "complete") / spent
    title = f"{plan.study}: {spent / 60:.1f} minutes of training, {100 * complete:.0f} % in complete trials"
    drawn = blank(title, f"{so_far(trials, plan)} {_busy(spent, plan, wall)}", height=6.4)
    each, together = drawn.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _each(each, trials)
    _together(together, trials)
    together.set_ylabel("minutes, summed up")
    count_trials(together, trials)
    return drawn


def _busy(spent: float, plan: Plan, wall: float | None) -> str:
    what = "Seconds of training and validation; building models and starting workers is not in them."
    if not wall:
        return f"{what} How busy the slots were is not known before the search has ended."
    share = min(100.0, 100 * spent / (plan.slots * wall))
    many = f"{plan.slots} slots were" if plan.slots > 1 else "one slot was"
    return (
        f"{what} The {many} busy with them for at least {share:.0f} % of "
        f"{wall / 60:.1f} minutes (any pause between two sessions counts as idle)."
    )


def _each(axes: Axes, trials: Sequence[Trial]) -> None:
    quieten(axes)
    axes.set_ylabel("seconds of the trial")
    for name, look in LOOKS.items():
        its = [trial for trial in trials if fate(trial) == name]
        if its:
            minutes = sum(trial.seconds for trial in its) / 60
            axes.bar(
                [trial.number for trial in its],
                [trial.seconds for trial in its],
                color=look.colour,
                hatch=look.hatch,
                edgecolor="white",
                label=f"{name}: {len(its)}, {minutes:.1f} min",
            )
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)


def _together(axes: Axes, trials: Sequence[Trial]) -> None:
    quieten(axes)
    below = np.zeros(len(trials))
    for name, look in LOOKS.items():
        minutes = np.cumsum([trial.seconds / 60 if fate(trial) == name else 0 for trial in trials])
        style: dict[str, Any] = {"color": look.colour, "hatch": look.hatch, "edgecolor": "white"}
        axes.bar([trial.number for trial in trials], minutes, bottom=below, width=1, linewidth=0, **style)
        below += minutes
