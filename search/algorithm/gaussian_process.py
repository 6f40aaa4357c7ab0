"""A Gaussian process over (configuration, epoch), for learning curves.

    value(x, t) = trend(t) + effect(x, t) + own(trial, t) + noise

trend is what all curves share; effect is what follows from the configuration x; own is what one training has
besides, and what makes a curve go on as it began (after the freeze-thaw model of Swersky, Snoek & Adams
2014). x is compared by a Matérn 5/2 kernel with a length scale for each hyperparameter, t, the logarithm of
the epoch in [0, 1], by Gaussian kernels. The parameters are those of the highest posterior density.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

Array = NDArray[np.float64]
P = ParamSpec("P")
R = TypeVar("R")

# Log-normal priors (median, standard deviation of the logarithm), for values of variance 1 and places in the
# unit cube. A length scale of a third of the cube lets an effect rise and fall once; the more
# hyperparameters there are, the longer they are, so that the prior of the whole stays as smooth in many
# dimensions (Hvarfner et al. 2024).
_SCALE_OF_4 = (0.3, 1.0)
_PRIORS = (
    *((0.8, 0.5), (1.0, 0.5)),  # effect: standard deviation, length scale of the time
    *((0.3, 0.5), (1.0, 0.5)),  # own
    *((0.7, 0.5), (1.0, 0.5)),  # trend
    (0.1, 0.7),  # noise: standard deviation
)
_WITHIN = 3.0  # standard deviations of the prior
_STEPS = 30  # of the optimizer; more do not change what a search decides
_JITTER = 1e-6
_ROOT_5 = math.sqrt(5)


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function's linear algebra use one thread.

    So a search decides the same whatever the number of cores, and does not wait for cores that its workers
    use: with two threads on two busy cores, a decision took up to 8 s.
    """

    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with _threads().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return alone


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


@dataclass(frozen=True)
class Points:
    """Where curves are: arrays of one length n.

    Attributes:
        features: (n, features), of the configurations.
        trials: (n,), whole numbers: equal ones belong to one training. Negative ones to none so far.
        times: (n,), in [0, 1].
    """

    features: Array
    trials: NDArray[np.int64]
    times: Array

    def at(self, time: float) -> "Points":
        """Return the same trainings at another time."""
        return Points(self.features, self.trials, np.full_like(self.times, time))

    def plus(self, others: "Points") -> "Points":
        """Return these and others."""
        return Points(
            np.vstack([self.features, others.features]),
            np.concatenate([self.trials, others.trials]),
            np.concatenate([self.times, others.times]),
        )


@dataclass(frozen=True)
class Kernel:
    """The covariance of two points.

    Attributes:
        groups: (features,), which hyperparameter each feature belongs to: 0, 1, … in ascending order.
        parameters: logarithms of the length scales, one for each hyperparameter, and of the others, in the
            order of `_PRIORS`.
    """

    groups: NDArray[np.int64]
    parameters: Array

    @classmethod
    def prior(cls, groups: NDArray[np.int64]) -> "Kernel":
        """Return the kernel at the medians of the priors."""
        return cls(groups, _prior(int(groups.max()) + 1)[0])

    @property
    def _hyperparameters(self) -> int:
        return int(self.groups.max()) + 1

    @property
    def _rest(self) -> Array:
        rest: Array = np.exp(self.parameters[self._hyperparameters :])
        return rest

    @property
    def noise(self) -> float:
        """Variance of a single value."""
        return float(self._rest[6] ** 2)

    @property
    def variance(self) -> float:
        """Variance of a point before anything is known, without the noise."""
        return float((self._rest[[0, 2, 4]] ** 2).sum())

    def covariance(self, left: Points, right: Points) -> Array:
        """Return (left, right), without the noise."""
        effect, own, trend = self._parts(left, right)[:3]
        return effect + own + trend

    def covariance_in_time(self, left: Points, right: Points) -> Array:
        """Return (n,), the covariance of the same trainings at two times, point by point."""
        s_effect, l_effect, s_own, l_own, s_trend, l_trend, _ = self._rest
        square = (left.times - right.times) ** 2
        return np.asarray(
            s_effect**2 * np.exp(-square / (2 * l_effect**2))
            + s_own**2 * np.exp(-square / (2 * l_own**2))
            + s_trend**2 * np.exp(-square / (2 * l_trend**2))
        )

    def _scaled(self, features: Array) -> Array:
        scales = np.exp(self.parameters[: self._hyperparameters])
        return features / scales[self.groups]

    def _parts(self, left: Points, right: Points) -> tuple[Array, ...]:
        """Return the three covariances, d effect / d (squared distance), and the squared times."""
        a, b = self._scaled(left.features), self._scaled(right.features)
        square = np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T, 0)
        distance = _ROOT_5 * np.sqrt(square)
        fading = np.exp(-distance)
        times = (left.times[:, None] - right.times[None]) ** 2
        s_effect, l_effect, s_own, l_own, s_trend, l_trend, _ = self._rest
        in_time = s_effect**2 * np.exp(-times / (2 * l_effect**2))
        effect = in_time * (1 + distance + 5 / 3 * square) * fading
        same = left.trials[:, None] == right.trials[None]
        own = s_own**2 * same * np.exp(-times / (2 * l_own**2))
        trend = s_trend**2 * np.exp(-times / (2 * l_trend**2))
        return effect, own, trend, in_time * (5 / 3) * (1 + distance) * fading, times


