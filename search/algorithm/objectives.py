"""The objectives of a search: validation accuracy, and a cost of the model that is to be small beside it.

Schedulers compare trials by accuracy alone. A sampler of two objectives looks for the front: the trials of
which no other one is at least as good in both and better in one (Pareto's).
"""

import math
from collections.abc import Mapping

from search.algorithm.trial import OBJECTIVE, Trial

# name → what it is; an epoch's metrics have it, of the first epoch of a trial
COSTS: Mapping[str, str] = {
    "parameters": "number of weights, a frozen base's included",
    "size": "bytes of these weights",
    "latency": "milliseconds for one image where the trial is trained, median of 20",
}


class ObjectiveError(ValueError):
    """There is no such objective; the message lists those that there are."""


def second(objective: str) -> str:
    """Return the cost in "val_accuracy,COST"; "" for "val_accuracy".

    Raises:
        ObjectiveError: it is neither.
    """
    first, comma, cost = objective.partition(",")
    if first != OBJECTIVE or (comma and cost not in COSTS):
        valid = [OBJECTIVE, *(f"{OBJECTIVE},{name}" for name in COSTS)]
        raise ObjectiveError(f"it is one of {' | '.join(valid)}")
    return cost


def cost_of(trial: Trial, name: str) -> float:
    """Return a cost of a trial; infinity before its first epoch."""
    return trial.epochs.get(1, {}).get(name, math.inf)


def front(trials: list[Trial], name: str) -> list[Trial]:
    """Return the trials of full length that no other one of them beats, by growing cost.

    Args:
        trials: of a search.
        name: of the cost.
    """
    complete = [trial for trial in trials if trial.state == "complete"]
    ordered = sorted(complete, key=lambda trial: (cost_of(trial, name), -trial.value, trial.number))
    chosen: list[Trial] = []
    for trial in ordered:
        if not chosen or trial.value > chosen[-1].value:
            chosen.append(trial)
    return chosen


def in_words(name: str, amount: float) -> str:
    """Return a cost with its unit.

    >>> in_words("parameters", 131594.0), in_words("size", 526376.0), in_words("latency", 1.234)
    ('131,594 parameters', '526,376 bytes', '1.23 ms')
    """
    if name == "latency":
        return f"{amount:.2f} ms"
    return f"{amount:,.0f} {'bytes' if name == 'size' else name}"
