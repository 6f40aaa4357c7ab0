"""Read an official CIFAR batch, a pickle of Python 2, without running any code that it names.

A pickle is a program that calls the functions it names. Here, the three names that numpy arrays need stand
for a class that only records its arguments, every other name is refused, and the array is built from the
record.
"""

import io
import pickle
import pickletools
from typing import Any

import numpy as np

from data.store.split import DataError


def read_batch(content: bytes, pixels: int, origin: str) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (n, pixels) uint8 and labels (n,) int64 of a batch.

    Args:
        content: the pickle.
        pixels: values in each row.
        origin: name of the batch in error messages.

    Raises:
        DataError: it is not such a batch, or it names something else than a numpy array.
    """
    try:
        _refuse_memory_bomb(content)
        batch = _Reader(io.BytesIO(content), encoding="bytes").load()
        rows, labels = _rows(batch[b"data"]), _labels(batch[b"labels"])
    except _Refused as error:
        raise DataError(f"{origin} is not a CIFAR batch; it names {error}, which was not run") from None
    except Exception as error:  # a broken pickle can raise an exception of any type
        raise DataError(f"{origin} is not a CIFAR batch: {type(error).__name__}: {error}") from error
    if rows.shape != (len(labels), pixels):
        raise DataError(f"{origin} has images {rows.shape} and {len(labels):,} labels")
    return rows, labels


class _Refused(Exception):
    pass


class _Recorded:
    """In place of any numpy object that a pickle names: records its arguments and state."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type[_Recorded]:
        if (module, name) in {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
        }:
            return _Recorded
        raise _Refused(f"{module}.{name}")


def _refuse_memory_bomb(content: bytes) -> None:
    """Five bytes can ask for a memo of 2**32 entries; a valid memo has fewer entries than bytes."""
    for opcode, argument, _ in pickletools.genops(content):
        if "PUT" in opcode.name and argument is not None and argument > len(content):
            raise ValueError(f"a memo of {argument:,} entries")


def _rows(array: _Recorded) -> np.ndarray:
    _, shape, dtype, by_column, content = array.state
    if dtype.arguments[0] != b"u1":
        raise ValueError(f"an array of {dtype.arguments[0]!r}, not of bytes")
    return np.frombuffer(content, np.uint8).reshape(shape, order="F" if by_column else "C")


def _labels(labels: list[int]) -> np.ndarray:
    if not all(type(label) is int for label in labels):
        raise ValueError("labels that are not whole numbers")
    return np.array(labels, np.int64)
