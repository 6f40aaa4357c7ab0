"""A scrambled Sobol' sequence (Owen 1998): points that fill the space more evenly than random ones."""

import warnings
from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution
from scipy.stats import qmc

from search.algorithm.trial import Trial
from search.algorithm.unit_cube import params_at


def suggest(
    space: Mapping[str, BaseDistribution], trials: list[Trial], seed: int, epochs: int
) -> dict[str, Any]:
    """Return the parameters of the next trial (see `search.algorithm.samplers.suggest`)."""
    # Not Optuna's sampler: it keeps its place in the sequence in a study that is gone after each suggestion.
    sequence = qmc.Sobol(len(space), scramble=True, rng=seed)
    with warnings.catch_warnings():
        # It warns that only a power of 2 points is balanced: a search takes one at a time.
        warnings.simplefilter("ignore", UserWarning)
        if trials:
            sequence.fast_forward(len(trials))
        place = sequence.random(1)[0]
    return params_at(space, place.tolist())
