"""Random search: it learns nothing."""

from search.algorithm import samplers
from tests.search.algorithm.samplers.conftest import EPOCHS, SPACE, searched


def test_what_trials_came_to_makes_no_difference() -> None:
    trials = searched(10, "random")
    others = searched(10, "random", seed=5)
    assert samplers.suggest("random", SPACE, trials, 0, EPOCHS) == samplers.suggest(
        "random", SPACE, others, 0, EPOCHS
    )
