"""The default sampler learns from what was trained, of every length."""

import numpy as np
import pytest

from search.algorithm.samplers.forecast import expected_improvement
from tests.search.algorithm.samplers.conftest import late_mean


def test_it_learns() -> None:
    assert late_mean("forecast") > late_mean("random") + 0.1


def test_the_improvement_is_the_mean_of_what_is_above_the_best() -> None:
    draws = np.random.default_rng(0).normal(1.0, 2.0, 200_000)
    expected = np.maximum(draws - 1.5, 0).mean()
    (improvement,) = expected_improvement(np.array([1.0]), np.array([2.0]), 1.5)
    assert improvement == pytest.approx(expected, rel=0.02)
