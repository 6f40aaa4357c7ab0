"""Intervals over seeds and images: variance without bias, coverage by simulation, special cases, extremes."""

import math

import numpy as np
import pytest
from scipy import stats

from analysis.statistics.intervals import Interval, paired, wilson
from analysis.statistics.seeds_and_images import accuracy, difference, variance_of
from tests.analysis.statistics.right_and_wrong import Right, trained, vectors


def outcome(seeds: int, images: int, spread: float, rng: np.random.Generator) -> tuple[Right, Right]:
    """Return what two models of 70 % get right that find different images hard."""
    hard = rng.standard_normal(images)
    first, second = (
        trained(rng.normal(0.7, spread, seeds), hard + 0.5 * rng.standard_normal(images), rng)
        for _ in range(2)
    )
    return first, second


def test_the_variance_is_without_bias_with_seeds_images_and_interaction() -> None:
    rng = np.random.default_rng(1)
    gains, estimates = [], []
    for _ in range(800):
        models = [right.astype(np.float32) for right in outcome(3, 200, 0.04, rng)]
        variance = variance_of(models, models[0].mean(axis=0) - models[1].mean(axis=0))
        gains.append(models[0].mean() - models[1].mean())
        estimates.append(variance.seeds + variance.images)
    assert np.mean(estimates) == pytest.approx(np.var(gains), rel=0.17)  # three standard errors


def test_the_mean_squares_are_those_of_an_analysis_of_variance() -> None:
    right = np.random.default_rng(2).random((4, 60)) < 0.6
    values = right.astype(float)
    rest = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    mean_square = (rest**2).sum() / (3 * 59)
    variance = variance_of([right.astype(np.float32)], right.mean(axis=0, dtype=np.float32))
    assert variance.seeds == pytest.approx(values.mean(axis=1).var(ddof=1) / 4)
    assert variance.images == pytest.approx(values.mean(axis=0).var() / 60 - mean_square / 240)


@pytest.mark.parametrize(("seeds", "spread"), [(2, 0.0), (3, 0.06), (5, 0.02)])
def test_models_of_one_distribution_are_rarely_called_different(seeds: int, spread: float) -> None:
    rng = np.random.default_rng(3)
    claims = [difference(*outcome(seeds, 300, spread, rng)).p < 0.05 for _ in range(300)]
    assert np.mean(claims) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_seeds_that_vary_in_one_model_alone_are_not_hidden_by_the_other() -> None:
    rng = np.random.default_rng(4)
    claims = 0
    for _ in range(300):
        hard = rng.standard_normal(1000)
        claims += (
            difference(trained(rng.normal(0.7, 0.05, 3), hard, rng), trained(np.full(3, 0.7), hard, rng)).p
            < 0.05
        )
    assert claims / 300 < 0.09


def test_a_difference_as_large_as_the_issue_names_is_found_about_as_often_as_by_a_t_test() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(100):
        hard = rng.standard_normal(5000)
        first, second = (trained(rng.normal(mean, 0.007, 5), hard, rng) for mean in (0.711, 0.7))
        t_test = stats.ttest_ind(first.mean(axis=1), second.mean(axis=1)).pvalue
        found.append((difference(first, second).p < 0.05, t_test < 0.05))
    ours, t_tests = np.mean(found, axis=0)
    assert ours > t_tests - 0.15 and t_tests > 0.4


def test_one_seed_each_is_the_paired_interval() -> None:
    first, second = vectors(300, 60, 40, 100)
    expected, result = paired(first, second), difference([first], [second])
    assert result.estimate == pytest.approx(expected.estimate) and result.seeds == 1
    assert result.interval.low == pytest.approx(expected.interval.low, abs=1e-6)
    assert result.interval.high == pytest.approx(expected.interval.high, abs=1e-6)


def test_more_seeds_of_one_model_alone_are_still_one_seed() -> None:
    rng = np.random.default_rng(6)
    first, second = outcome(5, 200, 0.02, rng)
    result = difference(first, second[:1])
    assert result.seeds == 1 and result.interval.low < result.estimate < result.interval.high


def test_the_p_value_agrees_with_the_interval() -> None:
    rng = np.random.default_rng(7)
    claims = 0
    for gain in np.linspace(0, 0.2, 12):
        hard = rng.standard_normal(200)
        result = difference(trained(np.full(3, 0.6 + gain), hard, rng), trained(np.full(4, 0.6), hard, rng))
        claims += result.p < 0.05
        assert 0 <= result.p <= 1
        assert (result.p < 0.05) == (result.interval.low > 0 or result.interval.high < 0)
    assert 0 < claims < 12


