"""A small space, and searches of it that train nothing."""

import math

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.algorithm import samplers
from search.algorithm.trial import Trial

EPOCHS = 3  # the full length of a trial

SPACE = {
    "x": FloatDistribution(1e-4, 1e-1, log=True),
    "depth": IntDistribution(1, 4),
    "kind": CategoricalDistribution(["a", "b", "c"]),
}


def goodness(params: dict[str, object]) -> float:
    """Return the value of a point: the best is x = 0.01 with kind b."""
    return 1 / (1 + abs(math.log10(float(str(params["x"]))) + 2)) + (params["kind"] == "b") / 4


def searched(trials: int, sampler: str, seed: int = 0) -> list[Trial]:
    """Return the trials of a search, every third of them complete and the others paused."""
    done: list[Trial] = []
    for number in range(trials):
        params = samplers.suggest(sampler, SPACE, done, seed, EPOCHS)
        metrics = {"val_accuracy": goodness(params), "images": 1, "seconds": 1}
        done.append(Trial(number, params, {1: metrics}, "complete" if number % 3 == 0 else "paused"))
    return done


def late_mean(sampler: str, seeds: int = 3) -> float:
    """Return the mean value of the second half of searches of 40 trials."""
    late = [trial for seed in range(seeds) for trial in searched(40, sampler, seed)[20:]]
    return sum(trial.value for trial in late) / len(late)
