"""Accuracies of models that were trained with several seeds and tested on the same images.

Seeds and images are both samples: another seed gives another model, and another test set has other images.
Studies in which several readers judge the same cases have this design (multi-reader multi-case); here, the
seeds of a model are its readers. As there, the variance is estimated without bias, from mean squares
(Dorfman, Berbaum & Metz 1992; Obuchowski & Rockette 1995; Gallas 2006). For a model with S seeds and I
images:

    var(accuracies of the seeds)        estimates   σ²(seed) + σ²(rest) / I
    var(means of the images)            estimates   σ²(image) + σ²(rest) / S
    mean square of seeds × images       estimates   σ²(rest)
    variance of the mean accuracy    =  σ²(seed) / S + σ²(image) / I + σ²(rest) / (S I)

For two models, the mean of an image is the difference between them, so what makes an image hard for both
models cancels.

A variance from few seeds is uncertain. Hillis (2007) gives the sum one number of degrees of freedom, from
the pooled seeds; with 2 to 5 seeds that claims too many differences where the seeds of one model vary more
than those of the other. Here, the seeds' part has a Student's quantile and the images' part a normal one,
and the two half-widths are added in squares (MOVER: Zou & Donner 2008). docs/statistics.md has the
simulation by which this was chosen.

Where every class counts the same, however many images it has, the accuracy is the mean of those of the
classes. The images of each class are then a sample of their own: the formulas hold in each of the K classes,
and the variance of the images' part is the sum over the classes, divided by K².
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from analysis.statistics.intervals import LEVEL, Difference, Interval, right_or_wrong
from search.algorithm import class_means

SMALLEST_P = 1e-12  # a smaller p-value is 0
Right = NDArray[np.float32]  # (seeds, images) of 0 and 1
Classes = NDArray[np.int64] | None  # (images,), where every class counts the same


@dataclass(frozen=True)
class Variance:
    """The variance of a mean accuracy, or of a difference of two, by its sources.

    Attributes:
        seeds: part of the seeds, with the rest; 0 if each model has one seed.
        freedom: degrees of freedom of that part.
        images: part of the images, without the rest; at least 0.
        these_models: variance on other images if the trained models stay the same.
    """

    seeds: float
    freedom: float
    images: float
    these_models: float

    def half_width(self, level: float = LEVEL) -> float:
        """Return half the width of an interval of this level, at least that of these trained models."""
        t, z = special.stdtrit(self.freedom, (1 + level) / 2), special.ndtri((1 + level) / 2)
        both = t**2 * self.seeds + z**2 * self.images
        return float(math.sqrt(max(both, z**2 * self.these_models)))


def accuracy(right: ArrayLike, classes: Classes = None) -> Interval:
    """Return the interval of a model's accuracy over all seeds and all images, in [0, 1].

    It is Wilson's, for the number of images that would give the same variance. With one seed, it is Wilson's
    for this trained model. Of classes that count the same, the distances to the ends of their intervals are
    added in squares, as above.

    Args:
        right: (seeds, images) of bool: whether the model of each training is right.
        classes: (images,) of int, where every class counts the same.

    Raises:
        ValueError: there is no image, or the array is not of bool.
    """
    model = right_or_wrong(right, right, dimensions=2)[0].astype(np.float32)
    if classes is not None:
        return _of_classes(model, classes)
    mean = float(model.mean(dtype=float))
    return _wilson(mean, variance_of([model], model.mean(axis=0)).half_width(), model.shape[1])


def _wilson(mean: float, half: float, images: int) -> Interval:
    """Return Wilson's interval of a mean accuracy.

    Args:
        mean: in [0, 1].
        half: half of the interval around it that its variance gives.
        images: their number, which counts where all are right, or wrong.
    """
    ratio = special.ndtri((1 + LEVEL) / 2) ** 2 / images
    if 0 < mean < 1:
        ratio = half**2 / (mean * (1 - mean))
    centre = (mean + ratio / 2) / (1 + ratio)
    half = math.sqrt(ratio * mean * (1 - mean) + ratio**2 / 4) / (1 + ratio)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def _of_classes(model: Right, classes: NDArray[np.int64]) -> Interval:
    """Return the interval of the mean over the classes of a model's accuracy."""
    by_image = model.mean(axis=0)
    seeds = replace(variance_of([model], by_image, classes), images=0.0, these_models=0.0).half_width()
    below, above = seeds**2, seeds**2
    every = np.unique(classes)
    for each in every:
        part = by_image[classes == each]
        mean, z = float(part.mean(dtype=float)), special.ndtri((1 + LEVEL) / 2)
        # As if the seeds were of other images, where the seeds' means of few images happen to agree.
        least = mean * (1 - mean) / (len(part) * len(model))
        interval = _wilson(mean, z * math.sqrt(max(class_means.variance(part), least)), len(part))
        below += ((mean - interval.low) / len(every)) ** 2
        above += ((interval.high - mean) / len(every)) ** 2
    mean = class_means.mean(by_image, classes)
    return Interval(max(0.0, mean - math.sqrt(below)), min(1.0, mean + math.sqrt(above)))


