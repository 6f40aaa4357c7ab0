"""Proposing points: Optuna's samplers as a pure function of the seed and the trials so far.

Each proposal has a sampler of its own, seeded from (seed, number of the trial): one seeded sampler that
lives through the search would go another way after a resume.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from search.algorithm.trial import Trial


def _tpe(seed: int) -> BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(seed=seed, multivariate=True)


# tpe: multivariate tree-structured Parzen estimator (Bergstra et al. 2011; Falkner et al. 2018).
# random: the honest baseline.
SAMPLERS: Mapping[str, Callable[[int], BaseSampler]] = {
    "tpe": _tpe,
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
}


def propose(
    space: Mapping[str, BaseDistribution], trials: list[Trial], *, sampler: str, seed: int
) -> dict[str, Any]:
    """Return the parameters of the next trial.

    Args:
        space: the hyperparameters to propose.
        trials: those so far.
        sampler: a key of `SAMPLERS`.
        seed: of the run.
    """
    if not space:
        return {}
    own = int(np.random.SeedSequence([seed, len(trials)]).generate_state(1)[0])
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=SAMPLERS[sampler](own))
    study.add_trials([_view(trial, space) for trial in trials])
    return dict(study.ask(dict(space)).params)


def _view(trial: Trial, space: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """Show a trial to the sampler as what it has come to.

    TPE ranks complete trials first, pruned ones by how far they came and then by value, and takes a running
    one for a bad one. So a trial with a curve that is not complete is shown as pruned; one that failed is
    shown as pruned without a curve, the worst there is: shown as failed it would be ignored, and its corner
    of the space proposed again and again.
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
