"""TPE: what it learns from."""

from search.algorithm import samplers
from tests.search.algorithm.samplers.conftest import EPOCHS, SPACE, late_mean, searched


def test_it_learns_from_paused_trials_too() -> None:
    assert late_mean("tpe") > late_mean("random") + 0.1


def test_a_failed_corner_of_the_space_is_avoided() -> None:
    def share_of_it(fails: bool) -> float:
        trials = searched(40, "random")
        for trial in trials:
            if fails and trial.params["x"] > 1e-2:
                trial.state, trial.epochs = "failed", {}
        return (
            sum(samplers.suggest("tpe", SPACE, trials, seed, EPOCHS)["x"] > 1e-2 for seed in range(40)) / 40
        )

    assert share_of_it(fails=True) < share_of_it(fails=False) / 2
