"""Intervals and tests against scipy, statsmodels and printed examples; coverage by simulation; extremes."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from analysis.statistics.intervals import Interval, holm, over_seeds, paired, wilson
from tests.analysis.statistics.right_and_wrong import enough, vectors


def test_the_interval_over_seeds_is_students() -> None:
    accuracies = [0.61, 0.64, 0.62, 0.66, 0.63]
    result = over_seeds(accuracies)
    low, high = stats.t.interval(0.95, 4, np.mean(accuracies), stats.sem(accuracies))
    assert result.interval is not None
    assert (result.interval.low, result.interval.high) == pytest.approx((low, high))
    assert (result.seeds, result.mean) == (5, pytest.approx(0.632))
    assert result.deviation == pytest.approx(stats.tstd(accuracies))


def test_one_seed_has_a_mean_and_no_interval() -> None:
    result = over_seeds([0.7])
    assert (result.seeds, result.mean, result.deviation, result.interval) == (1, 0.7, None, None)


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
    result = wilson(right, images)
    assert (round(result.low, 4), round(result.high, 4)) == (low, high)


@pytest.mark.parametrize(("right", "images"), [(0, 1), (1, 1), (7123, 10000), (10000, 10000)])
def test_wilson_is_that_of_statsmodels_also_at_the_ends(right: int, images: int) -> None:
    result = wilson(right, images)
    expected = proportion_confint(right, images, method="wilson")
    assert (result.low, result.high) == pytest.approx(expected, abs=1e-12)
    assert 0 <= result.low < result.high <= 1


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
    first, second = vectors(794, 150, 86, 570)
    result = paired(first, second)
    gains = np.append(first.astype(float) - second, [1, -1])
    expected = stats.norm.interval(0.95, gains.mean(), gains.std() / math.sqrt(len(gains)))
    assert result.estimate == 64 / 1600
    assert (result.interval.low, result.interval.high) == pytest.approx(expected)
    # Agresti prints Wald's own, 0.021 to 0.059: the same at this size.
    assert (round(result.interval.low, 3), round(result.interval.high, 3)) == (0.021, 0.059)


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
    samples = np.random.default_rng(1).normal(0.6, 0.01, (1000, 3))
    intervals = [over_seeds(sample.tolist()).interval or Interval(1, 0) for sample in samples]
    hits = sum(interval.low <= 0.6 <= interval.high for interval in intervals)
    assert enough(hits, 1000)
    assert hits < 970  # and not for being far too wide


def test_coverage_of_wilson() -> None:
    intervals = [wilson(right, 100) for right in range(101)]
    for accuracy in (0.02, 0.1, 0.3, 0.5, 0.9, 0.99):
        held = [interval.low <= accuracy <= interval.high for interval in intervals]
        assert 0.92 < stats.binom.pmf(np.arange(101), 100, accuracy) @ held < 0.985, accuracy


@pytest.mark.parametrize("cells", [(0.6, 0.1, 0.08, 0.22), (0.9, 0.02, 0.01, 0.07), (0.5, 0.3, 0.1, 0.1)])
def test_coverage_of_the_paired_interval(cells: tuple[float, ...]) -> None:
    tables = np.random.default_rng(2).multinomial(200, cells, 500)
    intervals = [paired(*vectors(*table)).interval for table in tables]
    gain = cells[1] - cells[2]
    assert enough(sum(interval.low <= gain <= interval.high for interval in intervals), 500)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([True], [True, False], "same images"),
        ([], [], "bool"),
        ([0.3], [True], "bool"),
        ([[True]], [[True]], "(images,)"),
    ],
)
def test_what_cannot_be_compared_is_refused(first: list[bool], second: list[bool], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        paired(first, second)
