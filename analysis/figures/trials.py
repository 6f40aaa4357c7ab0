"""How the trials of a run are drawn: one look for each fate, told apart by form as well as by colour."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.figures._style import BLUE, VERMILION
from search.algorithm.trial import Trial, best
from search.runs.plan import Plan

FEW = 5  # fewer trials than this are no comparison

Fate = Literal["complete", "stopped", "unfinished", "failed"]


@dataclass(frozen=True)
class Look:
    """Colour (Okabe & Ito's, told apart by the colour-blind), mark, line and hatch of a kind of trial."""

    colour: str
    mark: str
    line: Literal["-", "--", ":"]
    hatch: str = ""


LOOKS: Mapping[Fate, Look] = {
    "complete": Look(BLUE, "o", "-"),
    "stopped": Look("#999999", "x", "-", "////"),
    "unfinished": Look("#009E73", "D", ":", "...."),
    "failed": Look(VERMILION, "X", "--", "xxxx"),
}
BEST = Look("#000000", "*", "-")
DEFAULT = Look("#E69F00", "s", "--")


def fate(trial: Trial) -> Fate:
    """Return what became of a trial; one that waits, runs or is paused is unfinished."""
    if trial.state == "complete" or trial.state == "stopped" or trial.state == "failed":
        return trial.state
    return "unfinished"


def reached(trials: Sequence[Trial], epoch: int) -> list[Trial]:
    """Return the trials that can be compared at an epoch: those that have a value there, and no failure."""
    return [each for each in trials if each.state != "failed" and math.isfinite(each.value_at(epoch))]


def furthest(trials: Sequence[Trial], plan: Plan) -> int:
    """Return the highest rung at which at least `FEW` trials can be compared; epoch 1 where there is none."""
    enough = min(FEW, len(reached(trials, 1)))
    rungs = plan.describe_scheduler().rungs
    return next((rung for rung in reversed(rungs) if len(reached(trials, rung)) >= enough), 1)


def notable(trials: Sequence[Trial]) -> list[tuple[Trial, Look, str]]:
    """Return the default trial and the best one, where they have a value, with look and label."""
    winner = best(reached(trials, 1))
    default = [trial for trial in reached(trials, 1) if trial.number == 0 and trial is not winner]
    shown = [(trial, DEFAULT, f"default: trial 0, {trial.value:.3f}") for trial in default]
    if winner:
        what = "best" if winner.number else "best, the default"
        shown.append((winner, BEST, f"{what}: trial {winner.number}, {winner.value:.3f}"))
    return shown


def so_far(trials: Sequence[Trial], plan: Plan) -> str:
    """Return how many trials there are, and what became of them."""
    fates = Counter(map(fate, trials))
    parts = ", ".join(f"{fates[each]} {each}" for each in LOOKS if fates[each])
    ended = len(trials) == plan.trials and not fates["unfinished"]
    counted = f"{len(trials)} of {plan.trials} trials{f': {parts}' if parts else ''}."
    return counted if ended else f"{counted} The search has not ended."


def count_trials(axes: Axes, trials: Sequence[Trial]) -> None:
    """Let the horizontal axis count trials."""
    axes.set(xlabel="number of the trial", xlim=(-0.8, max(trial.number for trial in trials) + 0.8))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
