"""CMA-ES, covariance matrix adaptation evolution strategy (Hansen & Ostermeier 2001).

Its state is made again from the trials for each suggestion: generation after generation is told of what its
trials have come to by now. It knows nothing of epochs, so it is told of ranks.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from cmaes import CMA
from optuna.distributions import BaseDistribution

from search.algorithm.optuna_study import standings, trial_seed
from search.algorithm.samplers import random
from search.algorithm.trial import Trial
from search.algorithm.unit_cube import params_at, place_of

STEP = 1 / 6  # first standard deviation, as a share of the space: Optuna's default


def suggest(
    space: Mapping[str, BaseDistribution], trials: list[Trial], seed: int, epochs: int
) -> dict[str, Any]:
    """Return the parameters of the next trial (see `search.algorithm.samplers.suggest`).

    The first trial, the default configuration, belongs to no generation: it is where the search begins.
    """
    if len(space) < 2:  # a covariance needs two
        return random.suggest(space, trials, seed, epochs)
    strategy = CMA(
        mean=np.array(place_of(space, trials[0].params)) if trials else np.full(len(space), 0.5),
        sigma=STEP,
        bounds=np.tile([0.0, 1.0], (len(space), 1)),
        seed=trial_seed(seed, len(trials)),
    )
    size = strategy.population_size
    members = list(zip(trials, standings(trials), strict=True))[1:]
    for start in range(0, len(members) - size + 1, size):
        generation = members[start : start + size]
        # It minimizes.
        strategy.tell(
            [(np.array(place_of(space, trial.params)), -standing) for trial, standing in generation]
        )
    return params_at(space, strategy.ask().tolist())
