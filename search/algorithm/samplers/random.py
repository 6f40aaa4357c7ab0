"""Random search: the honest baseline (Bergstra & Bengio 2012)."""

from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import RandomSampler

from search.algorithm.optuna_study import ask
from search.algorithm.trial import Trial


def suggest(
    space: Mapping[str, BaseDistribution], trials: list[Trial], seed: int, epochs: int
) -> dict[str, Any]:
    """Return the parameters of the next trial (see `search.algorithm.samplers.suggest`)."""
    # What the trials came to makes no difference, only how many there are.
    return ask(lambda own_seed: RandomSampler(seed=own_seed), space, [], seed, len(trials))
