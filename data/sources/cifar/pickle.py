"""Read an official CIFAR batch, a pickle of Python 2, without running any code that it names.

A pickle is a program that calls the functions it names. Here, the three names that numpy arrays need stand
for a class that only records its arguments, every other name is refused, and the array is built from the
record. Before that, each operation is looked at: there are only those of a batch, not too many of them, and
no object but a number, a text or a name occurs twice. So what is built is flat, and as small as its pickle.
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
        _check_operations(content)
        batch = _Reader(io.BytesIO(content), encoding="bytes").load()
        rows, labels = _rows(batch[b"data"]), _labels(batch[b"labels"])
    except _Refused as error:
        raise DataError(f"{origin} is not a CIFAR batch; it names {error}, which was not run") from None
    except _Invalid as error:
        raise DataError(f"{origin} is not a CIFAR batch: it has {error}") from None
    except (
        Exception
    ) as error:  # a broken pickle can raise an exception of any type, with a value as its message
        raise DataError(f"{origin} is not a CIFAR batch: {type(error).__name__}") from error
    if rows.shape != (len(labels), pixels):
        raise DataError(f"{origin} has images {rows.shape} and {len(labels):,} labels")
    return rows, labels


# 10,000 labels and 10,000 file names, each stored in the memo, are about 30,000 operations.
OPERATIONS, TUPLES = 100_000, 100
ATOMS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "BINFLOAT", "NONE", "NEWTRUE", "NEWFALSE"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINBYTES", "SHORT_BINBYTES", "GLOBAL", "STACK_GLOBAL"),
}
STORES = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
FETCHES = {"GET", "BINGET", "LONG_BINGET"}
CONTAINERS = {
    *(
        "MARK",
        "TUPLE",
        "TUPLE1",
        "TUPLE2",
        "TUPLE3",
        "EMPTY_TUPLE",
        "LIST",
        "EMPTY_LIST",
        "DICT",
        "EMPTY_DICT",
    ),
    *("EMPTY_DICT", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "REDUCE", "BUILD", "PROTO", "FRAME", "STOP"),
}


class _Refused(Exception):
    """A name that is not run."""


class _Invalid(Exception):
    """Not a batch; the message is short and holds no value of the pickle."""


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
        raise _Refused(ascii(f"{module}.{name}"[:100])[1:-1])


def _check_operations(content: bytes) -> None:
    """Raise _Invalid for operations that build more than a batch. It builds nothing itself."""
    atoms: dict[int, bool] = {}  # memo: index → whether it is a number, a text or a name
    tuples, before = 0, ""
    argument: Any
    for count, (operation, argument, _) in enumerate(pickletools.genops(content)):
        name = operation.name
        tuples += "TUPLE" in name
        if name not in ATOMS | STORES | FETCHES | CONTAINERS:
            raise _Invalid(f"the operation {name}")
        if count >= OPERATIONS or tuples > TUPLES:
            raise _Invalid(f"more than {OPERATIONS:,} operations or {TUPLES} tuples")
        if name in STORES:
            index = len(atoms) if name == "MEMOIZE" else argument
            if index > len(content):  # five bytes can ask for a memo of 2**32 entries
                raise _Invalid(f"a memo of {index:,} entries")
            atoms[index] = before in ATOMS
        if name in FETCHES and not atoms.get(argument):
            raise _Invalid("an object that occurs twice")
        before = name


def _rows(array: _Recorded) -> np.ndarray:
    _, shape, dtype, by_column, content = array.state
    if dtype.arguments[0] != b"u1":
        raise _Invalid("an array of something else than bytes")
    return np.frombuffer(content, np.uint8).reshape(shape, order="F" if by_column else "C")


def _labels(labels: list[int]) -> np.ndarray:
    if not all(type(label) is int for label in labels):
        raise _Invalid("labels that are not whole numbers")
    return np.array(labels, np.int64)
