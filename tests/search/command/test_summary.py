"""What is told at the end of a search."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from search.algorithm.trial import Trial, best
from search.command import summary
from search.command.summary import Remeasured
from search.runs.record import Best, UnusedValidation
from search.search import Search
from tests.search.runs.conftest import small_plan


def trial(number: int, value: float, epochs: int = 9, state: Any = "complete", reason: str = "") -> Trial:
    """Return a trial of 100 images and 2 seconds an epoch."""
    metrics = {"val_accuracy": value, "images": 100.0, "seconds": 2.0}
    params = {"learning_rate": 0.01 * (number + 1), "depth": 2}
    return Trial(number, params, dict.fromkeys(range(1, epochs + 1), metrics), state, reason)


def searched(*trials: Trial, images_before: int = 0) -> Any:
    """Return a search that has come to these trials."""
    return SimpleNamespace(
        run=SimpleNamespace(name="cifar_basic/first"),
        plan=small_plan(),
        trials=list(trials),
        best=best(list(trials)),
        images_before=images_before,
    )


def lines(search: Search, again: Remeasured | None = None) -> list[str]:
    return summary.lines(search, 90.0, again)


def right(share: float, images: int = 100) -> Any:
    """Return images of which so many are right, the first ones."""
    return np.arange(images) < share * images


def test_without_an_epoch_there_is_no_best() -> None:
    told = lines(searched(Trial(0, {"depth": 1}, state="failed", reason="out of memory")))
    assert told == ["cifar_basic/first: no trial has finished an epoch."]


def test_the_best_comes_first_with_its_hyperparameters() -> None:
    told = lines(searched(trial(0, 0.4), trial(1, 0.56789), trial(2, 0.5)))
    assert told[0] == "Best of cifar_basic/first: trial 1, val_accuracy 0.5679"
    assert told[1] == "  learning_rate=0.02 depth=2"


def test_a_best_that_was_not_trained_to_the_end_is_said_to_be() -> None:
    told = lines(searched(trial(0, 0.4, epochs=3, state="waiting")))
    assert told[0].endswith("trial 0, val_accuracy 0.4000 (only 3 of 9 epochs)")


def test_the_default_may_be_the_best() -> None:
    told = lines(searched(trial(0, 0.6), trial(1, 0.5)))
    assert told[2] == "  It is the default configuration: the search found none better."


def test_the_default_is_compared_on_the_same_images() -> None:
    told = lines(searched(trial(0, 0.4), trial(1, 0.5)))
    assert told[2] == "  The default configuration (trial 0) had 0.4000 on the same 50 validation images."
    assert len(told) == 4


def test_a_default_that_failed_or_is_not_as_far_is_not_compared() -> None:
    failed = lines(searched(trial(0, 0.4, epochs=2, state="failed", reason="loss is nan"), trial(1, 0.5)))
    assert failed[2] == "  The default configuration (trial 0) failed: loss is nan."
    behind = lines(searched(trial(0, 0.4, epochs=2, state="waiting"), trial(1, 0.5)))
    assert behind[2] == "  The default configuration (trial 0) had 0.4000 after 2 of its epochs."


def test_a_gain_beyond_its_interval_is_told_as_it_is() -> None:
    told = lines(searched(trial(0, 0.4), trial(1, 0.5)), Remeasured(right(0.8), right(0.4)))
    assert told[3] == (
        "  On 100 validation images that the search did not use: best 0.8000 ± 0.0784, "
        "default 0.4000 ± 0.0960; gain +0.4000 ± 0.0965 (95 %)."
    )


@pytest.mark.parametrize(("share", "gain"), [(0.41, "+0.0100"), (0.4, "+0.0000"), (0.39, "-0.0100")])
def test_a_gain_within_its_interval_shows_no_difference(share: float, gain: str) -> None:
    told = lines(searched(trial(0, 0.4), trial(1, 0.5)), Remeasured(right(share), right(0.4)))
    assert f"; gain {gain} ± " in told[3]
    assert told[3].endswith(" (95 %): no difference shown at this size.")


def test_the_gain_is_that_of_pairs() -> None:
    """Where both are wrong on the same images, a small gain is a sure one."""
    winner, default = right(0.5, 1000), right(0.48, 1000)
    gain, half = Remeasured(winner, default).gain()
    assert gain == pytest.approx(0.02)
    assert half == pytest.approx(1.96 * np.sqrt(0.02 * 0.98 / 999), rel=1e-3)
    assert half < Remeasured(winner, default).accuracy(winner)[1] < 0.032


def test_where_classes_count_the_same_so_they_do_in_the_gain() -> None:
    """The small class is right in the best alone: plain accuracy would call that a gain of 10 points."""
    classes = np.repeat([0, 1], [90, 10])
    again = Remeasured(right(1.0, 100), classes == 0, classes)
    assert again.accuracy(again.default)[0] == 0.5
    gain, half = again.gain()
    assert gain == 0.5 and 0.1 < half < 0.3, "ten images that agree do not make it certain"
    half_of_each = np.r_[np.zeros(45), np.ones(45), np.ones(10)] == 1
    assert again.accuracy(half_of_each)[0] == 0.75


def test_a_rare_class_widens_the_interval_of_a_balanced_gain() -> None:
    rng, classes, claims = np.random.default_rng(0), np.repeat([0, 1, 2], [500, 20, 1]), 0
    shares = np.array([0.95, 0.8, 0.7])[classes]
    for _ in range(300):
        gain, half = Remeasured(*(rng.random(521) < shares for _ in range(2)), classes).gain()
        claims += abs(gain) > half
    assert claims / 300 < 0.05


def test_the_cost_counts_trials_epochs_images_and_time() -> None:
    search = searched(trial(0, 0.4), trial(1, 0.5), trial(2, 0.3, 1, "stopped"), trial(3, 0, 0, "failed"))
    assert lines(search)[-1] == (
        "Cost: 4 trials (2 complete, 1 stopped, 1 failed), 19 epochs, 1,900 training images, "
        "0.6 min of training in 1.5 min of wall time."
    )


def test_the_wall_time_of_a_resumed_search_is_that_of_this_session() -> None:
    assert lines(searched(trial(0, 0.4), images_before=100))[-1].endswith("of wall time of this session.")


def test_what_the_record_keeps_of_the_end() -> None:
    winner = trial(3, 0.5)
    assert summary.best_record(winner, None) == Best(3, 0.5, winner.params)
    gain, half = Remeasured(right(0.5), right(0.4)).gain()
    assert summary.best_record(winner, Remeasured(right(0.5), right(0.4))) == Best(
        3, 0.5, winner.params, UnusedValidation(images=100, best=0.5, default=0.4, gain=gain, gain_95=half)
    )


@pytest.mark.parametrize("missing", [None, 0, 1])
def test_best_and_default_are_measured_again_where_both_models_are_there(
    missing: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = {0: right(0.4), 1: right(0.5)}
    models.pop(missing, None)  # type: ignore[arg-type]

    class Trainer:
        def __init__(self, plan: Any, checkpoints: Any) -> None:
            assert (plan.study, checkpoints) == ("cifar_basic", "its checkpoints")

        def unseen(self, number: int, params: Any) -> Any:
            assert params["learning_rate"] == 0.01 * (number + 1)
            return models.get(number)

    module = ModuleType("search.training.trainer")
    module.Trainer = Trainer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "search.training.trainer", module)
    search = searched(trial(0, 0.4), trial(1, 0.5))
    search.run.checkpoints = "its checkpoints"
    measured = summary.remeasure(search, search.trials[1])
    if missing is None:
        assert measured
        assert (measured.best.mean(), measured.default.mean()) == (0.5, 0.4)
    else:
        assert measured is None
