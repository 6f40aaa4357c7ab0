"""Points of a search space as points of the unit cube, for samplers that know numbers only."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)


def params_at(space: Mapping[str, BaseDistribution], place: Sequence[float]) -> dict[str, Any]:
    """Return the parameters at a place of the unit cube.

    Args:
        space: hyperparameter → distribution.
        place: a number in [0, 1] for each hyperparameter, in their order. Whole numbers and choices have
            equal shares of [0, 1].
    """
    pairs = zip(space.items(), place, strict=True)
    return {name: _value(distribution, share) for (name, distribution), share in pairs}


def place_of(space: Mapping[str, BaseDistribution], params: Mapping[str, Any]) -> list[float]:
    """Return the place of parameters in the unit cube: the middle of their share of it."""
    return [_share(distribution, params[name]) for name, distribution in space.items()]


def groups(space: Mapping[str, BaseDistribution]) -> NDArray[np.int64]:
    """Return which hyperparameter, counted from 0, each column of `features` belongs to."""
    columns = [_columns(distribution) for distribution in space.values()]
    return np.repeat(np.arange(len(columns)), columns)


def features(space: Mapping[str, BaseDistribution], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places of the unit cube, (n, hyperparameters), as numbers whose distances mean something.

    A number stays what it is, at the middle of the share of its value; a choice becomes a column for each
    value, so that any two are at distance 1.
    """
    columns: list[NDArray[np.float64]] = []
    for distribution, share in zip(space.values(), places.T, strict=True):
        many = None if getattr(distribution, "log", False) else levels(distribution)
        index = np.minimum((share * many).astype(int), many - 1) if many else None
        if isinstance(distribution, CategoricalDistribution):
            columns.extend(np.where(index == value, math.sqrt(0.5), 0.0) for value in range(many or 1))
        else:
            columns.append(share if index is None or many is None else (index + 0.5) / many)
    return np.stack(columns, axis=1)


def levels(distribution: BaseDistribution) -> int | None:
    """Return how many values a hyperparameter can have; None if it is a range of real numbers."""
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if distribution.step is None:
        return 1 if distribution.single() else None
    return round((distribution.high - distribution.low) / distribution.step) + 1


def _columns(distribution: BaseDistribution) -> int:
    return len(distribution.choices) if isinstance(distribution, CategoricalDistribution) else 1


def _value(distribution: BaseDistribution, share: float) -> Any:
    many = levels(distribution)
    index = min(int(share * many), many - 1) if many else 0
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[index]
    if isinstance(distribution, IntDistribution) and not distribution.log:
        return distribution.low + index * distribution.step
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if isinstance(distribution, FloatDistribution) and many:
        return distribution.low + index * (distribution.step or 0.0)
    if not distribution.log:
        return distribution.low + share * (distribution.high - distribution.low)
    low, high = math.log(distribution.low), math.log(distribution.high)
    value = min(max(math.exp(low + share * (high - low)), distribution.low), distribution.high)
    return round(value) if isinstance(distribution, IntDistribution) else value


def _share(distribution: BaseDistribution, value: Any) -> float:
    many = levels(distribution)
    if isinstance(distribution, CategoricalDistribution):
        return (distribution.choices.index(value) + 0.5) / len(distribution.choices)
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if distribution.single():
        return 0.5
    if many and not distribution.log:
        return float((value - distribution.low) / (distribution.step or 1) + 0.5) / many
    low, high = distribution.low, distribution.high
    if distribution.log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return float((value - low) / (high - low))
