"""Gaussian process with expected improvement: Optuna's `GPSampler`, which needs PyTorch.

It knows nothing of epochs, so it is told of ranks.
"""

from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import GPSampler
from optuna.trial import TrialState, create_trial

from search.algorithm.optuna_study import ask, standings
from search.algorithm.trial import Trial


def suggest(
    space: Mapping[str, BaseDistribution], trials: list[Trial], seed: int, epochs: int
) -> dict[str, Any]:
    """Return the parameters of the next trial (see `search.algorithm.samplers.suggest`)."""
    views = []
    for trial, standing in zip(trials, standings(trials), strict=True):
        begins = not trial.epochs and trial.state != "failed"
        views.append(
            create_trial(
                state=TrialState.RUNNING if begins else TrialState.COMPLETE,
                value=None if begins else standing,
                params={name: trial.params[name] for name in space},
                distributions=dict(space),
            )
        )
    return ask(lambda own_seed: GPSampler(seed=own_seed), space, views, seed)
