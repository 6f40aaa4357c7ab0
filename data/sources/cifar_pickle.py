"""Read an official CIFAR batch, a pickle of Python 2, and run nothing of what it says.

A pickle is a program that calls what it names. Here the three names that numpy arrays need stand for a
class that only records what is said, every other name is refused, and the array is then built from the
record.
"""

import io
import pickle
import pickletools
from typing import Any

import numpy as np

from data.store.split import DataError


def read_batch(content: bytes, pixels: int, origin: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, pixels) uint8 and labels (n,) int64 of a batch; origin is what an error calls it.

    Raises DataError for what is no such batch, and for a pickle that names anything else.
    """
    try:
        _refuse_memory_bomb(content)
        batch = _Reader(io.BytesIO(content), encoding="bytes").load()
        rows, labels = _rows(batch[b"data"]), _labels(batch[b"labels"])
    except _Refused as refused:
        raise DataError(f"{origin} is no CIFAR batch, and was not run: it names {refused}") from None
    except Exception as error:  # a broken pickle can end in an exception of any type
        raise DataError(f"{origin} is no CIFAR batch: {type(error).__name__}: {error}") from error
    if rows.shape != (len(labels), pixels):
        raise DataError(f"{origin} has images {rows.shape} and {len(labels):,} labels")
    return rows, labels


class _Refused(Exception):
    pass


class _Said:
    """Stands for whatever numpy object a pickle names: records its arguments and state."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type[_Said]:
        if (module, name) in {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
        }:
            return _Said
        raise _Refused(f"{module}.{name}")


def _refuse_memory_bomb(content: bytes) -> None:
    """Five bytes can ask for a memo of 2**32 entries; an honest one has fewer entries than bytes."""
    for opcode, argument, _ in pickletools.genops(content):
        if "PUT" in opcode.name and argument is not None and argument > len(content):
            raise ValueError(f"a memo of {argument:,} entries")


def _rows(said: _Said) -> np.ndarray:
    _, shape, dtype, by_column, content = said.state
    if dtype.arguments[0] != b"u1":
        raise ValueError(f"an array of {dtype.arguments[0]!r}, not of bytes")
    return np.frombuffer(content, np.uint8).reshape(shape, order="F" if by_column else "C")


def _labels(said: list[int]) -> np.ndarray:
    if not all(type(label) is int for label in said):
        raise ValueError("labels that are no whole numbers")
    return np.array(said, np.int64)