def difference(first: ArrayLike, second: ArrayLike, classes: Classes = None) -> Difference:
    """Compare the accuracies of two models over all seeds and all images.

    Two images are added, as in `analysis.statistics.intervals.paired`: models that agree on all of these
    images may differ on others. With one seed of each model, the interval is that of `paired`.

    Args:
        first: (seeds, images) of bool: whether the model of each training is right. With a single seed, the
            interval does not include the variation over seeds.
        second: the same for the second model; the number of seeds may differ.
        classes: (images,) of int, where every class counts the same. The two images are then counted in each
            class: of many small classes, it claims less than it could.

    Raises:
        ValueError: the numbers of images differ or are 0, or the arrays are not of bool.
    """
    rights = right_or_wrong(first, second, dimensions=2)
    centre, variance = _gain(*rights) if classes is None else _gain_of_classes(*rights, classes)
    half = variance.half_width()
    interval = Interval(max(-1.0, centre - half), min(1.0, centre + half))
    estimate = class_means.mean(rights[0].mean(axis=0) - rights[1].mean(axis=0), classes)
    return Difference(estimate, interval, _p(centre, variance), seeds=min(map(len, rights)))


def _gain(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> tuple[float, Variance]:
    """Return the mean difference of two models with two images more, and its variance."""
    models = two_more(first, second)
    gains = models[0].mean(axis=0) - models[1].mean(axis=0)
    return float(gains.mean(dtype=float)), variance_of(models, gains)


def _gain_of_classes(
    first: NDArray[np.bool_], second: NDArray[np.bool_], classes: NDArray[np.int64]
) -> tuple[float, Variance]:
    """Return the mean over the classes of the difference of two models, and its variance."""
    models = first.astype(np.float32), second.astype(np.float32)
    gains = models[0].mean(axis=0) - models[1].mean(axis=0)
    variance, images = variance_of(models, gains, classes), np.unique(classes, return_counts=True)[1]
    # What two images more would add in each class. Added as images, they would move the mean of a small one.
    more = float((2 / (images + 2) ** 2).sum()) / len(images) ** 2
    widened = replace(variance, images=variance.images + more, these_models=variance.these_models + more)
    return class_means.mean(gains, classes), widened


def two_more(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> tuple[Right, Right]:
    """Add two images to what two models get right: each model alone is right on one of them."""
    extended = [
        np.hstack([right, np.tile(values, (len(right), 1))]).astype(np.float32)
        for right, values in ((first, [True, False]), (second, [False, True]))
    ]
    return extended[0], extended[1]


def variance_of(models: Sequence[Right], by_image: NDArray[np.float32], classes: Classes = None) -> Variance:
    """Return the variance of the mean over images of a model's mean over seeds, or of the difference of two.

    Args:
        models: one model or two.
        by_image: (images,): the mean over the seeds of the model, or the difference of these means.
        classes: (images,) of int, where every class counts the same.
    """
    these_models = class_means.variance(by_image, classes, ddof=0 if classes is None else 1)
    several = [model for model in models if len(model) > 1]
    means = [[class_means.mean(training, classes) for training in model] for model in several]
    seeds = [float(np.var(each, ddof=1)) / len(each) for each in means]
    rest = sum(_variance_of_rest(model, classes) for model in several)
    freedom = _freedom(seeds, [len(model) for model in several])
    return Variance(sum(seeds), freedom, max(0.0, these_models - rest), these_models)


def _variance_of_rest(model: Right, classes: Classes) -> float:
    """Return the part of a mean's variance that neither the seed nor the image explains."""
    parts = [model] if classes is None else [model[:, classes == each] for each in np.unique(classes)]
    return sum(_mean_square_of_rest(part) / part.size for part in parts) / len(parts) ** 2


def _mean_square_of_rest(model: Right) -> float:
    """Return the mean square of seeds × images: what neither the seed nor the image explains."""
    seeds, images = model.shape
    by_seed, by_image = model.mean(axis=1, dtype=float), model.mean(axis=0, dtype=float)
    mean = by_seed.mean()
    rest = mean * (1 + mean) - np.square(by_seed).mean() - np.square(by_image).mean()  # of 0 and 1, x² = x
    return max(0.0, float(rest)) * model.size / ((seeds - 1) * max(1, images - 1))


def _freedom(seeds: Sequence[float], numbers: Sequence[int]) -> float:
    """Return the degrees of freedom of the seeds' part, from the part and the number of seeds of each model.

    They are those of the fewest seeds if one model alone varies, and twice as many if both vary alike.
    Welch's formula gives more in between, and for unequal numbers, which claims too many differences.
    """
    fewest, largest = max(1, min(numbers, default=2) - 1), max(seeds, default=0.0)
    return fewest * sum(seeds) / largest if largest else fewest


def _p(centre: float, variance: Variance) -> float:
    """Return the two-sided p-value: 1 minus the level of the interval that ends at 0."""

    def beyond(p: float) -> float:
        return variance.half_width(1 - p) - abs(centre)

    return 0.0 if beyond(SMALLEST_P) <= 0 else float(optimize.brentq(beyond, SMALLEST_P, 1.0))
