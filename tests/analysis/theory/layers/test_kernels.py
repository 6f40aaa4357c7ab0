"""The table of question 10 begins with raw pixels, the baseline that no convolution has worked on."""

import numpy as np

from analysis.theory.layers.kernels import probes
from analysis.theory.material import Network, untrained
from data import Split


def test_raw_pixels_keep_a_detail_that_averages_lose() -> None:
    rng = np.random.default_rng(0)
    images = np.full((1000, 32, 32, 3), 128, np.uint8)
    labels = rng.integers(0, 8, 1000)
    images[np.arange(1000), 4, labels] = 255  # the class is a place within one part
    (raw, features, score), (_, few, lower), *_ = probes(
        Network(untrained(8), 0.0, Split(images, labels), ())
    )
    assert (raw, features, few) == ("none: raw pixels", 32 * 32 * 3, 12)
    assert score > 0.95
    assert lower < 0.3
