"""What the trials so far say about how others would end: the Gaussian process, given the trials of a search.

It is a pure function of the trials, also after a resume: its parameters are fitted to the first 8, 10, 12, …
epochs that the search has trained, in the order in which they came.
"""

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution

from search.algorithm import gaussian_process, unit_cube
from search.algorithm.curve_values import NotReady, sample, scores, values_of
from search.algorithm.gaussian_process import Array, Kernel, Points, Posterior
from search.algorithm.trial import Trial

FIRST_FIT, GROWTH = 8, 1.2  # epochs of the search, and how many times more until the next fit
MOST_FITTED, MOST_KNOWN = 150, 250  # values that are used: the time grows with the cube of their number
PREFIX = 30  # trials whose first values tell one search from another


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
        self._features = unit_cube.features(space, _places(space, trials))
        values = [value for trial in trials for value in values_of(trial, trial.epochs)]
        scaled = scores(values)
        chosen = sample(values, scaled, MOST_KNOWN)
        points = self._points([values[index][:2] for index in chosen])
        self._posterior = Posterior(self._kernel(), points, scaled[chosen])
        begun = [(trial.number, 1) for trial in trials if not trial.epochs and trial.state != "failed"]
        if begun:
            # A trial that has only begun is taken to come out as forecast, so that no other is put beside it.
            expected = self._points(begun)
            mean, _ = self._posterior.predict(expected)
            all_values = np.concatenate([scaled[chosen], mean])
            self._posterior = Posterior(self._posterior.kernel, points.plus(expected), all_values)

    @cached_property
    def ends(self) -> tuple[list[Trial], Array, Array]:
        """The trials that have values, and mean and standard deviation of their values at full length."""
        trained = [trial for trial in self.trials if trial.epochs and trial.state != "failed"]
        return trained, *self.forecast(trained)

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
        """Return the kernel fitted to the first epochs of the search, in their order."""
        count, last = sum(len(trial.epochs) for trial in self.trials), FIRST_FIT
        while last * GROWTH <= count:
            last = math.ceil(last * GROWTH)
        prefix = tuple(trial.value_at(1) for trial in self.trials[:PREFIX])
        key = (tuple(self.space.items()), self.epochs, last, prefix)
        return _kept(_kernels, key, lambda: self._fitted(last))

    def _fitted(self, last: int) -> Kernel:
        order = sorted(
            (metrics.get("order", math.inf), trial.number, epoch)
            for trial in self.trials
            for epoch, metrics in trial.epochs.items()
        )
        before: dict[int, list[int]] = {}
        for _, number, epoch in order[:last]:
            before.setdefault(number, []).append(epoch)
        trained = [(self.trials[number], epochs) for number, epochs in sorted(before.items())]
        values = [value for trial, epochs in trained for value in values_of(trial, epochs)]
        groups = unit_cube.groups(self.space)
        try:
            scaled = scores(values)
        except NotReady:
            return Kernel.prior(groups)
        chosen = sample(values, scaled, MOST_FITTED)
        points = self._points([values[index][:2] for index in chosen])
        return gaussian_process.fit(groups, points, scaled[chosen])

    def _points(self, where: Sequence[tuple[int, int]]) -> Points:
        numbers = np.array([number for number, _ in where])
        return Points(self._features[numbers], numbers, self._times([epoch for _, epoch in where]))

    def _new(self, places: Array, epochs: Sequence[int]) -> Points:
        numbers = -1 - np.arange(len(places))
        return Points(unit_cube.features(self.space, places), numbers, self._times(epochs))

    def _times(self, epochs: Sequence[int]) -> Array:
        return np.asarray(np.log(epochs) / math.log(max(2, self.epochs)))


# The latest few: what a search asks for again and again.
_seen: OrderedDict[Any, list[tuple[Mapping[str, Any], list[float]]]] = OrderedDict()
_kernels: OrderedDict[Any, Kernel] = OrderedDict()
_models: OrderedDict[Any, CurveModel] = OrderedDict()


def model(space: Mapping[str, BaseDistribution], trials: Sequence[Trial], epochs: int) -> CurveModel:
    """Return the model after some trials; the same one as long as nothing has changed.

    Raises:
        NotReady: too little is known yet.
    """
    # A kept model holds its trials, so that no other list has their address: two searches share no model.
    key = (
        id(trials),
        tuple(space),
        epochs,
        tuple((trial.epoch, trial.value, trial.state) for trial in trials),
    )
    return _kept(_models, key, lambda: CurveModel(space, trials, epochs))


def _places(space: Mapping[str, BaseDistribution], trials: Sequence[Trial]) -> Array:
    """Return the places of trials in the unit cube, (n, hyperparameters); each is computed once."""
    seen: list[tuple[Mapping[str, Any], list[float]]] = _kept(_seen, tuple(space.items()), list)
    for number, trial in enumerate(trials):
        if number >= len(seen):
            seen.append((trial.params, unit_cube.place_of(space, trial.params)))
        elif seen[number][0] is not trial.params:
            seen[number] = (trial.params, unit_cube.place_of(space, trial.params))
    return np.array([place for _, place in seen[: len(trials)]])


def _kept(cache: OrderedDict[Any, Any], key: Any, make: Any, most: int = 4) -> Any:
    """Return what is kept under a key, or make it."""
    if key not in cache:
        cache[key] = make()
        if len(cache) > most:
            cache.popitem(last=False)
    return cache[key]