class Posterior:
    """What is known about all points after some values.

    Args:
        kernel: of the process.
        points: n of them.
        values: (n,), of mean 0.
    """

    @one_thread
    def __init__(self, kernel: Kernel, points: Points, values: Array) -> None:
        self.kernel, self.points, self.values = kernel, points, values
        covariance = kernel.covariance(points, points)
        covariance[np.diag_indices(len(values))] += kernel.noise + _JITTER
        self._root = np.linalg.cholesky(covariance)
        self._weights = self._solve(values)

    @one_thread
    def predict(self, points: Points) -> tuple[Array, Array]:
        """Return mean and standard deviation of some points, (n,) each, without the noise."""
        solved = self._solve(self.kernel.covariance(self.points, points))
        variance = self.kernel.variance - (solved * solved).sum(0)
        return solved.T @ self._weights, np.sqrt(np.maximum(variance, 1e-10))

    @one_thread
    def change(self, measured: Points, time: float) -> tuple[Array, Array]:
        """Return what measuring each of some points would tell about the same training at another time.

        Returns:
            Mean at that time now, and the standard deviation of how measuring will change it; (n,) each.
        """
        later = measured.at(time)
        now = self._solve(self.kernel.covariance(self.points, measured))
        then = self._solve(self.kernel.covariance(self.points, later))
        shared = self.kernel.covariance_in_time(measured, later) - (now * then).sum(0)
        variance = self.kernel.variance + self.kernel.noise - (now * now).sum(0)
        return then.T @ self._weights, np.abs(shared) / np.sqrt(np.maximum(variance, 1e-10))

    def _solve(self, right: Array) -> Array:
        return np.asarray(solve_triangular(self._root, right, lower=True, check_finite=False))


@one_thread
def fit(groups: NDArray[np.int64], points: Points, values: Array) -> Kernel:
    """Return the kernel of the highest posterior density, given values of mean 0 and variance about 1.

    Args:
        groups: see `Kernel`.
        points: n of them; the time needed grows with the cube of n.
        values: (n,).
    """
    center, spread = _prior(int(groups.max()) + 1)
    result = minimize(
        _loss,
        center,
        args=(groups, points, values, center, spread),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(center - _WITHIN * spread, center + _WITHIN * spread, strict=True)),
        options={"maxiter": _STEPS},
    )
    return Kernel(groups, result.x)


def _prior(hyperparameters: int) -> tuple[Array, Array]:
    """Return mean and standard deviation of the logarithms of all parameters."""
    median, deviation = _SCALE_OF_4
    scales = [(median * math.sqrt(hyperparameters / 4), deviation)] * hyperparameters
    medians, deviations = np.array([*scales, *_PRIORS]).T
    return np.log(medians), deviations


def _loss(
    parameters: Array, groups: NDArray[np.int64], points: Points, values: Array, center: Array, spread: Array
) -> tuple[float, Array]:
    """Return the negative logarithm of the posterior density, and its gradient."""
    kernel = Kernel(groups, parameters)
    effect, own, trend, slope, times = kernel._parts(points, points)
    covariance = effect + own + trend
    covariance[np.diag_indices(len(values))] += kernel.noise + _JITTER
    factor = cho_factor(covariance, lower=True, check_finite=False)
    inverse = cho_solve(factor, np.eye(len(values)), check_finite=False)
    weights = inverse @ values
    off = (parameters - center) / spread
    loss = 0.5 * values @ weights + np.log(np.diag(factor[0])).sum() + 0.5 * off @ off
    by_covariance = 0.5 * (inverse - np.outer(weights, weights))  # d loss / d covariance
    _, l_effect, _, l_own, _, l_trend, _ = kernel._rest
    # d covariance / d log scale = slope × (scaled difference)², summed over all pairs.
    pulled, scaled = by_covariance * slope, kernel._scaled(points.features)
    by_feature = 2 * (scaled * scaled * pulled.sum(1)[:, None] - scaled * (pulled @ scaled)).sum(0)
    gradient = [
        *np.bincount(groups, by_feature),
        2 * (by_covariance * effect).sum(),
        (by_covariance * effect * times).sum() / l_effect**2,
        2 * (by_covariance * own).sum(),
        (by_covariance * own * times).sum() / l_own**2,
        2 * (by_covariance * trend).sum(),
        (by_covariance * trend * times).sum() / l_trend**2,
        2 * kernel.noise * np.trace(by_covariance),
    ]
    return float(loss), np.array(gradient) + off / spread
