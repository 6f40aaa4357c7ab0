"""Which hyperparameters decide whether a trial is among the best, and how sure that is.

PED-ANOVA (Watanabe, Bansal & Hutter, IJCAI 2023), Optuna's own evaluator: how differently a hyperparameter is
distributed over the best trials and over all of them, as the Pearson divergence of two density estimates.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import optuna
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from analysis.figures._style import BLUE, blank, nothing, quieten
from analysis.figures.trials import reached, so_far
from search.algorithm.trial import Trial
from search.runs.plan import Plan

BEST_AT_LEAST = 5  # trials among the best; the evaluator's documentation asks for that many


@dataclass(frozen=True)
class Importance:
    """The importance of one hyperparameter.

    Attributes:
        name: of the hyperparameter.
        value: Pearson divergence, 0 or more.
        low: 5 % of the trials drawn again give less.
        high: 5 % of the trials drawn again give more. Drawing again finds rather more importance.
        chance: what 95 % of the same trials with their values shuffled stay under.
    """

    name: str
    value: float
    low: float
    high: float
    chance: float


def importances(
    trials: Sequence[Trial], plan: Plan, *, resamples: int = 100, seed: int = 0
) -> list[Importance]:
    """Return the importance of each hyperparameter that is searched, the highest first.

    Only trials that reached the first rung are compared, all by their value there: they were trained
    equally long. What counts at full length may be something else.

    Args:
        trials: of one run.
        plan: of the run; the best trials of its first rung are set against all.
        resamples: how often the trials are drawn again with replacement, and their values shuffled.
        seed: of both.

    Returns:
        None at all where fewer than `BEST_AT_LEAST` trials would be among the best.
    """
    rung = plan.describe_scheduler().rungs[0]
    compared = reached(trials, rung)
    if len(compared) < needed(plan) or not plan.free:
        return []
    values = np.array([trial.value_at(rung) for trial in compared])
    found = _evaluate(compared, values, plan)
    rng = np.random.default_rng(seed)
    shuffled, again = [], []
    for _ in range(resamples):
        shuffled.append(_evaluate(compared, rng.permutation(values), plan))
        drawn = rng.integers(len(compared), size=len(compared))
        again.append(_evaluate([compared[each] for each in drawn], values[drawn], plan))
    low, high = np.quantile(again, [0.05, 0.95], axis=0)
    chance = np.quantile(shuffled, 0.95, axis=0, method="higher")
    rows = zip(plan.free, found, low, high, chance, strict=True)
    return sorted((Importance(name, *map(float, row)) for name, *row in rows), key=lambda each: -each.value)


def needed(plan: Plan) -> int:
    """Return how many trials must have reached the first rung."""
    return BEST_AT_LEAST * plan.describe_scheduler().one_in


def figure(trials: Sequence[Trial], plan: Plan, *, resamples: int = 100) -> Figure:
    """Draw the importance of each hyperparameter with its uncertainty.

    Args:
        trials: of one run, finished or not.
        plan: of the run.
        resamples: as of `importances`; a hundred take some seconds.
    """
    scheduler = plan.describe_scheduler()
    rung = scheduler.rungs[0]
    title, there = f"{plan.study}: which hyperparameters decide at epoch {rung}", len(reached(trials, rung))
    found = importances(trials, plan, resamples=resamples)
    if not found:
        why = f"Importance needs {needed(plan)} trials that reached epoch {rung}; there are {there}."
        if not plan.free:
            why = "Every hyperparameter is fixed: none is searched."
        return nothing(title, why, so_far(trials, plan))
    note = (
        f"How differently the best 1/{scheduler.one_in} and all of the {there} trials that reached "
        f"epoch {rung} are distributed (PED-ANOVA). Grey: what 95 % of {resamples} shuffles of the values "
        f"stay under; of {len(found)} hyperparameters without effect {0.05 * len(found):.1f} would go beyond "
        f"it. Lines: middle 90 % of {resamples} bootstraps of the trials, which find rather more. A "
        "sampler's trials depend on each other, so both are rough; and what decides at full length may "
        "differ."
    )
    above = ", ".join(each.name for each in found if each.value > each.chance)
    clear = f"above chance: {above}" if above else "none is above chance"
    drawn = blank(f"{title}; {clear}", note, height=max(4.0, 2.2 + 0.33 * len(found)))
    _bars(drawn.subplots(), found)
    return drawn


def _bars(axes: Axes, found: list[Importance]) -> None:
    quieten(axes)
    axes.set_xlabel("importance (Pearson divergence)")
    rows = range(len(found))
    axes.set_yticks(rows, [each.name for each in found])
    axes.set_ylim(len(found) - 0.4, -0.6)
    colours = [BLUE if each.value > each.chance else "white" for each in found]
    axes.barh(rows, [each.value for each in found], height=0.45, color=colours, edgecolor="black", zorder=3)
    axes.barh(rows, [each.chance for each in found], height=0.8, color="#D0D0D0", zorder=2)
    axes.hlines(rows, [each.low for each in found], [each.high for each in found], color="black", zorder=4)
    axes.set_xlim(left=0)
    axes.legend(
        handles=[
            Patch(facecolor=BLUE, edgecolor="black", label="above chance"),
            Patch(facecolor="white", edgecolor="black", label="not above chance"),
            Patch(facecolor="#D0D0D0", label="chance: 95 % of shuffles"),
            Line2D([], [], color="black", label="90 % of bootstraps"),
        ],
        loc="lower right",
    )


def _evaluate(trials: Sequence[Trial], values: NDArray[np.float64], plan: Plan) -> list[float]:
    """Return the importance of each hyperparameter that is searched, in the order of the plan."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    for trial, value in zip(trials, values, strict=True):
        params = {name: trial.params[name] for name in plan.free}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=plan.free, value=float(value)))
    evaluator = PedAnovaImportanceEvaluator(target_quantile=1 / plan.describe_scheduler().one_in)
    with warnings.catch_warnings():
        # It is experimental not to normalize, and where all values are equal it says so: they come out as 0.
        warnings.simplefilter("ignore")
        found = get_param_importances(study, evaluator=evaluator, params=list(plan.free), normalize=False)
    return [found[name] for name in plan.free]
