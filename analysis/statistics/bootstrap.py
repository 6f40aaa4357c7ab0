"""Comparison of two models, each trained with several seeds: a bootstrap over seeds and images."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.statistics.intervals import Difference, around, right_or_wrong

Right = NDArray[np.float64]  # (seeds, images) of 0 and 1


def over_seeds_and_images(
    first: ArrayLike, second: ArrayLike, *, seed: int = 0, resamples: int = 2000
) -> Difference:
    """Compare the mean accuracies of two models over seeds, on the same images.

    Each resample draws the images, the same ones for both models, and the seeds of each model, all with
    replacement (the pigeonhole bootstrap of Owen 2007, for data crossed in two ways). The standard error is
    the standard deviation of the difference over the resamples. Three corrections make it valid for few
    seeds:

    - One seed less than available is drawn, which makes the variance over seeds unbiased (McCarthy &
      Snowden 1985).
    - The interval is Student's, with the degrees of freedom of Welch and Satterthwaite, because an error
      estimated from few seeds is itself uncertain.
    - Two images are added, as in `analysis.statistics.intervals.paired`: models that agree on all of these
      images may differ on others.

    In sets of 150 to 500 simulated comparisons (1 to 10 seeds, 50 to 4,000 images, a standard deviation of 0
    to 3 points over seeds) the interval contained the true difference in 93 to 100 % of the cases, mostly in
    98 to 99 %: it is rather too wide. The plain bootstrap, with the quantiles of its resamples, fell to 70 %
    with 2 seeds that differ.

    Args:
        first: (seeds, images) of bool: whether the model of each training is right. With a single seed,
            the interval does not include the variation over seeds.
        second: the same for the second model; the number of seeds may differ.
        seed: random seed of the resamples.
        resamples: number of resamples, at least 2.

    Raises:
        ValueError: the numbers of images differ or are 0, or the arrays are not of bool.
    """
    right_first, right_second = right_or_wrong(first, second, dimensions=2)
    extended = (_two_more(right_first, [1, 0]), _two_more(right_second, [0, 1]))
    rng = np.random.default_rng(seed)
    error = float(np.std([_resample(extended, rng) for _ in range(resamples)], ddof=1))
    centre, freedom = float(extended[0].mean() - extended[1].mean()), _freedom(error, extended)
    p = 2 * float(stats.t.sf(abs(centre) / error, freedom))
    interval = around(centre, error, freedom)
    estimate = float(right_first.mean() - right_second.mean())
    return Difference(estimate, interval, p, seeds=min(len(right_first), len(right_second)))


def _two_more(right: NDArray[np.bool_], values: list[int]) -> Right:
    """Add two images on which the models of all seeds have the given values."""
    return np.hstack([right, np.tile(values, (len(right), 1))]).astype(float)


def _resample(models: tuple[Right, Right], rng: np.random.Generator) -> float:
    images = models[0].shape[1]
    counts = np.bincount(rng.integers(images, size=images), minlength=images).astype(float)
    means = []
    for right in models:
        seeds = rng.integers(len(right), size=max(1, len(right) - 1))
        means.append((right @ counts)[seeds].mean() / images)
    return float(means[0] - means[1])


def _freedom(error: float, models: tuple[Right, Right]) -> float:
    """Return the degrees of freedom of a standard error that comes partly from the seeds of each model."""
    means = [right.mean(axis=1) for right in models if len(right) > 1]
    spread = sum((mean.var(ddof=1) / len(mean)) ** 2 / (len(mean) - 1) for mean in means)
    return float(error**4 / spread) if spread else np.inf
