"""The objectives of a search: validation accuracy, plain or balanced, and a cost of the model to be small.

Schedulers compare trials by accuracy alone. A sampler of two objectives looks for the front: the trials of
which no other one is at least as good in both and better in one (Pareto's).
"""

import math
from collections.abc import Mapping

from search.algorithm.trial import BALANCED, OBJECTIVE, Trial

# name in a command → the metric that is maximized
ACCURACIES: Mapping[str, str] = {OBJECTIVE: OBJECTIVE, "balanced_accuracy": BALANCED, BALANCED: BALANCED}

# name → what it is; an epoch's metrics have it, of the first epoch of a trial
COSTS: Mapping[str, str] = {
    "parameters": "number of weights, a frozen base's included",
    "size": "bytes of these weights",
    "latency": "milliseconds for one image where the trial is trained, median of 20",
}


class ObjectiveError(ValueError):
    """There is no such objective; the message lists those that there are."""


def parse(text: str) -> tuple[str, str]:
    """Return the metric that is maximized and the cost that is minimized, "" for none.

    Args:
        text: "ACCURACY" or "ACCURACY,COST".

    Raises:
        ObjectiveError: it is neither.

    >>> parse("balanced_accuracy,size")
    ('val_balanced_accuracy', 'size')
    """
    first, comma, cost = text.partition(",")
    if first not in ACCURACIES or (comma and cost not in COSTS):
        raise ObjectiveError(
            f"it is one of {', '.join(ACCURACIES)}, or one of them with a cost: {OBJECTIVE},COST, where COST "
            f"is one of {', '.join(COSTS)}"
        )
    return ACCURACIES[first], cost


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
