"""A batch of the Matlab version is read; a hostile one takes no memory and is one line."""

import io
import struct
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from data import DataError
from data.sources.cifar.matlab import read_batch

ROWS = np.random.default_rng(0).integers(0, 256, (20, 3072), dtype=np.uint8)
LABELS = np.arange(20, dtype=np.uint8)[:, None] % 10


def batch(compressed: bool = True, **arrays: Any) -> bytes:
    file = io.BytesIO()
    savemat(file, {"batch_label": "x", "data": ROWS, "labels": LABELS} | arrays, do_compression=compressed)
    return file.getvalue()


@pytest.mark.parametrize("compressed", [True, False])
def test_it_reads_rows_and_labels(compressed: bool) -> None:
    rows, labels = read_batch(batch(compressed), 3072, "data_batch_1.mat")
    assert (rows == ROWS).all() and labels.tolist() == LABELS.ravel().tolist()
    assert (rows.dtype, labels.dtype) == (np.uint8, np.int64)


def variable(content: bytes) -> bytes:
    return batch()[:128] + struct.pack("<II", 15, len(content)) + content


HOSTILE = {
    "floating-point numbers": (batch(data=ROWS.astype(float)), "no array data of bytes"),
    "objects": (batch(labels=np.array([{}], object)), "no array labels of bytes"),
    "too few labels": (batch(labels=LABELS[:3]), r"images \(20, 3072\) and 3 labels"),
    "a variable that unpacks to a gigabyte": (
        variable(zlib.compress(struct.pack("<II", 14, 10**9) + bytes(10**9), 1)),
        "not complete",
    ),
    "many variables": (batch(**{f"v{n}": 1 for n in range(200)}), "more than 100 variables"),
    "no MAT-file": (bytes(1000), "no header"),
    "nothing": (b"", "no header"),
    "half of it": (batch()[:20_000], "not a CIFAR batch"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_a_batch_is_one_line_and_takes_no_memory(name: str) -> None:
    content, message = HOSTILE[name]
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=message) as caught:
            read_batch(content, 3072, "data_batch_1.mat")
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith("data_batch_1.mat ") and "\n" not in str(caught.value)


def test_a_shape_that_is_larger_than_the_file_is_not_allocated() -> None:
    content = batch(compressed=False)
    changed = content.replace(struct.pack("<II", 20, 3072), struct.pack("<II", 2**31 - 1, 2**31 - 1))
    assert changed != content
    with pytest.raises(DataError, match="an array data that is larger than the file"):
        read_batch(changed, 3072, "data_batch_1.mat")
