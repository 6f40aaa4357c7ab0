"""What a model costs to use: its number of weights, their bytes, and the time that one image takes."""

import math
import time
from collections.abc import Collection, Mapping

import keras
import numpy as np

from search.algorithm.objectives import in_words

WARM_UP, REPEATS = 3, 20


class Refused(Exception):
    """A model costs more than the search allows; it is not trained."""


def measure(parts: list[keras.Model], shape: tuple[int, ...], names: Collection[str]) -> dict[str, float]:
    """Return costs of a model by name (`search.algorithm.objectives.COSTS`).

    The latency has its spread beside it, `latency_spread`: half of the distance between the quartiles, in
    milliseconds.

    Args:
        parts: models, each of which takes what the one before returns: a frozen base, and what is trained.
        shape: of one image.
        names: of the costs.
    """
    # Not `variables`: the states of random layers are no weights.
    weights = [weight for part in parts for weight in part.weights]
    costs: dict[str, float] = {}
    if "parameters" in names:
        costs["parameters"] = float(sum(math.prod(weight.shape) for weight in weights))
    if "size" in names:
        costs["size"] = float(
            sum(math.prod(weight.shape) * np.dtype(weight.dtype).itemsize for weight in weights)
        )
    if "latency" in names:
        quartiles = np.percentile(_times(parts, shape), [25, 50, 75])
        costs["latency"] = float(quartiles[1])
        costs["latency_spread"] = float(quartiles[2] - quartiles[0]) / 2
    return costs


def check(costs: Mapping[str, float], at_most: Mapping[str, float]) -> None:
    """Raise `Refused` where a cost is above its limit."""
    for name, limit in at_most.items():
        if costs[name] > limit:
            raise Refused(f"{in_words(name, costs[name])}, --at-most {name}={limit:g}")


def _times(parts: list[keras.Model], shape: tuple[int, ...]) -> list[float]:
    """Return the milliseconds that one image takes, again and again, after a warm-up."""
    image, times = np.zeros((1, *shape), np.float32), []
    for _ in range(WARM_UP + REPEATS):
        began, x = time.perf_counter(), image
        for part in parts:
            x = part.predict_on_batch(x)
        times.append(1000 * (time.perf_counter() - began))
    return times[WARM_UP:]
