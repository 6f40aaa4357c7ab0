"""Each level of a pyramid is a smoothed smaller copy."""

import numpy as np

from analysis.theory.layers.pyramid import pyramid


def test_levels_shrink_and_keep_the_mean_of_a_fine_pattern() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))[..., None].repeat(3, axis=2)
    levels = pyramid(stripes, levels=3, scale=0.5)
    assert [level.shape for level in levels] == [(64, 64, 3), (32, 32, 3), (16, 16, 3)]
    assert levels[1].std() < 1  # no false coarse stripes
    assert abs(float(levels[1].mean()) - 127.5) < 1
