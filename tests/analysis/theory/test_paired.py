"""A difference of two classifiers is taken image by image: equal ones differ by nothing, without doubt."""

import numpy as np
import pytest

from analysis.theory.paired import difference


@pytest.mark.parametrize(
    ("other", "expected"),
    [([1, 1, 0, 0], "0.0 ± 0.0"), ([1, 0, 0, 0], "−25.0 ± 43.3"), ([0, 0, 1, 1], "0.0 ± 100.0")],
)
def test_a_difference_is_of_the_same_images(other: list[int], expected: str) -> None:
    assert difference(np.array([1, 1, 0, 0]), np.array(other)) == expected
