"""A hyperparameter as an axis from 0 to 1: where its values lie on it, and what is written there."""

import math
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

SEVERAL = 8  # so many values are drawn as places of their own, more as a scale
GOLDEN = (math.sqrt(5) - 1) / 2  # its multiples, modulo 1, spread evenly


def values(distribution: BaseDistribution) -> list[Any] | None:
    """Return all values of a hyperparameter that has no more than `SEVERAL`; None for one that has more."""
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    if isinstance(distribution, IntDistribution):
        every = list(range(distribution.low, distribution.high + 1, distribution.step))
        return every if len(every) <= SEVERAL else None
    return None


def place(value: Any, distribution: BaseDistribution, number: int) -> float:
    """Return where a value lies, in [0, 1].

    Of several values each has a stretch of its own, over which trials that share it are spread by their
    number, so that they do not hide each other.
    """
    every = values(distribution)
    if every is not None:
        aside = 0.5 * ((number * GOLDEN + 0.5) % 1 - 0.5)
        return (every.index(value) + 0.5 + aside) / len(every)
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return _scaled(value, distribution)


def ticks(distribution: BaseDistribution) -> list[tuple[float, str]]:
    """Return places and texts of the marks on the axis."""
    every = values(distribution)
    if every is not None:
        return [((index + 0.5) / len(every), text(each)) for index, each in enumerate(every)]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return [(_scaled(each, distribution), text(each)) for each in _round(distribution)]


def text(value: Any) -> str:
    """Return a value in few characters.

    >>> text(1e-05), text(0.25), text(True)
    ('1e-5', '0.25', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}".replace("e-0", "e-") if isinstance(value, float) else str(value)


def _scaled(value: float, distribution: IntDistribution | FloatDistribution) -> float:
    low, high = float(distribution.low), float(distribution.high)
    if distribution.log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return (value - low) / (high - low)


def _round(distribution: IntDistribution | FloatDistribution) -> list[float]:
    """Return the ends, and what is round between them: the powers of ten, or the middle."""
    low, high = float(distribution.low), float(distribution.high)
    if not distribution.log:
        return [low, (low + high) / 2, high]
    between = [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    return [low, *(each for each in between if 2 * low < each < high / 2), high]
