"""The Gaussian process: its gradient, its forecasts, and what it makes of curves."""

import numpy as np
import pytest

from search.algorithm import gaussian_process
from search.algorithm.gaussian_process import Kernel, Points, Posterior, fit

GROUPS = np.array([0, 1, 1, 2])  # the second hyperparameter has two columns


def some_points(number: int = 12, seed: int = 0) -> Points:
    rng = np.random.default_rng(seed)
    return Points(rng.random((number, 4)), rng.integers(0, 4, number), rng.random(number))


def test_the_gradient_is_that_of_the_loss() -> None:
    points, values = some_points(), np.random.default_rng(1).normal(size=12)
    center, spread = gaussian_process._prior(3)
    at = center + 0.3 * np.random.default_rng(2).normal(size=len(center))
    arguments = (GROUPS, points, values, center, spread)
    _, gradient = gaussian_process._loss(at, *arguments)
    for index in range(len(at)):
        step = np.zeros_like(at)
        step[index] = 1e-5
        above, below = (gaussian_process._loss(at + sign * step, *arguments)[0] for sign in (1, -1))
        assert gradient[index] == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-5)


def test_a_forecast_is_the_conditional_normal_distribution() -> None:
    kernel = Kernel.prior(GROUPS)
    known, asked = some_points(), some_points(5, seed=3)
    values = np.random.default_rng(1).normal(size=12)
    noise = (kernel.noise + gaussian_process._JITTER) * np.eye(12)
    weights = kernel.covariance(asked, known) @ np.linalg.inv(kernel.covariance(known, known) + noise)
    mean, deviation = Posterior(kernel, known, values).predict(asked)
    np.testing.assert_allclose(mean, weights @ values, atol=1e-8)
    covariance = kernel.covariance(asked, asked) - weights @ kernel.covariance(known, asked)
    np.testing.assert_allclose(deviation**2, np.diag(covariance), atol=1e-8)


def test_the_change_of_a_forecast_is_what_measuring_changes_on_average() -> None:
    kernel, known = Kernel.prior(GROUPS), some_points()
    values = np.random.default_rng(1).normal(size=12)
    posterior = Posterior(kernel, known, values)
    measured = Points(known.features[:1], known.trials[:1], np.array([0.6]))
    mean, change = posterior.change(measured, 1.0)
    now, deviation = posterior.predict(measured)
    rng, forecasts = np.random.default_rng(4), []
    for _ in range(400):
        value = now + np.sqrt(deviation**2 + kernel.noise) * rng.normal(size=1)
        after = Posterior(kernel, known.plus(measured), np.concatenate([values, value]))
        forecasts.append(after.predict(measured.at(1.0))[0][0])
    assert np.mean(forecasts) == pytest.approx(mean[0], abs=0.2 * change[0])
    assert np.std(forecasts) == pytest.approx(change[0], rel=0.1)


def test_it_finds_which_hyperparameter_matters() -> None:
    points = some_points(80)
    values = np.sin(5 * points.features[:, 0]) + 0.1 * np.random.default_rng(1).normal(size=80)
    scales = fit(GROUPS, points, (values - values.mean()) / values.std()).parameters[:3]
    assert scales[0] < scales[1] - 0.5 and scales[0] < scales[2] - 0.5
