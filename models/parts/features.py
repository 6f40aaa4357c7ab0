"""Features of a frozen base: computed once on each node, stored in the cache, shared by all trials.

Without augmentation, the base computes the same features in every trial and every epoch.
"""

import errno
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from data.store.atomic import atomic_write
from data.store.dataset import cache
from data.store.lock import locked
from data.store.scratch import nearby

if TYPE_CHECKING:
    import keras

BATCH = 32


def features(
    images: NDArray[np.uint8], build_base: Callable[[], "keras.Model"], key: Mapping[str, Any]
) -> NDArray[np.float32]:
    """Return the features that a frozen base computes from images, memory-mapped and read-only.

    If several processes ask at the same time, one computes the features and the others wait. An interrupted
    computation leaves no file that a later call would use.

    Args:
        images: (n, height, width, 3) uint8.
        build_base: returns the base, which maps float32 images in [0, 1] to features; called only if the
            features are not in the cache.
        key: JSON values that identify images and base: fingerprints of data and weights, the params.

    Returns:
        (n, …) float32.

    Raises:
        OSError: neither the cache nor the user's own one can be written.
    """
    file = features_file(key)
    own = platformdirs.user_cache_path("cnn-search", appauthor=False) / "features" / file.name
    if not file.exists() and not own.exists():
        try:
            _make(file, images, build_base)
        except OSError as error:  # a cache that several users share may be read-only for this one
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS) or file == own:
                raise
            _make(own, images, build_base)
    return np.load(nearby(file if file.exists() else own), mmap_mode="r", allow_pickle=False)


def features_file(key: Mapping[str, Any]) -> Path:
    """Return the path at which the features of a key are stored."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return cache() / "features" / f"{digest[:32]}.npy"


def _make(file: Path, images: NDArray[np.uint8], build_base: Callable[[], "keras.Model"]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with locked(file.with_suffix(".lock")):
        if not file.exists():
            _compute(file, images, build_base())


def _compute(file: Path, images: NDArray[np.uint8], base: "keras.Model") -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(images), *base.output_shape[1:])}
    # Written, not memory-mapped: a full disk kills a process that writes through a memory map.
    with atomic_write(file) as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH].astype(np.float32) / 255
            stream.write(np.asarray(base.predict_on_batch(batch), "<f4").tobytes())
