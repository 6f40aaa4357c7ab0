"""How the trials of a run are drawn: one style per status, different in shape as well as in colour."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.figures.style import BLUE, VERMILION
from search.algorithm.trial import Trial
from search.runs.plan import Plan

FEW = 5  # smallest number of trials worth a comparison

Status = Literal["complete", "stopped", "unfinished", "failed"]


@dataclass(frozen=True)
class Style:
    """Colour (Okabe & Ito's palette for colour-blind readers), marker, line and hatch of a kind of trial."""

    colour: str
    marker: str
    line: Literal["-", "--", ":"]
    hatch: str = ""


STYLES: Mapping[Status, Style] = {
    "complete": Style(BLUE, "o", "-"),
    "stopped": Style("#999999", "x", "-", "////"),
    "unfinished": Style("#009E73", "D", ":", "...."),
    "failed": Style(VERMILION, "X", "--", "xxxx"),
}
BEST = Style("#000000", "*", "-")
DEFAULT = Style("#E69F00", "s", "--")


def status(trial: Trial) -> Status:
    """Return the status of a trial; a waiting, running or paused trial is "unfinished"."""
    if trial.state == "complete" or trial.state == "stopped" or trial.state == "failed":
        return trial.state
    return "unfinished"


def reached(trials: Sequence[Trial], epoch: int) -> list[Trial]:
    """Return the trials that can be compared at an epoch: with a finite value there, and not failed."""
    return [trial for trial in trials if trial.state != "failed" and math.isfinite(trial.value_at(epoch))]


def furthest(trials: Sequence[Trial], plan: Plan) -> int:
    """Return the highest rung at which at least `FEW` trials can be compared; epoch 1 if there is none."""
    enough = min(FEW, len(reached(trials, 1)))
    rungs = plan.describe_scheduler().rungs
    return next((rung for rung in reversed(rungs) if len(reached(trials, rung)) >= enough), 1)


def default_and_best(trials: Sequence[Trial], plan: Plan) -> list[tuple[Trial, Style, str]]:
    """Return the default trial and the best trial with style and label; without those that have no value."""
    valued = {trial.number: trial for trial in reached(trials, 1)}
    best = plan.judge(list(valued.values())).best
    winner = valued[best.number] if best else None
    default = [trial for trial in valued.values() if trial.number == 0 and trial is not winner]
    entries = [(trial, DEFAULT, f"default: trial 0, {trial.value:.3f}") for trial in default]
    if winner:
        name = "best" if winner.number else "best, the default"
        entries.append((winner, BEST, f"{name}: trial {winner.number}, {winner.value:.3f}"))
    return entries


def progress(trials: Sequence[Trial], plan: Plan) -> str:
    """Return how many trials there are of each status, in words."""
    counts = Counter(map(status, trials))
    parts = ", ".join(f"{counts[name]} {name}" for name in STYLES if counts[name])
    ended = len(trials) == plan.trials and not counts["unfinished"]
    sentence = f"{len(trials)} of {plan.trials} trials{f': {parts}' if parts else ''}."
    return sentence if ended else f"{sentence} The search has not ended."


def number_axis(axes: Axes, trials: Sequence[Trial]) -> None:
    """Make the horizontal axis show trial numbers."""
    axes.set(xlabel="number of the trial", xlim=(-0.8, max(trial.number for trial in trials) + 0.8))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
