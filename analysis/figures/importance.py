"""Importance of each hyperparameter for whether a trial is among the best, with its uncertainty.

PED-ANOVA (Watanabe, Bansal & Hutter, IJCAI 2023), as implemented in Optuna: the Pearson divergence between
the density of a hyperparameter among the best trials and its density among all trials.
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

from analysis.figures.style import BLUE, light_frame, message_figure, new_figure
from analysis.figures.trials import progress, reached
from search.algorithm.trial import Trial
from search.runs.plan import Plan

BEST_AT_LEAST = 5  # smallest number of trials among the best; recommended by the evaluator's documentation


@dataclass(frozen=True)
class Importance:
    """The importance of one hyperparameter.

    Attributes:
        name: name of the hyperparameter.
        value: Pearson divergence, 0 or more.
        low: 5 % quantile over bootstrap resamples of the trials.
        high: 95 % quantile over the same. Resamples tend to give a higher importance.
        chance: 95 % quantile over the same trials with shuffled values.
    """

    name: str
    value: float
    low: float
    high: float
    chance: float


def importances(
    trials: Sequence[Trial], plan: Plan, *, resamples: int = 100, seed: int = 0
) -> list[Importance]:
    """Return the importance of each searched hyperparameter, the highest first.

    Only trials that reached the first rung are compared, by their value at that rung, because they were
    trained equally long. At full length, other hyperparameters may be important.

    Args:
        trials: trials of one run.
        plan: plan of the run; the best trials of its first rung are compared with all.
        resamples: number of bootstrap resamples of the trials, and of shuffles of their values.
        seed: of the resamples and the shuffles.

    Returns:
        An empty list if fewer than `BEST_AT_LEAST` trials would be among the best.
    """
    rung = plan.describe_scheduler().rungs[0]
    compared = reached(trials, rung)
    if len(compared) < needed(plan) or not plan.free:
        return []
    values = np.array([trial.value_at(rung) for trial in compared])
    importance = _evaluate(compared, values, plan)
    rng = np.random.default_rng(seed)
    shuffled, resampled = [], []
    for _ in range(resamples):
        shuffled.append(_evaluate(compared, rng.permutation(values), plan))
        indices = rng.integers(len(compared), size=len(compared))
        resampled.append(_evaluate([compared[index] for index in indices], values[indices], plan))
    low, high = np.quantile(resampled, [0.05, 0.95], axis=0)
    chance = np.quantile(shuffled, 0.95, axis=0, method="higher")
    rows = zip(plan.free, importance, low, high, chance, strict=True)
    unsorted = [Importance(name, *map(float, row)) for name, *row in rows]
    return sorted(unsorted, key=lambda importance: -importance.value)


def needed(plan: Plan) -> int:
    """Return the smallest number of trials at the first rung for which `importances` has a result."""
    return BEST_AT_LEAST * plan.describe_scheduler().one_in


def figure(trials: Sequence[Trial], plan: Plan, *, resamples: int = 100) -> Figure:
    """Draw the importance of each hyperparameter with its uncertainty.

    Args:
        trials: trials of one run, finished or not.
        plan: plan of the run.
        resamples: as for `importances`; 100 take some seconds.
    """
    scheduler = plan.describe_scheduler()
    rung = scheduler.rungs[0]
    title = f"{plan.study}: which hyperparameters decide at epoch {rung}"
    compared = len(reached(trials, rung))
    ranking = importances(trials, plan, resamples=resamples)
    if not ranking:
        message = f"Importance needs {needed(plan)} trials that reached epoch {rung}; there are {compared}."
        if not plan.free:
            message = "Every hyperparameter is fixed: none is searched."
        return message_figure(title, message, progress(trials, plan))
    note = (
        f"How differently the best 1/{scheduler.one_in} and all of the {compared} trials that reached epoch "
        f"{rung} are distributed (PED-ANOVA). Grey: what 95 % of {resamples} shuffles of the values stay "
        f"under; of {len(ranking)} hyperparameters without effect {0.05 * len(ranking):.1f} would go beyond "
        f"it. Lines: middle 90 % of {resamples} bootstraps of the trials, which find rather more. A "
        "sampler's trials depend on each other, so both are rough; and what decides at full length may "
        "differ."
    )
    above = ", ".join(item.name for item in ranking if item.value > item.chance)
    clear = f"above chance: {above}" if above else "none is above chance"
    fig = new_figure(f"{title}; {clear}", note, height=max(4.0, 2.2 + 0.33 * len(ranking)))
    _draw_bars(fig.subplots(), ranking)
    return fig


def _draw_bars(axes: Axes, ranking: list[Importance]) -> None:
    light_frame(axes)
    axes.set_xlabel("importance (Pearson divergence)")
    rows = range(len(ranking))
    axes.set_yticks(rows, [item.name for item in ranking])
    axes.set_ylim(len(ranking) - 0.4, -0.6)
    colours = [BLUE if item.value > item.chance else "white" for item in ranking]
    axes.barh(rows, [item.value for item in ranking], height=0.45, color=colours, edgecolor="black", zorder=3)
    axes.barh(rows, [item.chance for item in ranking], height=0.8, color="#D0D0D0", zorder=2)
    axes.hlines(
        rows, [item.low for item in ranking], [item.high for item in ranking], color="black", zorder=4
    )
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
    """Return the importance of each searched hyperparameter, in the order of the plan."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    for trial, value in zip(trials, values, strict=True):
        params = {name: trial.params[name] for name in plan.free}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=plan.free, value=float(value)))
    evaluator = PedAnovaImportanceEvaluator(target_quantile=1 / plan.describe_scheduler().one_in)
    with warnings.catch_warnings():
        # Optuna warns that `normalize=False` is experimental, and that all values are equal (importance 0).
        warnings.simplefilter("ignore")
        by_name = get_param_importances(study, evaluator=evaluator, params=list(plan.free), normalize=False)
    return [by_name[name] for name in plan.free]
