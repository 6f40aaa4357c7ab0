"""Max pooling keeps an edge that moves within a square, and not one that leaves it."""

import numpy as np

from analysis.theory.layers.pooling import change, pooled


def test_a_move_within_a_square_changes_nothing_and_one_out_of_it_does() -> None:
    maps = np.zeros((3, 4, 4, 1), np.float32)
    maps[0, 1, 0], maps[1, 1, 1], maps[2, 1, 2] = 1, 1, 1
    first, within, beyond = pooled(maps, 2)
    assert change(first, within) == 0
    assert change(first, beyond) > 1
    assert change(maps[0], maps[1]) > 1
