"""The bootstrap over seeds and images: coverage by simulation, known special cases, extreme inputs."""

import math

import numpy as np
import pytest
from scipy import stats

from analysis.statistics.bootstrap import over_seeds_and_images
from analysis.statistics.intervals import paired
from tests.analysis.statistics.right_and_wrong import enough, trained, vectors


@pytest.mark.parametrize(("seeds", "spread"), [(2, 0.0), (3, 0.06)])
def test_coverage_of_the_bootstrap_with_few_seeds(seeds: int, spread: float) -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for number in range(150):
        hard = rng.standard_normal(300)
        models = (trained(rng.normal(mean, spread, seeds), hard, rng) for mean in (0.72, 0.7))
        result = over_seeds_and_images(*models, seed=number, resamples=100).interval
        hits += result.low <= 0.02 <= result.high
    assert enough(hits, 150)


def test_a_bootstrap_of_one_seed_each_is_the_paired_interval() -> None:
    first, second = vectors(300, 60, 40, 100)
    expected, result = paired(first, second), over_seeds_and_images([first], [second])
    assert result.estimate == pytest.approx(expected.estimate) and result.seeds == 1
    assert result.interval.low == pytest.approx(expected.interval.low, abs=0.003)
    assert result.interval.high == pytest.approx(expected.interval.high, abs=0.003)


def test_a_bootstrap_of_few_seeds_is_as_wide_as_variance_components_and_welch_make_it() -> None:
    rng = np.random.default_rng(4)
    hard = rng.standard_normal(2000)
    first, second = (trained(rng.normal(mean, 0.05, 3), hard, rng) for mean in (0.7, 0.7))
    means = first.mean(axis=1), second.mean(axis=1)
    seeds = [stats.sem(mean) ** 2 for mean in means]
    error = math.sqrt(sum(seeds) + np.var(first.mean(axis=0) - second.mean(axis=0)) / 2000)
    freedom = error**4 / sum(variance**2 / 2 for variance in seeds)
    result = over_seeds_and_images(first, second).interval
    assert freedom < 6  # so the normal distribution's 1.96 would be far off
    assert result.high - result.low == pytest.approx(2 * stats.t.ppf(0.975, freedom) * error, rel=0.06)


def test_the_bootstrap_is_seeded_and_its_p_value_agrees_with_its_interval() -> None:
    rng = np.random.default_rng(5)
    for gain in (0.0, 0.03, 0.06, 0.2):
        hard = rng.standard_normal(200)
        models = trained(np.full(3, 0.6 + gain), hard, rng), trained(np.full(4, 0.6), hard, rng)
        result = over_seeds_and_images(*models, resamples=200)
        assert result == over_seeds_and_images(*models, resamples=200)
        assert result != over_seeds_and_images(*models, resamples=200, seed=1)
        assert (result.p < 0.05) == (result.interval.low > 0 or result.interval.high < 0)


@pytest.mark.parametrize("images", [1, 500])
@pytest.mark.parametrize("right", [True, False])
def test_models_that_agree_on_every_image_are_not_known_to_agree_on_all(images: int, right: bool) -> None:
    same = np.full((3, images), right)
    for result in (paired(same[0], same[0]), over_seeds_and_images(same, same, resamples=200)):
        assert result.estimate == 0 and result.p > 0.9
        assert -1 <= result.interval.low < 0 < result.interval.high <= 1
    assert paired(same[0], same[0]).interval.high > 2 / (images + 2) - 1e-9


def test_all_right_against_all_wrong_is_a_difference() -> None:
    right, wrong = np.ones((2, 100), bool), np.zeros((2, 100), bool)
    for result in (paired(right[0], wrong[0]), over_seeds_and_images(right, wrong)):
        assert (
            result.estimate == 1 and result.p < 1e-6 and 0.9 < result.interval.low < result.interval.high <= 1
        )
