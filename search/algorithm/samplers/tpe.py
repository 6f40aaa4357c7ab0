"""Multivariate tree-structured Parzen estimator (Bergstra et al. 2011; Falkner et al. 2018): the default.

It is told of every epoch of every trial.
"""

import math
from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from search.algorithm.objectives import cost_of
from search.algorithm.optuna_study import ask, standings
from search.algorithm.trial import Trial


def suggest(
    space: Mapping[str, BaseDistribution], trials: list[Trial], seed: int, epochs: int
) -> dict[str, Any]:
    """Return the parameters of the next trial (see `search.algorithm.samplers.suggest`)."""
    views = [view(trial, space) for trial in trials]
    return ask(lambda own_seed: TPESampler(seed=own_seed, multivariate=True), space, views, seed)


def suggest_front(
    space: Mapping[str, BaseDistribution], trials: list[Trial], seed: int, cost: str
) -> dict[str, Any]:
    """Return the parameters of the next trial of a search with two objectives (Ozaki et al. 2022).

    Args:
        space: the hyperparameters to suggest.
        trials: those so far.
        seed: of the run.
        cost: the objective that is minimized; its logarithm is what TPE sees.
    """
    costs = [math.log(cost_of(trial, cost)) if trial.epochs else None for trial in trials]
    worst = max((amount for amount in costs if amount is not None), default=0.0)
    views = []
    for trial, standing, amount in zip(trials, standings(trials), costs, strict=True):
        # One that failed, or was refused, is as bad as can be; one without an epoch is not known yet.
        known = amount is not None or trial.state == "failed"
        views.append(
            create_trial(
                state=TrialState.COMPLETE if known else TrialState.RUNNING,
                values=[standing, worst if amount is None else amount] if known else None,
                params={name: trial.params[name] for name in space},
                distributions=dict(space),
            )
        )
    directions = (StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE)
    return ask(
        lambda own_seed: TPESampler(seed=own_seed, multivariate=True),
        space,
        views,
        seed,
        directions=directions,
    )


def view(trial: Trial, space: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """Show a trial to TPE as what it has come to.

    TPE ranks complete trials first, pruned ones by how far they came and then by value, and takes a running
    one for a bad one. So a trial with a curve that is not complete is shown as pruned. One that failed is
    shown as pruned without a curve, the worst there is: shown as failed it would be ignored, and its corner
    of the space suggested again and again.
    """
    curve = {epoch: trial.value_at(epoch) for epoch in trial.epochs}
    state = TrialState.PRUNED
    if trial.state == "complete":
        state = TrialState.COMPLETE
    elif trial.state == "failed":
        curve = {}
    elif not curve:
        state = TrialState.RUNNING
    return create_trial(
        state=state,
        value=trial.value if state is TrialState.COMPLETE else None,
        params={name: trial.params[name] for name in space},
        distributions=dict(space),
        intermediate_values=curve,
    )
