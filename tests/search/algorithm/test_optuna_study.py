"""What Optuna's samplers are told of trials."""

from search.algorithm.optuna_study import standings, trial_seed
from search.algorithm.trial import Trial


def trial(number: int, *values: float, state: str = "paused") -> Trial:
    epochs = {epoch: {"val_accuracy": value} for epoch, value in enumerate(values, start=1)}
    return Trial(number, {}, epochs, state)  # type: ignore[arg-type]


def test_who_came_further_stands_higher_and_failures_are_last() -> None:
    trials = [
        trial(0, 0.9),
        trial(1, 0.1, 0.2),
        trial(2, 0.8),
        trial(3, 0.99, 0.99, state="failed"),
        trial(4),
    ]
    values = standings(trials)
    order = sorted(range(5), key=lambda number: values[number])
    assert set(order[:2]) == {3, 4}
    assert order[2:] == [2, 0, 1]
    assert min(values) > -1 and max(values) < 1 and abs(sum(values)) < 1e-12


def test_each_suggestion_has_a_seed_of_its_own() -> None:
    assert trial_seed(0, 1) == trial_seed(0, 1)
    assert len({trial_seed(seed, number) for seed in range(5) for number in range(20)}) == 100
