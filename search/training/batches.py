"""The generators that feed training, validation and testing: images in batches, shuffled and augmented.

A batch depends on nothing but its arguments, so threads may prepare batches ahead without changing one.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Augment = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]


class Batches(keras.utils.PyDataset):
    """Batches of images with their targets, for Keras's fit, evaluate and predict on any backend.

    Args:
        images: (n, height, width, channels) uint8, or features (n, …) float; may be memory-mapped.
        targets: (n, …), for example one-hot labels.
        size: images per batch; the last batch may be smaller.
        order: positions of the images in the order in which they are used, (m,); None: all, in their order.
        augment: maps a batch of uint8 images and a generator to augmented images.
        seed: of the augmentation; each batch draws from (*seed, its number).
        workers: threads that prepare batches ahead; with 1, each batch is prepared when it is needed.
    """

    def __init__(
        self,
        images: NDArray[Any],
        targets: NDArray[Any],
        size: int,
        *,
        order: NDArray[np.int64] | None = None,
        augment: Augment | None = None,
        seed: tuple[int, ...] = (0,),
        workers: int = 1,
    ) -> None:
        super().__init__(workers=workers)
        self._images, self._targets, self._size = images, targets, size
        self._order = np.arange(len(images)) if order is None else order
        self._augment, self._seed = augment, seed

    def __len__(self) -> int:
        return -(-len(self._order) // self._size)

    def __getitem__(self, number: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return images (batch, …) as a model takes them, and their targets."""
        chosen = self._order[number * self._size : (number + 1) * self._size]
        images = self._images[chosen]
        if self._augment:
            images = self._augment(images, np.random.default_rng([*self._seed, number]))
        return scaled(images), self._targets[chosen]


def scaled(images: NDArray[Any]) -> NDArray[Any]:
    """Return images as a model takes them: uint8 as float32 in [0, 1], anything else as it is."""
    return images.astype(np.float32) / 255 if images.dtype == np.uint8 else np.asarray(images)
