"""A linear classifier finds what can be separated and guesses where nothing can; both of its forms agree."""

import numpy as np
import pytest

from analysis.theory.layers.probe import accuracy, pooled


@pytest.mark.parametrize("features", [5, 200])
def test_it_separates_what_can_be_separated(features: int) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(100) % 2
    x = rng.standard_normal((100, features))
    chance = accuracy((x[:60], labels[:60]), (x[60:], labels[60:]))
    assert 0.25 < chance < 0.75
    x[:, :4] += 8 * labels[:, None]
    assert accuracy((x[:60], labels[:60]), (x[60:], labels[60:])) > 0.9


def test_pooling_averages_parts() -> None:
    maps = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    assert pooled(maps).tolist() == [[2.5, 4.5, 10.5, 12.5]]
