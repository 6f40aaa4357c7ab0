"""Features of a frozen base: computed once a node, kept beside the prepared data, shared by all that train.

The base gives the same features in every trial and epoch as long as nothing is augmented.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.store.atomic import atomic_write
from data.store.dataset import cache
from data.store.lock import locked

if TYPE_CHECKING:
    import keras

BATCH = 32


def features(
    images: NDArray[np.uint8], frozen: Callable[[], "keras.Model"], key: Mapping[str, Any]
) -> NDArray[np.float32]:
    """Return what a frozen base makes of images, memory-mapped and read-only.

    Of several processes at once one computes them, and the others wait. A computation that was cut short
    leaves nothing that is used.

    Args:
        images: (n, height, width, 3) uint8.
        frozen: gives the base, float32 images in [0, 1] to features; called only if it has to run.
        key: JSON values that identify images and base: data, weights, cut, size.

    Returns:
        (n, …) float32.

    Raises:
        OSError: the cache cannot be written.
    """
    file = place(key)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with locked(file.with_suffix(".lock")):
            if not file.exists():
                _compute(file, images, frozen())
    return np.load(file, mmap_mode="r", allow_pickle=False)


def place(key: Mapping[str, Any]) -> Path:
    """Return the file of the features of a key."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return cache() / "features" / f"{digest[:32]}.npy"


def _compute(file: Path, images: NDArray[np.uint8], frozen: "keras.Model") -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(images), *frozen.output_shape[1:])}
    # Written, not memory-mapped: there a disk that is full kills the process.
    with atomic_write(file) as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH].astype(np.float32) / 255
            stream.write(np.asarray(frozen.predict_on_batch(batch), "<f4").tobytes())
