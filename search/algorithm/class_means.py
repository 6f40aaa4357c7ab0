"""Means over images in which every image counts the same, or every class does, however many images it has."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean(values: NDArray[Any], classes: NDArray[Any] | None = None) -> float:
    """Return the mean of a value per image.

    Args:
        values: (images,), whether a model is right, say.
        classes: (images,) of int, for the mean of the means of the classes; None for that of all images.

    >>> mean(np.array([1, 1, 1, 0])), mean(np.array([1, 1, 1, 0]), np.array([0, 0, 0, 1]))
    (0.75, 0.5)
    """
    return float(np.mean([part.mean(dtype=float) for part in _parts(values, classes)]))


def variance(
    values: NDArray[Any],
    classes: NDArray[Any] | None = None,
    *,
    ddof: int = 0,
    extremes: tuple[float, float] | None = None,
) -> float:
    """Return the variance of that mean on other images, as many of each class where `classes` are given.

    Args:
        values: (images,).
        classes: (images,) of int, or None, as in `mean`.
        ddof: subtracted from the number of images, 1 for a variance without bias.
        extremes: least and largest possible value. The variance of each class is then that with both of them
            added: the few images of a rare class, which may all agree, do not show how others would differ.
    """
    parts = list(_parts(values, classes))
    samples = [part if extremes is None else np.r_[part, extremes] for part in parts]
    each = [
        sample.var(ddof=min(ddof, len(sample) - 1), dtype=float) / len(part)
        for sample, part in zip(samples, parts, strict=True)
    ]
    return float(sum(each)) / len(parts) ** 2


def _parts(values: NDArray[Any], classes: NDArray[Any] | None) -> Iterator[NDArray[Any]]:
    if classes is None:
        yield values
    else:
        yield from (values[classes == each] for each in np.unique(classes))
