"""What the trials so far say about how others would end: the Gaussian process, given the trials of a search.

It is a pure function of the trials, also after a resume: its parameters are fitted to the first 8, 10, 12, …
epochs that the search has trained, in the order in which they came.
"""

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from scipy.special import ndtri
from scipy.stats import rankdata

from search.algorithm import gaussian_process, unit_cube
from search.algorithm.gaussian_process import Array, Kernel, Points, Posterior
from search.algorithm.trial import Trial

LEAST = 4  # values, before a model says anything
FIRST_FIT, GROWTH = 8, 1.2  # epochs of the search, and how many times more until the next fit
# Values that are used: the time grows with the cube of their number. Half are the best, half a sample of the
# others in their order.
MOST_FITTED, MOST_KNOWN = 150, 250
FLOOR = -1.0  # standard deviations below the middle

# One value: trial, epoch, objective.
_Value = tuple[int, int, float]


class CurveModel:
    """Forecasts of learning curves.

    Args:
        space: the hyperparameters that are searched.
        trials: those so far.
        epochs: the full length of a trial.

    Raises:
        NotReady: too little is known yet.
    """

    def __init__(self, space: Mapping[str, BaseDistribution], trials: Sequence[Trial], epochs: int) -> None:
        self.space, self.trials, self.epochs = space, trials, epochs
        if not space or not trials:
            raise NotReady
        places = np.array([unit_cube.place_of(space, trial.params) for trial in trials])
        self._features = unit_cube.features(space, places)
        values = _values(trials)
        scaled = _scaled(values)
        chosen = _sample(scaled, MOST_KNOWN)
        points = self._points([values[index][:2] for index in chosen])
        self._posterior = Posterior(self._kernel(), points, scaled[chosen])
        begun = [(trial.number, 1) for trial in trials if not trial.epochs and trial.state != "failed"]
        if begun:
            # A trial that has only begun is taken to come out as forecast, so that no other is put beside it.
            expected = self._points(begun)
            mean, _ = self._posterior.predict(expected)
            all_values = np.concatenate([scaled[chosen], mean])
            self._posterior = Posterior(self._posterior.kernel, points.plus(expected), all_values)

    def forecast(self, trials: Sequence[Trial]) -> tuple[Array, Array]:
        """Return mean and standard deviation of some trials' values at full length, (n,) each."""
        return self._posterior.predict(self._points([(trial.number, self.epochs) for trial in trials]))

    def forecast_new(self, places: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of new trials' values at full length, (n,) each.

        Args:
            places: (n, hyperparameters), of the unit cube.
        """
        return self._posterior.predict(self._new(places, [self.epochs] * len(places)))

    def lookahead(self, segments: Sequence[tuple[Trial, int]]) -> tuple[Array, Array]:
        """Return what training some trials on would tell about their values at full length.

        Args:
            segments: each a trial and the epoch that it would be trained to.

        Returns:
            Mean now, and the standard deviation of how the segment will change it; (n,) each.
        """
        measured = self._points([(trial.number, epoch) for trial, epoch in segments])
        return self._posterior.change(measured, 1.0)

    def _kernel(self) -> Kernel:
        order = sorted(
            (metrics.get("order", math.inf), trial.number, epoch)
            for trial in self.trials
            for epoch, metrics in trial.epochs.items()
        )
        last = FIRST_FIT
        while last * GROWTH <= len(order):
            last = math.ceil(last * GROWTH)
        before: dict[int, list[int]] = {}
        for _, number, epoch in order[:last]:
            before.setdefault(number, []).append(epoch)
        chosen = [(self.trials[number], epochs) for number, epochs in sorted(before.items())]
        known = [value for trial, epochs in chosen for value in _values_at(trial, epochs)]
        return _fitted(self, known)

    def _points(self, where: Sequence[tuple[int, int]]) -> Points:
        numbers = np.array([number for number, _ in where])
        return Points(self._features[numbers], numbers, self._times([epoch for _, epoch in where]))

    def _new(self, places: Array, epochs: Sequence[int]) -> Points:
        numbers = -1 - np.arange(len(places))
        return Points(unit_cube.features(self.space, places), numbers, self._times(epochs))

    def _times(self, epochs: Sequence[int]) -> Array:
        return np.asarray(np.log(epochs) / math.log(max(2, self.epochs)))


class NotReady(Exception):
    """Too little is known for a forecast."""


_kernels: OrderedDict[Any, Kernel] = OrderedDict()
_models: OrderedDict[Any, CurveModel] = OrderedDict()


def model(space: Mapping[str, BaseDistribution], trials: Sequence[Trial], epochs: int) -> CurveModel:
    """Return the model after some trials; the same one as long as nothing has changed.

    Raises:
        NotReady: too little is known yet.
    """
    key = (tuple(space), epochs, tuple((trial.epoch, trial.value, trial.state) for trial in trials))
    return _kept(_models, key, lambda: CurveModel(space, trials, epochs))


def _fitted(of: CurveModel, known: list[_Value]) -> Kernel:
    groups = unit_cube.groups(of.space)

    def fitted() -> Kernel:
        try:
            scaled = _scaled(known)
        except NotReady:
            return Kernel.prior(groups)
        chosen = _sample(scaled, MOST_FITTED)
        return gaussian_process.fit(groups, of._points([known[at][:2] for at in chosen]), scaled[chosen])

    return _kept(_kernels, (tuple(of.space), of.epochs, tuple(known)), fitted)


def _kept(cache: OrderedDict[Any, Any], key: Any, make: Any, most: int = 4) -> Any:
    """Return what is kept under a key, or make it; the latest few are kept."""
    if key not in cache:
        cache[key] = make()
        if len(cache) > most:
            cache.popitem(last=False)
    return cache[key]


def _values(trials: Sequence[Trial]) -> list[_Value]:
    return [value for trial in trials for value in _values_at(trial, trial.epochs)]


def _values_at(trial: Trial, epochs: Any) -> list[_Value]:
    """Return a trial's values at epochs 2, 4, 8, … and at the last one: the others tell little more."""
    if not epochs:
        return [(trial.number, 1, -math.inf)] if trial.state == "failed" else []
    last = max(epochs)
    shown = [epoch for epoch in epochs if (epoch > 1 and epoch & (epoch - 1) == 0) or epoch == last]
    values = [(trial.number, epoch, trial.value_at(epoch)) for epoch in sorted(shown)]
    if trial.state == "failed" and last == trial.epoch:
        values[-1] = (trial.number, last, -math.inf)
    return values


def _scaled(values: list[_Value]) -> Array:
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
    scores = np.maximum(ndtri((rankdata(raw) - 0.5) / len(raw)), FLOOR)
    deviation = scores.std()
    if not deviation:
        raise NotReady
    return np.asarray((scores - scores.mean()) / deviation)


def _sample(scaled: Array, most: int) -> NDArray[np.int64]:
    """Return the positions of the values to use, ascending."""
    everything = np.arange(len(scaled))
    if len(scaled) <= most:
        return everything
    best = np.argsort(-scaled, kind="stable")[: most // 2]
    others = np.setdiff1d(everything, best)
    evenly = np.linspace(0, len(others) - 1, most - len(best)).astype(int)
    return np.sort(np.concatenate([best, others[evenly]]))
