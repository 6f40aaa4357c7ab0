"""The conclusion of a comparison claims no more than its interval and its corrected p-value allow."""

import math

import numpy as np
import pytest

from analysis.document.conclusion import conclusion
from analysis.statistics.intervals import Difference, Interval, paired


def conclude(estimate: float, low: float, high: float, p: float, corrected: float | None = None) -> str:
    difference = Difference(estimate, Interval(low, high), p, seeds=5)
    return conclusion("inception", "basic", difference, p if corrected is None else corrected)


def test_the_sentences() -> None:
    assert conclude(0.012, 0.004, 0.020, 0.003) == "inception over basic: +1.2 points, interval 0.4 to 2.0"
    assert conclude(-0.012, -0.020, -0.004, 0.003) == "basic over inception: +1.2 points, interval 0.4 to 2.0"
    assert conclude(-0.003, -0.014, 0.008, 0.6) == (
        "inception against basic: no difference shown at this size (−0.3 points, interval −1.4 to 0.8)"
    )
    assert conclude(0.012, 0.001, 0.023, 0.03, corrected=0.09) == (
        "inception against basic: no difference shown once corrected for the number of comparisons "
        "(+1.2 points, interval 0.1 to 2.3, corrected p = 0.09)"
    )


@pytest.mark.parametrize(
    ("estimate", "low", "high", "p"),
    [
        (0.012, 0.0004, 0.023, 0.04),  # printed, the interval begins at 0.0
        (0.012, -0.001, 0.025, 0.04),  # test and interval disagree
        (0.012, 0.001, 0.023, 0.05),
        (-0.012, -0.023, -0.0004, 0.04),
        (0.0, 0.0, 0.0, 1.0),
    ],
)
def test_no_claim_is_stronger_than_its_interval(estimate: float, low: float, high: float, p: float) -> None:
    assert "no difference shown at this size" in conclude(estimate, low, high, p)
    assert " over " not in conclude(estimate, low, high, p)


def test_a_comparison_of_single_trainings_says_so() -> None:
    difference = Difference(0.1, Interval(0.07, 0.13), p=0.001, seeds=1)
    assert conclusion("a", "b", difference, difference.p) == (
        "a over b: +10.0 points, interval 7.0 to 13.0; for these trained models, other seeds may differ"
    )


@pytest.mark.parametrize("images", [1, 500])
def test_models_that_agree_on_every_image_are_not_called_equal(images: int) -> None:
    difference = paired(np.ones(images), np.ones(images))
    assert conclusion("a", "b", difference, difference.p).startswith(
        "a against b: no difference shown at this size (0.0"
    )


@pytest.mark.parametrize("p", [math.nan, math.inf])
def test_nothing_is_concluded_from_what_is_not_a_number(p: float) -> None:
    with pytest.raises(ValueError, match="inception against basic"):
        conclude(0.012, 0.004, 0.020, p)
