"""Read an official CIFAR batch of the binary version: records of one byte for the label, then the pixels."""

import numpy as np

from data.store.split import DataError


def read_batch(content: bytes, pixels: int, origin: str) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (n, pixels) uint8 and labels (n,) int64 of a batch.

    Args:
        content: the file.
        pixels: values in each row.
        origin: name of the batch in error messages.

    Raises:
        DataError: it does not consist of whole records.
    """
    if not content or len(content) % (1 + pixels):
        raise DataError(f"{origin} has {len(content):,} bytes, not a multiple of {1 + pixels:,}")
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + pixels)
    return records[:, 1:], records[:, 0].astype(np.int64)
