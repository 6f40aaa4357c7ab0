"""A 1×1 convolution is a weighted sum of the channels at each pixel."""

import numpy as np

from analysis.theory.layers.pointwise import mixed, principal


def test_it_mixes_each_pixel_by_itself() -> None:
    rng = np.random.default_rng(0)
    features = rng.random((2, 3, 4, 5)).astype(np.float32)
    kernel = rng.random((5, 2)).astype(np.float32)
    expected = np.zeros((2, 3, 4, 2))
    for n, y, x, filter_ in np.ndindex(expected.shape):
        expected[n, y, x, filter_] = sum(features[n, y, x, c] * kernel[c, filter_] for c in range(5))
    np.testing.assert_allclose(mixed(features, kernel), expected, rtol=1e-5)


def test_two_channels_that_show_the_same_keep_everything_in_one_mixture() -> None:
    channel = np.random.default_rng(0).random((1, 8, 8, 1)).astype(np.float32)
    kernel, share = principal(np.concatenate([channel, 2 * channel], axis=-1), 1)
    assert kernel.shape == (2, 1)
    assert share > 0.999
