"""Official batches: what numpy pickled is read, and no code in it is run."""

import pickle
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import DataError
from data.sources.cifar_pickle import read_batch

PIXELS = 3 * 32 * 32


@pytest.fixture
def batch(cifar: Any) -> bytes:
    return cifar.official["cifar-10-batches-py/data_batch_1"]


def test_it_reads_what_an_ordinary_unpickler_reads(batch: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's warning about the old place of its functions
        expected = pickle.loads(batch, encoding="bytes")
    rows, labels = read_batch(batch, PIXELS, "data_batch_1")
    assert rows.dtype == np.uint8
    assert np.array_equal(rows, expected[b"data"])
    assert labels.tolist() == expected[b"labels"]


class Hostile:
    """Writes a file when an ordinary unpickler loads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return open, (str(self.path), "w")


def test_a_hostile_pickle_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "it-ran"
    content = pickle.dumps({"data": Hostile(mark), "labels": [1]}, protocol=2)
    pickle.loads(content)["data"].close()
    assert mark.exists(), "the pickle of this test is not hostile"
    mark.unlink()
    with pytest.raises(
        DataError, match=r"data_batch_1 .*names (io|builtins|__builtin__)\.open, which was not run"
    ):
        read_batch(content, PIXELS, "data_batch_1")
    assert not mark.exists()


@pytest.mark.parametrize(
    "name", ["os\nsystem", "numpy\nload", "numpy.core.multiarray\nfromfile", "builtins\neval"]
)
def test_every_other_name_is_refused(name: str) -> None:
    content = b"\x80\x02c" + name.encode() + b"\n(S'true'\ntR."
    with pytest.raises(DataError, match=name.replace("\n", r"\.") + ", which was not run"):
        read_batch(content, PIXELS, "data_batch_1")


def test_a_memo_that_would_fill_the_memory_is_refused() -> None:
    content = b"\x80\x02}r" + struct.pack("<I", 2**32 - 1) + b"."
    with pytest.raises(DataError, match="a memo of 4,294,967,295 entries"):
        read_batch(content, PIXELS, "data_batch_1")


def test_damage_anywhere_is_one_clear_error(batch: bytes) -> None:
    for end in (0, 1, 10, 60, 200, len(batch) // 2, len(batch) - 1):
        with pytest.raises(DataError, match="^data_batch_1 is not a CIFAR batch: "):
            read_batch(batch[:end], PIXELS, "data_batch_1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (struct.pack("<i", 20), struct.pack("<i", 21)),  # more rows than pixels
        (struct.pack("<i", PIXELS), struct.pack("<i", PIXELS - 1)),
        (b"u1", b"O8"),  # an array of objects
        (b"labels", b"lables"),
        (b"](K", b"](\x88K"),  # a label True
    ],
)
def test_a_batch_that_contradicts_itself_is_refused(batch: bytes, old: bytes, new: bytes) -> None:
    assert old in batch
    with pytest.raises(DataError, match="^data_batch_1 (is not a CIFAR batch|has images)"):
        read_batch(batch.replace(old, new, 1), PIXELS, "data_batch_1")


def test_labels_and_rows_are_as_many(batch: bytes) -> None:
    with pytest.raises(DataError, match=r"data_batch_1 has images \(20, 3072\) and 21 labels"):
        read_batch(batch.replace(b"](K", b"](K\x01K", 1), PIXELS, "data_batch_1")
