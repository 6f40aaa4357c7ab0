"""How well a linear classifier separates classes from given features: a measure of what they hold.

Alain & Bengio 2016, Understanding intermediate layers using linear classifier probes.
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from search.training.batches import scaled

Array = NDArray[Any]


def accuracy(
    training: tuple[Array, Array], validation: tuple[Array, Array], regularization: float = 1.0
) -> float:
    """Return the accuracy of a linear classifier, in [0, 1].

    It is a ridge regression of the one-hot labels, which has a closed form, so no training can go wrong.

    Args:
        training: features (n, d), labels (n,) from 0.
        validation: the same.
        regularization: of the weights, for features of standard deviation 1.
    """
    x, mean, deviation = _standardized(training[0])
    targets = np.eye(int(training[1].max()) + 1)[training[1]]
    offset = targets.mean(axis=0)
    # The kernel form where there are fewer images than features; both are the same regression.
    if len(x) < x.shape[1]:
        weights = x.T @ np.linalg.solve(x @ x.T + regularization * len(x) * np.eye(len(x)), targets - offset)
    else:
        weights = np.linalg.solve(
            x.T @ x + regularization * len(x) * np.eye(x.shape[1]), x.T @ (targets - offset)
        )
    scores = (validation[0] - mean) / deviation @ weights + offset
    return float((scores.argmax(axis=1) == validation[1]).mean())


def _standardized(features: Array) -> tuple[Array, Array, Array]:
    features = features.astype(np.float64)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    return (features - mean) / deviation, mean, deviation


def maps(model: keras.Model, images: Array, batch: int = 250) -> list[Array]:
    """Return the outputs of a model for images, (n, …), one array for each output.

    Args:
        model: of one or several outputs.
        images: (n, height, width, 3) uint8, or what else the model takes.
        batch: images at a time.
    """
    parts = [
        [
            np.asarray(keras.ops.convert_to_numpy(output))
            for output in keras.tree.flatten(model(part, training=False))
        ]
        for part in (scaled(images[start : start + batch]) for start in range(0, len(images), batch))
    ]
    return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]


def pooled(features: Array, cells: int = 2) -> Array:
    """Return maps averaged in cells × cells parts of their height and width, (n, cells² × channels)."""
    n, height, width, channels = features.shape
    shape = (n, cells, height // cells, cells, width // cells, channels)
    return features.reshape(shape).mean(axis=(2, 4)).reshape(n, -1)
