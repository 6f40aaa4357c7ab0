"""Grid search in random order: every value of whole numbers and choices, five of each range."""

import itertools
import math
import random
from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution

from search.algorithm.trial import Trial
from search.algorithm.unit_cube import levels, params_at

VALUES = 5  # of a range of real numbers, in the middles of five equal parts


def size(space: Mapping[str, BaseDistribution]) -> int:
    """Return how many points the grid of a space has."""
    return math.prod(_values(distribution) for distribution in space.values())


def suggest(
    space: Mapping[str, BaseDistribution], trials: list[Trial], seed: int, epochs: int
) -> dict[str, Any]:
    """Return the parameters of the next trial (see `search.algorithm.samplers.suggest`).

    The order is random, but not a shuffle: a grid of eight hyperparameters may have a billion points.
    """
    position = _visited(size(space), seed, len(trials))
    place = []
    for distribution in space.values():
        position, index = divmod(position, _values(distribution))
        place.append((index + 0.5) / _values(distribution))
    return params_at(space, place)


def _values(distribution: BaseDistribution) -> int:
    return levels(distribution) or VALUES


def _visited(points: int, seed: int, number: int) -> int:
    """Return the position of a trial: every position comes once, as step and size have no common divisor."""
    rng = random.Random(seed)  # NumPy's has no whole numbers over 64 bits
    start, first = rng.randrange(points), rng.randrange(points) + 1
    step = next(step for step in itertools.count(first) if math.gcd(step, points) == 1)
    return (start + number * step) % points
