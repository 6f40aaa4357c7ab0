"""Intervals and tests against scipy, statsmodels and printed examples; coverage by simulation; extremes."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from analysis.statistics.bootstrap import over_seeds_and_images
from analysis.statistics.intervals import Interval, holm, over_seeds, paired, wilson

Right = NDArray[np.bool_]


def vectors(both: int, first: int, second: int, neither: int) -> tuple[Right, Right]:
    """Return what two models get right on images of which so many are right in both, in one, in neither."""
    cells = np.repeat([(1, 1), (1, 0), (0, 1), (0, 0)], (both, first, second, neither), axis=0)
    return cells[:, 0].astype(bool), cells[:, 1].astype(bool)


def enough(hits: int, of: int) -> bool:
    """Whether a 95 % interval held the truth often enough: three standard errors are allowed."""
    return hits / of > 0.95 - 3 * math.sqrt(0.95 * 0.05 / of)


def test_the_interval_over_seeds_is_students() -> None:
    accuracies = [0.61, 0.64, 0.62, 0.66, 0.63]
    found = over_seeds(accuracies)
    low, high = stats.t.interval(0.95, 4, np.mean(accuracies), stats.sem(accuracies))
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high))
    assert (found.seeds, found.mean) == (5, pytest.approx(0.632))
    assert found.deviation == pytest.approx(stats.tstd(accuracies))


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = over_seeds([0.7])
    assert (found.seeds, found.mean, found.deviation, found.interval) == (1, 0.7, None, None)


def test_equal_accuracies_have_no_spread_and_no_interval_leaves_0_to_1() -> None:
    assert over_seeds([0.5, 0.5, 0.5]).interval == Interval(0.5, 0.5)
    assert over_seeds([1.0, 0.5]).interval == Interval(0.0, 1.0)


@pytest.mark.parametrize("wrong", [[], [0.5, 1.2], [math.nan, 0.5]])
def test_accuracies_that_are_none_are_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        over_seeds(wrong)


@pytest.mark.parametrize(
    ("right", "images", "low", "high"),  # printed in Newcombe 1998, table I
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_printed_intervals(right: int, images: int, low: float, high: float) -> None:
    found = wilson(right, images)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("right", "images"), [(0, 1), (1, 1), (7123, 10000), (10000, 10000)])
def test_wilson_is_that_of_statsmodels_also_at_the_ends(right: int, images: int) -> None:
    found = wilson(right, images)
    expected = proportion_confint(right, images, method="wilson")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)
    assert 0 <= found.low < found.high <= 1


@pytest.mark.parametrize(("right", "images"), [(0, 0), (2, 1), (-1, 5)])
def test_wilson_refuses_what_is_no_share(right: int, images: int) -> None:
    with pytest.raises(ValueError, match="of at least one"):
        wilson(right, images)


@pytest.mark.parametrize("table", [(794, 150, 86, 570), (900, 41, 19, 40), (3, 1, 0, 0), (0, 6, 6, 0)])
def test_the_paired_test_is_mcnemars_exact_one(table: tuple[int, int, int, int]) -> None:
    both, first, second, neither = table
    expected = mcnemar([[both, first], [second, neither]], exact=True).pvalue
    assert paired(*vectors(*table)).p == pytest.approx(expected)


def test_the_paired_interval_is_walds_with_two_images_more() -> None:
    # The approval of a prime minister asked twice: Agresti, Categorical Data Analysis, table 10.1.
    one, other = vectors(794, 150, 86, 570)
    found = paired(one, other)
    each = np.append(one.astype(float) - other, [1, -1])
    expected = stats.norm.interval(0.95, each.mean(), each.std() / math.sqrt(len(each)))
    assert found.estimate == 64 / 1600
    assert (found.interval.low, found.interval.high) == pytest.approx(expected)
    # Agresti prints Wald's own, 0.021 to 0.059: the same at this size.
    assert (round(found.interval.low, 3), round(found.interval.high, 3)) == (0.021, 0.059)


def test_holm_is_that_of_statsmodels() -> None:
    p_values = np.random.default_rng(0).uniform(0, 0.2, 9)
    assert holm(p_values.tolist()) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_holm_refuses_what_is_no_p_value() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        holm([0.01, math.nan])


def test_coverage_over_seeds() -> None:
    drawn = np.random.default_rng(1).normal(0.6, 0.01, (1000, 3))
    found = [over_seeds(each.tolist()).interval or Interval(1, 0) for each in drawn]
    hits = sum(each.low <= 0.6 <= each.high for each in found)
    assert enough(hits, 1000)
    assert hits < 970  # and not for being far too wide


def test_coverage_of_wilson() -> None:
    found = [wilson(right, 100) for right in range(101)]
    for accuracy in (0.02, 0.1, 0.3, 0.5, 0.9, 0.99):
        held = [each.low <= accuracy <= each.high for each in found]
        assert 0.92 < stats.binom.pmf(np.arange(101), 100, accuracy) @ held < 0.985, accuracy


@pytest.mark.parametrize("cells", [(0.6, 0.1, 0.08, 0.22), (0.9, 0.02, 0.01, 0.07), (0.5, 0.3, 0.1, 0.1)])
def test_coverage_of_the_paired_interval(cells: tuple[float, ...]) -> None:
    tables = np.random.default_rng(2).multinomial(200, cells, 500)
    found = [paired(*vectors(*table)).interval for table in tables]
    assert enough(sum(each.low <= cells[1] - cells[2] <= each.high for each in found), 500)


def trained(accuracies: NDArray[np.float64], hard: NDArray[np.float64], rng: np.random.Generator) -> Right:
    """Return what models of some accuracies get right, (seeds, images), of images that are hard or easy."""
    noise = hard + rng.standard_normal((len(accuracies), len(hard)))
    return noise < math.sqrt(2) * stats.norm.ppf(accuracies)[:, None]


@pytest.mark.parametrize(("seeds", "spread"), [(2, 0.0), (3, 0.06)])
def test_coverage_of_the_bootstrap_with_few_seeds(seeds: int, spread: float) -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for number in range(150):
        hard = rng.standard_normal(300)
        models = (trained(rng.normal(mean, spread, seeds), hard, rng) for mean in (0.72, 0.7))
        found = over_seeds_and_images(*models, seed=number, resamples=100).interval
        hits += found.low <= 0.02 <= found.high
    assert enough(hits, 150)


def test_a_bootstrap_of_one_seed_each_is_the_paired_interval() -> None:
    one, other = vectors(300, 60, 40, 100)
    expected, found = paired(one, other), over_seeds_and_images([one], [other])
    assert found.estimate == pytest.approx(expected.estimate) and found.seeds == 1
    assert found.interval.low == pytest.approx(expected.interval.low, abs=0.003)
    assert found.interval.high == pytest.approx(expected.interval.high, abs=0.003)


def test_a_bootstrap_of_few_seeds_is_as_wide_as_variance_components_and_welch_make_it() -> None:
    rng = np.random.default_rng(4)
    hard = rng.standard_normal(2000)
    one, other = (trained(rng.normal(mean, 0.05, 3), hard, rng) for mean in (0.7, 0.7))
    means = one.mean(axis=1), other.mean(axis=1)
    seeds = [stats.sem(each) ** 2 for each in means]
    error = math.sqrt(sum(seeds) + np.var(one.mean(axis=0) - other.mean(axis=0)) / 2000)
    freedom = error**4 / sum(each**2 / 2 for each in seeds)
    found = over_seeds_and_images(one, other).interval
    assert freedom < 6  # so the normal distribution's 1.96 would be far off
    assert found.high - found.low == pytest.approx(2 * stats.t.ppf(0.975, freedom) * error, rel=0.06)


def test_the_bootstrap_is_seeded_and_its_p_value_agrees_with_its_interval() -> None:
    rng = np.random.default_rng(5)
    for gain in (0.0, 0.03, 0.06, 0.2):
        hard = rng.standard_normal(200)
        models = trained(np.full(3, 0.6 + gain), hard, rng), trained(np.full(4, 0.6), hard, rng)
        found = over_seeds_and_images(*models, resamples=200)
        assert found == over_seeds_and_images(*models, resamples=200)
        assert found != over_seeds_and_images(*models, resamples=200, seed=1)
        assert (found.p < 0.05) == (found.interval.low > 0 or found.interval.high < 0)


@pytest.mark.parametrize("images", [1, 500])
@pytest.mark.parametrize("right", [True, False])
def test_models_that_agree_on_every_image_are_not_known_to_agree_on_all(images: int, right: bool) -> None:
    same = np.full((3, images), right)
    for found in (paired(same[0], same[0]), over_seeds_and_images(same, same, resamples=200)):
        assert found.estimate == 0 and found.p > 0.9
        assert -1 <= found.interval.low < 0 < found.interval.high <= 1
    assert paired(same[0], same[0]).interval.high > 2 / (images + 2) - 1e-9


def test_all_right_against_all_wrong_is_a_difference() -> None:
    every, none = np.ones((2, 100), bool), np.zeros((2, 100), bool)
    for found in (paired(every[0], none[0]), over_seeds_and_images(every, none)):
        assert found.estimate == 1 and found.p < 1e-6 and 0.9 < found.interval.low < found.interval.high <= 1


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([True], [True, False], "same images"),
        ([], [], "bool"),
        ([0.3], [True], "bool"),
        ([[True]], [[True]], "(images,)"),
    ],
)
def test_what_cannot_be_compared_is_refused(first: list[bool], second: list[bool], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(").replace(")", r"\)")):
        paired(first, second)
