"""A hyperparameter drawn as an axis from 0 to 1: the position of each value, and the tick labels."""

import math
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

MAX_CHOICES = 8  # up to this many values each have a section of the axis; more are drawn on a scale
GOLDEN = (math.sqrt(5) - 1) / 2  # golden ratio: its multiples, modulo 1, are spread evenly


def values(distribution: BaseDistribution) -> list[Any] | None:
    """Return all values of a hyperparameter that has at most `MAX_CHOICES`; None if it has more."""
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    if isinstance(distribution, IntDistribution):
        numbers = list(range(distribution.low, distribution.high + 1, distribution.step))
        return numbers if len(numbers) <= MAX_CHOICES else None
    return None


def position(value: Any, distribution: BaseDistribution, trial_number: int) -> float:
    """Return the position of a trial's value on the axis, in [0, 1].

    If the hyperparameter has few values, each has a section of the axis. Trials with the same value are
    spread over its section by their number, so that they do not hide each other.
    """
    choices = values(distribution)
    if choices is not None:
        offset = 0.5 * ((trial_number * GOLDEN + 0.5) % 1 - 0.5)
        return (choices.index(value) + 0.5 + offset) / len(choices)
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return _scaled(value, distribution)


def ticks(distribution: BaseDistribution) -> list[tuple[float, str]]:
    """Return the positions and the labels of the axis ticks."""
    choices = values(distribution)
    if choices is not None:
        return [((index + 0.5) / len(choices), label(choice)) for index, choice in enumerate(choices)]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return [(_scaled(value, distribution), label(value)) for value in _round_values(distribution)]


def label(value: Any) -> str:
    """Return a value as a short tick label.

    >>> label(1e-05), label(0.25), label(True)
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


def _round_values(distribution: IntDistribution | FloatDistribution) -> list[float]:
    """Return both ends and, between them, the powers of ten (logarithmic) or the middle (linear)."""
    low, high = float(distribution.low), float(distribution.high)
    if not distribution.log:
        return [low, (low + high) / 2, high]
    exponents = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    powers = [10.0**exponent for exponent in exponents]
    return [low, *(power for power in powers if 2 * low < power < high / 2), high]
