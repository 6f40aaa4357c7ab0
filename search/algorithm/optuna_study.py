"""Asking one of Optuna's samplers, through a study in memory that holds the trials so far."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

from search.algorithm.trial import Trial


def ask(
    sampler: Callable[[int], BaseSampler],
    space: Mapping[str, BaseDistribution],
    trials: list[FrozenTrial],
    seed: int,
    number: int | None = None,
    directions: Sequence[StudyDirection] = (StudyDirection.MAXIMIZE,),
) -> dict[str, Any]:
    """Return the parameters that a sampler suggests after some trials.

    Args:
        sampler: maps a seed to one of Optuna's samplers, which maximizes.
        space: the hyperparameters to suggest.
        trials: those so far, as the sampler is to see them.
        seed: of the run.
        number: of the next trial; None for the number of trials.
        directions: of each objective.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        chosen = sampler(trial_seed(seed, len(trials) if number is None else number))
    study = optuna.create_study(directions=list(directions), sampler=chosen)
    study.add_trials(trials)
    return dict(study.ask(dict(space)).params)


def trial_seed(seed: int, number: int) -> int:
    """Return a seed for one suggestion.

    Args:
        seed: of the run.
        number: of the trial.
    """
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def standings(trials: list[Trial]) -> list[float]:
    """Return how good each trial is, for samplers that know nothing of epochs: higher is better, in (-1, 1).

    Values at different epochs cannot be compared, so trials are ranked: by how far they came, then by value;
    those that failed or have not finished an epoch come last. The ranks are spread evenly.
    """

    def standing(trial: Trial) -> tuple[bool, int, float]:
        return trial.state != "failed" and bool(trial.epochs), trial.epoch, trial.value

    order = sorted(range(len(trials)), key=lambda number: standing(trials[number]))
    ranks = {number: rank for rank, number in enumerate(order)}
    return [2 * (ranks[number] + 0.5) / len(trials) - 1 for number in range(len(trials))]
