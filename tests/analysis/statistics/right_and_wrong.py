"""Arrays of what models get right, and how often intervals must contain the truth."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Right = NDArray[np.bool_]


def vectors(both: int, first: int, second: int, neither: int) -> tuple[Right, Right]:
    """Return what two models get right on images of which so many are right in both, in one, in neither."""
    cells = np.repeat([(1, 1), (1, 0), (0, 1), (0, 0)], (both, first, second, neither), axis=0)
    return cells[:, 0].astype(bool), cells[:, 1].astype(bool)


def enough(hits: int, of: int) -> bool:
    """Whether a 95 % interval held the truth often enough: three standard errors are allowed."""
    return hits / of > 0.95 - 3 * math.sqrt(0.95 * 0.05 / of)


def trained(accuracies: NDArray[np.float64], hard: NDArray[np.float64], rng: np.random.Generator) -> Right:
    """Return what models of some accuracies get right, (seeds, images), of images that are hard or easy."""
    noise = hard + rng.standard_normal((len(accuracies), len(hard)))
    return noise < math.sqrt(2) * stats.norm.ppf(accuracies)[:, None]
