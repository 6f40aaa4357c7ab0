"""CMA-ES: it learns, and begins at the default configuration."""

import math

from search.algorithm import samplers
from search.algorithm.trial import Trial
from tests.search.algorithm.samplers.conftest import EPOCHS, SPACE, late_mean


def test_it_finds_better_points_than_random_search() -> None:
    assert late_mean("cmaes") > late_mean("random") + 0.1


def test_it_begins_near_the_default_configuration() -> None:
    default = Trial(0, {"x": 1e-2, "depth": 2, "kind": "b"}, {1: {"val_accuracy": 0.5}}, "complete")
    values = [
        math.log10(samplers.suggest("cmaes", SPACE, [default], seed, EPOCHS)["x"]) for seed in range(40)
    ]
    assert abs(sum(values) / len(values) + 2) < 0.3
