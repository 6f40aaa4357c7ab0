"""Numbers and names in documents: rounding never makes a claim stronger, and no local path is left."""

import math

import pytest

from analysis.document.wording import (
    listed,
    minutes,
    outwards,
    p_value,
    percent,
    points,
    span,
    value,
    without_folders,
)
from analysis.statistics.intervals import Interval


def test_shares_and_differences() -> None:
    assert percent(0.6283) == "62.8\N{NO-BREAK SPACE}%"
    assert [points(gain) for gain in (0.0314, -0.0028, -0.0001, 0.0)] == ["+3.1", "−0.3", "0.0", "0.0"]


@pytest.mark.parametrize(("low", "high"), [(0.61237, 0.64211), (-0.00281, 0.01), (-1.0, 1.0), (0.62, 0.62)])
def test_an_interval_never_becomes_narrower(low: float, high: float) -> None:
    printed = outwards(Interval(low, high))
    assert printed.low <= 100 * low + 1e-9 and printed.high >= 100 * high - 1e-9
    assert printed.high - printed.low <= 100 * (high - low) + 0.2 + 1e-9


def test_a_round_end_stays_as_it_is() -> None:
    assert outwards(Interval(0.57, 0.583)) == Interval(57.0, 58.3)  # 0.583 × 1000 is 582.99…
    assert span(Interval(-0.00281, -0.0)) == "−0.3 to 0.0"


def test_p_values_and_durations() -> None:
    assert [p_value(p) for p in (0.0312, 0.001, 0.00099, 1.0)] == ["0.031", "0.001", "< 0.001", "1.000"]
    assert [minutes(seconds) for seconds in (42.4, 98.9, 754)] == ["42 s", "99 s", "12.6 min"]


@pytest.mark.parametrize(
    ("setting", "text"), [(0.0040877443, "0.00409"), ("batch", "batch"), (True, "True"), (3, "3")]
)
def test_hyperparameters_are_written_as_they_are_typed(setting: object, text: str) -> None:
    assert value(setting) == text


def test_enumerations() -> None:
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b"], "or") == "a or b"
    assert listed(["a"]) == "a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--weights /home/me/vgg16.npz", "--weights …/vgg16.npz"),
        ("cannot read '~/data/x.npy': denied", "cannot read '…/x.npy': denied"),
        ("--parent cats_dogs_vgg16/first", "--parent cats_dogs_vgg16/first"),
        ("about 1/3 of them", "about 1/3 of them"),
    ],
)
def test_absolute_paths_lose_their_folders(text: str, expected: str) -> None:
    assert without_folders(text) == expected


def test_nothing_is_made_of_a_number_that_is_none() -> None:
    with pytest.raises(ValueError, match="NaN"):
        outwards(Interval(math.nan, 1.0))
