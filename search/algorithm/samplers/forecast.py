"""Expected improvement at full length, by a Gaussian process over (configuration, epoch): the default.

It learns from whole learning curves, those of paused and stopped trials too, and asks for no comparison of
values at different epochs.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution
from scipy.special import ndtr

from search.algorithm.curve_model import CurveModel, model
from search.algorithm.curve_values import NotReady
from search.algorithm.optuna_study import trial_seed
from search.algorithm.samplers import random
from search.algorithm.trial import Trial
from search.algorithm.unit_cube import params_at, place_of

RANDOM_TRIALS = 10  # before the model suggests
SPREAD, NEAR_BEST = 200, 100  # candidates: over the whole space, and near the best trials
BEST = 5
STEP = 0.1  # standard deviation around a good trial, as a share of the space


def suggest(
    space: Mapping[str, BaseDistribution], trials: list[Trial], seed: int, epochs: int
) -> dict[str, Any]:
    """Return the parameters of the next trial (see `search.algorithm.samplers.suggest`)."""
    try:
        if len(trials) < RANDOM_TRIALS:
            raise NotReady
        known = model(space, trials, epochs)
    except NotReady:
        return random.suggest(space, trials, seed, epochs)
    return params_at(space, _best_place(known, trial_seed(seed, len(trials))).tolist())


def _best_place(known: CurveModel, seed: int) -> NDArray[np.float64]:
    trained, mean, _ = known.ends
    best = [trained[index] for index in np.argsort(-mean, kind="stable")[:BEST]]
    candidates = _candidates(known, best, np.random.default_rng(seed))
    improvement = expected_improvement(*known.forecast_new(candidates), float(mean.max()))
    place: NDArray[np.float64] = candidates[int(np.argmax(improvement))]
    return place


def _candidates(known: CurveModel, best: list[Trial], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return places of the unit cube, (n, hyperparameters)."""
    centers = np.array([place_of(known.space, trial.params) for trial in best])
    near = centers[np.arange(NEAR_BEST) % len(centers)]
    jump = np.array([isinstance(values, CategoricalDistribution) for values in known.space.values()])
    stepped = np.clip(near + rng.normal(0, STEP, near.shape), 0, 1)
    moved = np.where(jump, rng.random(near.shape), stepped)
    changes = rng.random(near.shape) < np.where(jump, 0.2, 0.5)
    return np.vstack([rng.random((SPREAD, len(known.space))), np.where(changes, moved, near)])


def expected_improvement(
    mean: NDArray[np.float64], deviation: NDArray[np.float64], best: float
) -> NDArray[np.float64]:
    """Return by how much normal variables exceed `best` on average, where those below count as 0."""
    z = (mean - best) / deviation
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return np.asarray(deviation * (z * ndtr(z) + density))
