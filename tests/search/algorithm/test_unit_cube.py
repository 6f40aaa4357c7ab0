"""Points of a space as points of the unit cube, and back."""

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.algorithm.unit_cube import levels, params_at, place_of

SPACE = {
    "rate": FloatDistribution(1e-4, 1e-1, log=True),
    "dropout": FloatDistribution(0.0, 0.6),
    "share": FloatDistribution(0.0, 1.0, step=0.25),
    "depth": IntDistribution(1, 4),
    "width": IntDistribution(8, 64, step=8),
    "units": IntDistribution(1, 1000, log=True),
    "kind": CategoricalDistribution(["a", "b", "c"]),
    "flip": CategoricalDistribution([True, False]),
    "fixed": IntDistribution(3, 3),
}


def test_every_place_is_a_point_of_the_space() -> None:
    for place in (np.zeros(9), np.ones(9), *np.random.default_rng(0).random((200, 9))):
        params = params_at(SPACE, place.tolist())
        for name, distribution in SPACE.items():
            assert distribution._contains(distribution.to_internal_repr(params[name])), (name, params[name])


def test_there_and_back_is_the_same_point() -> None:
    for place in np.random.default_rng(1).random((200, 9)):
        params = params_at(SPACE, place.tolist())
        assert params_at(SPACE, place_of(SPACE, params)) == pytest.approx(params)


def test_whole_numbers_and_choices_have_equal_shares() -> None:
    places = (np.arange(1200) + 0.5) / 1200
    depths = [params_at({"depth": SPACE["depth"]}, [place])["depth"] for place in places]
    assert [depths.count(depth) for depth in (1, 2, 3, 4)] == [300] * 4


def test_levels_are_counted() -> None:
    assert [levels(SPACE[name]) for name in ("rate", "share", "width", "kind", "fixed")] == [None, 5, 8, 3, 1]
