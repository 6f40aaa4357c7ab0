"""Max pooling keeps an edge that moves within a square, and not one that leaves it."""

import numpy as np

from analysis.theory.layers.pooling import POOLS, SHIFTS, change, figure, pooled


def test_a_move_within_a_square_changes_nothing_and_one_out_of_it_does() -> None:
    maps = np.zeros((3, 4, 4, 1), np.float32)
    maps[0, 1, 0], maps[1, 1, 1], maps[2, 1, 2] = 1, 1, 1
    first, within, beyond = pooled(maps, 2)
    assert change(first, within) == 0
    assert change(first, beyond) > 1
    assert change(maps[0], maps[1]) > 1


def test_the_figure_gives_the_difference_without_and_with_pooling() -> None:
    maps = np.zeros((2, 8, 8, 1), np.float32)
    maps[0, 1, 1], maps[1, 1, 2] = 1, 1
    pairs = {width: [pooled(maps, width)[n, ..., 0] for n in (0, 1)] for width in (1, 4)}
    drawn = figure(pairs, {width: [0.5] * len(SHIFTS) for width in POOLS})
    titles = [axes.get_title() for part in drawn.subfigs for axes in part.axes]
    assert [title for title in titles if "difference" in title] == ["difference: 141 %", "difference: 0 %"]
