"""Trainings of a configuration: their numbers, and which one is chosen."""

from pathlib import Path

import numpy as np

from analysis.retraining.trainings import Configuration, Training, checkpoint_path, label, number


def training(seed: int, value: float, *, tested: bool = True) -> Training:
    logits = np.zeros((2, 2), np.float32) if tested else None
    return Training(seed, {1: {"val_accuracy": value, "seconds": 2.0}}, Path("c.npz"), logits=logits)


def test_the_best_tested_training_is_chosen_the_lower_seed_of_equals() -> None:
    trainings = (training(1, 0.5), training(2, 0.7), training(3, 0.7), training(4, 0.9, tested=False))
    chosen = Configuration("best", 3, {}, None, trainings).chosen()
    assert chosen and chosen.seed == 2
    assert Configuration("best", 3, {}, None, ()).chosen() is None


def test_numbers_are_unlike_and_stay_when_seeds_are_added() -> None:
    numbers = [number(configuration, seed) for seed in range(5) for configuration in (0, 1)]
    assert len(set(numbers)) == 10
    assert checkpoint_path(Path("r"), 1, 3).name == f"trial-{number(1, 3):05d}.npz"
    assert label("best", 1) == "best, seed 1"


def test_a_training_without_an_epoch_has_no_value() -> None:
    assert Training(1, {}, Path("c.npz")).value == float("-inf")
    assert training(1, 0.5).seconds == 2.0


def test_where_nothing_was_validated_the_lowest_seed_is_chosen() -> None:
    logits = np.zeros((2, 2), np.float32)
    trainings = tuple(
        Training(seed, {1: {"loss": 1.0 / seed}}, Path("c.npz"), logits=logits) for seed in (3, 2)
    )
    chosen = Configuration("best", 3, {}, None, trainings).chosen()
    assert chosen and chosen.seed == 2 and chosen.value == float("-inf")
