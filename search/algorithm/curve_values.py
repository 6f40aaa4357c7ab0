"""Which values of the trials a model of learning curves learns from, and as what numbers."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from search.algorithm.trial import Trial

LEAST = 4  # values, before there is something to learn
FLOOR = -1.0  # standard deviations below the middle

# One value: trial, epoch, objective.
Value = tuple[int, int, float]


class NotReady(Exception):
    """Too little is known for a forecast."""


def values_of(trial: Trial, until: Iterable[int]) -> list[Value]:
    """Return a trial's values at epochs 2, 4, 8, … and at the last one: the others tell little more.

    A trial that failed has the lowest value at its end.

    Args:
        trial: it.
        until: the epochs to choose from.
    """
    last = max(until, default=0)
    if not last:
        return [(trial.number, 1, -math.inf)] if trial.state == "failed" else []
    values, epoch = [], 2
    while epoch < last:
        if epoch in trial.epochs:
            values.append((trial.number, epoch, trial.value_at(epoch)))
        epoch *= 2
    failed = trial.state == "failed" and last == trial.epoch
    return [*values, (trial.number, last, -math.inf if failed else trial.value_at(last))]


def scores(values: Sequence[Value]) -> NDArray[np.float64]:
    """Return values as normal scores of their ranks, with mean 0 and variance 1.

    Ranks are the same whatever the objective is measured in, and one loss of a million is no more than the
    last rank. The worst sixth are all alike: how bad a training is says nothing about the best.

    Raises:
        NotReady: there are too few, or they are all the same.
    """
    raw = np.array([value for _, _, value in values])
    raw = np.where(np.isfinite(raw), raw, -np.inf)
    if np.isfinite(raw).sum() < LEAST or len(np.unique(raw)) < 2:
        raise NotReady
    floored = np.maximum(ndtri((rankdata(raw) - 0.5) / len(raw)), FLOOR)
    if not floored.std():
        raise NotReady
    return np.asarray((floored - floored.mean()) / floored.std())


def sample(values: Sequence[Value], scores: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Return the positions of so many values at most, ascending.

    One half are the best, each compared with those at its own epoch; the other half is a sample of the rest
    in their order.
    """
    everything = np.arange(len(values))
    if len(values) <= most:
        return everything
    epochs = np.array([epoch for _, epoch, _ in values])
    shares = np.empty(len(values))
    for epoch in np.unique(epochs):
        here = epochs == epoch
        shares[here] = rankdata(-scores[here]) / here.sum()
    best = np.argsort(shares, kind="stable")[: most // 2]
    others = np.setdiff1d(everything, best)
    evenly = np.linspace(0, len(others) - 1, most - len(best)).astype(int)
    return np.sort(np.concatenate([best, others[evenly]]))
