"""Many pictures in one array: their places, the gaps between them, and places left over."""

import numpy as np
import pytest

from analysis.explain._mosaic import mosaic


@pytest.mark.parametrize("colours", [(), (3,)])
def test_pictures_are_laid_out_in_rows_with_gaps(colours: tuple[int, ...]) -> None:
    pictures = np.random.default_rng(0).random((5, 20, 40, *colours)).astype(np.float32)
    sheet = mosaic(pictures, columns=3)
    gap = 2  # a twentieth of the width
    assert sheet.shape == (2 * 20 + gap, 3 * 40 + 2 * gap, *colours)
    np.testing.assert_array_equal(sheet[:20, :40], pictures[0])
    np.testing.assert_array_equal(sheet[:20, 42:82], pictures[1])
    np.testing.assert_array_equal(sheet[22:, 42:82], pictures[4])
    assert np.isnan(sheet[20:22]).all() and np.isnan(sheet[:, 40:42]).all()
    assert np.isnan(sheet[22:, 84:]).all()  # the place of a sixth picture


def test_small_pictures_have_a_gap_of_one_pixel() -> None:
    assert mosaic(np.zeros((2, 4, 4), np.float32), columns=2).shape == (4, 9)