def test_swapped_models_have_the_opposite_difference() -> None:
    models = outcome(3, 100, 0.05, np.random.default_rng(8))
    there, back = difference(*models), difference(*models[::-1])
    assert there.p == pytest.approx(back.p)
    assert (there.interval.low, there.interval.high) == pytest.approx(
        (-back.interval.high, -back.interval.low)
    )


@pytest.mark.parametrize("seeds", [1, 2, 3])
@pytest.mark.parametrize("images", [1, 500])
@pytest.mark.parametrize("right", [True, False])
def test_models_that_agree_on_every_image_may_differ_on_others(seeds: int, images: int, right: bool) -> None:
    same = np.full((seeds, images), right)
    result = difference(same, same)
    assert result.estimate == 0 and result.p > 0.9
    assert -1 <= result.interval.low < 0 < result.interval.high <= 1
    one = accuracy(same)
    assert one == wilson(images * right, images) if seeds == 1 else 0 <= one.low < one.high <= 1


def test_all_right_against_all_wrong_is_a_difference() -> None:
    right, wrong = np.ones((2, 100), bool), np.zeros((2, 100), bool)
    result = difference(right, wrong)
    assert result.estimate == 1 and result.p < 1e-6 and 0.9 < result.interval.low < result.interval.high <= 1


def test_the_accuracy_of_one_seed_has_wilsons_interval() -> None:
    right = np.arange(263) < 81
    expected, result = wilson(81, 263), accuracy([right])
    assert (result.low, result.high) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_interval_of_an_accuracy_contains_it_on_other_seeds_and_images() -> None:
    rng = np.random.default_rng(9)
    intervals = [accuracy(outcome(5, 300, 0.03, rng)[0]) for _ in range(300)]
    hits = sum(interval.low <= 0.7 <= interval.high for interval in intervals)
    assert 0.91 < hits / 300 <= 1


def test_what_is_not_right_or_wrong_is_refused() -> None:
    with pytest.raises(ValueError, match="same images"):
        difference([[True]], [[True, False]])
    with pytest.raises(ValueError, match="bool"):
        accuracy([[0.5]])
    assert accuracy([[True, False], [True, False]]) != Interval(0, 1)


CLASSES = np.repeat([0, 1, 2], [300, 30, 12])
RECALLS = np.array([0.95, 0.7, 0.5])


def uneven(seeds: int, spread: float, hard: np.ndarray, rng: np.random.Generator) -> Right:
    """Return what a model gets right of classes of different sizes, each with an accuracy of its own."""
    shift = rng.normal(0, spread, seeds)
    parts = [
        trained(np.clip(recall + shift, 0.01, 0.99), hard[each == CLASSES], rng)
        for each, recall in enumerate(RECALLS)
    ]
    return np.hstack(parts)


@pytest.mark.parametrize(("seeds", "spread"), [(1, 0.0), (3, 0.02), (5, 0.0)])
def test_a_balanced_accuracy_is_in_its_interval_where_classes_are_small(seeds: int, spread: float) -> None:
    rng = np.random.default_rng(10)
    hits = 0
    for _ in range(400):
        interval = accuracy(uneven(seeds, spread, rng.standard_normal(len(CLASSES)), rng), CLASSES)
        hits += interval.low <= RECALLS.mean() <= interval.high
    assert hits / 400 > 0.93


@pytest.mark.parametrize(("seeds", "spread"), [(1, 0.0), (3, 0.02), (5, 0.0)])
def test_balanced_accuracies_of_one_distribution_are_rarely_called_different(
    seeds: int, spread: float
) -> None:
    rng = np.random.default_rng(11)
    claims = 0
    for _ in range(400):
        hard = rng.standard_normal(len(CLASSES))
        models = [uneven(seeds, spread, hard, rng) for _ in range(2)]
        claims += difference(models[0], models[1], CLASSES).p < 0.05
    assert claims / 400 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_a_small_class_decides_a_balanced_difference() -> None:
    """The first model is right on all of a class of 40, the second on none; on 4,000 others they agree."""
    classes = np.repeat([0, 1], [4000, 40])
    both = np.arange(4040) % 10 > 0
    first, second = both | (classes == 1), both & (classes == 0)
    plain, balanced = difference([first], [second]), difference([first], [second], classes)
    assert plain.estimate == pytest.approx(40 / 4040) and balanced.estimate == pytest.approx(0.5)
    assert 0.4 < balanced.interval.low < 0.5 < balanced.interval.high < 0.6


def test_one_class_alone_is_the_plain_accuracy() -> None:
    right = outcome(3, 200, 0.03, np.random.default_rng(12))[0]
    plain, balanced = accuracy(right), accuracy(right, np.zeros(200, int))
    assert (balanced.low, balanced.high) == pytest.approx((plain.low, plain.high), abs=0.02)
