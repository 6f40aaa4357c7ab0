"""Intervals and tests of accuracies: over seeds, on n images, and between two models on the same images.

All intervals are 95 % confidence intervals. An accuracy is a share of the images, in [0, 1]; a difference of
accuracies is in [−1, 1].
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """The ends of a 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True)
class OverSeeds:
    """Accuracies of one configuration trained with several seeds.

    Attributes:
        seeds: number of seeds, at least 1.
        mean: mean of the accuracies.
        deviation: standard deviation (n − 1 in the denominator); None with one seed.
        interval: of the mean over all possible seeds; None with one seed, which cannot estimate it.
    """

    seeds: int
    mean: float
    deviation: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Difference:
    """How much more accurate a first model is than a second one.

    Attributes:
        estimate: measured accuracy of the first model minus that of the second.
        interval: of the true difference.
        p: two-sided p-value of the hypothesis that there is no difference.
        seeds: number of compared trainings, of the model that has fewer. With 1, the interval is valid for
            these two trained models only, and not for other seeds.
    """

    estimate: float
    interval: Interval
    p: float
    seeds: int


def over_seeds(accuracies: Sequence[float]) -> OverSeeds:
    """Return mean, standard deviation and Student's t-interval of accuracies, one per seed.

    The interval is cut to [0, 1].

    Raises:
        ValueError: the list is empty, or an accuracy is not in [0, 1] (NaN is not).
    """
    values = np.asarray(accuracies, float)
    if not len(values) or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"accuracies {list(accuracies)}: give at least one, all from 0 to 1")
    mean = float(values.mean())
    if len(values) == 1:
        return OverSeeds(1, mean, None, None)
    deviation = float(values.std(ddof=1))
    interval = around(mean, deviation / math.sqrt(len(values)), len(values) - 1)
    return OverSeeds(len(values), mean, deviation, Interval(max(0.0, interval.low), interval.high))


def wilson(right: int, images: int) -> Interval:
    """Return the interval of an accuracy, from the number of right images (Wilson 1927).

    Raises:
        ValueError: `images` is below 1, or `right` is not between 0 and `images`.
    """
    if not 0 <= right <= images or not images:
        raise ValueError(f"{right} of {images} images right: must be 0 to {images}, of at least one image")
    interval = stats.binomtest(right, images).proportion_ci(LEVEL, method="wilson")
    return Interval(float(interval.low), float(interval.high))


def paired(first: ArrayLike, second: ArrayLike) -> Difference:
    """Compare two trained models on the same images.

    The p-value is from McNemar's exact test: of the images that only one model gets right, each model is
    expected to get half. The interval is the adjusted Wald interval of Bonett & Price 2012, which adds two
    images: one that only the first model gets right, and one that only the second gets right.

    In sets of 20,000 simulated comparisons, of 20 to 10,000 images of which 0.2 to 30 % were right in one
    model only, it contained the true difference in at least 94.7 % of the cases. The plain Wald interval
    fell to 4 % for models that hardly differ; Newcombe's interval (1998) was wider there.

    Args:
        first: (images,) of bool: whether the first model is right.
        second: the same for the second model.

    Raises:
        ValueError: the lengths differ or are 0, or the arrays are not of bool.
    """
    right_first, right_second = right_or_wrong(first, second, dimensions=1)
    images = len(right_first)
    only_first, only_second = (right_first & ~right_second).sum(), (right_second & ~right_first).sum()
    discordant = int(only_first + only_second)
    gain = int(only_first) - int(only_second)
    p = float(stats.binomtest(int(only_first), discordant).pvalue) if discordant else 1.0
    centre = gain / (images + 2)
    error = math.sqrt(((discordant + 2) / (images + 2) - centre**2) / (images + 2))
    return Difference(gain / images, around(centre, error), p, seeds=1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in the given order (Holm 1979).

    If every difference with a corrected p-value below 0.05 is claimed, at most 5 % of such families of
    comparisons contain a false claim.

    Raises:
        ValueError: a p-value is not in [0, 1] (NaN is not).
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values {list(p_values)}: all must be from 0 to 1")
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, position in enumerate(np.argsort(p_values, kind="stable")):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        corrected[position] = highest
    return corrected


def right_or_wrong(
    first: ArrayLike, second: ArrayLike, *, dimensions: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return two arrays of bool, whether two models are right, after checking their shapes.

    Args:
        first: 0 and 1 or bool, (images,) or (seeds, images).
        second: the same for the second model, on the same images.
        dimensions: required number of dimensions, 1 or 2.

    Raises:
        ValueError: wrong shape or values, no image, or different numbers of images.
    """
    arrays = np.asarray(first), np.asarray(second)
    for array in arrays:
        if array.ndim != dimensions or not array.size or not np.isin(array, (0, 1)).all():
            shape = "(images,)" if dimensions == 1 else "(seeds, images)"
            raise ValueError(f"expected an array {shape} of bool, not {array.shape} of {array.dtype}")
    images = [array.shape[-1] for array in arrays]
    if images[0] != images[1]:
        raise ValueError(f"{images[0]} images against {images[1]}: both models need the same images")
    return arrays[0].astype(bool), arrays[1].astype(bool)


def around(centre: float, error: float, freedom: float = math.inf) -> Interval:
    """Return Student's interval around an estimate, cut to [−1, 1].

    Args:
        centre: middle of the interval.
        error: standard error of the estimate.
        freedom: degrees of freedom of the error; infinite for the normal distribution.
    """
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    return Interval(max(-1.0, centre - half), min(1.0, centre + half))
