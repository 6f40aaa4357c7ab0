"""Official batches: what numpy pickled is read, and no code in it is run."""

import pickle
import struct
import time
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import DataError
from data.sources.cifar.pickle import read_batch

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


def nest(levels: int) -> bytes:
    """2**levels empty tuples in a few bytes: each level holds the one before it twice."""
    return b")q\0" + b"".join(b"h%c\x86q%c" % (level, level + 1) for level in range(levels))


def dumped(data: bytes, labels: bytes = b"]") -> bytes:
    return b"\x80\x02}(U\4data" + data + b"U\6labels" + labels + b"u."


def array_of(dtype: bytes) -> bytes:
    """Operations that build an array whose dtype is named by these operations."""
    start = b"cnumpy.core.multiarray\n_reconstruct\n(tR(K\1K\1K\1\x86cnumpy\ndtype\n" + dtype + b"\x85R"
    return start + b"\x89U\1xtb"


HOSTILE = {
    "a nest of tuples in place of a dtype": (dumped(array_of(nest(60))), "an object that occurs twice"),
    "a nest of tuples as a key": (b"\x80\x02}(" + nest(60) + b"K\1u.", "an object that occurs twice"),
    "a nest of tuples by DUP": (dumped(b")" + b"2\x86" * 60), "the operation DUP"),
    "a nest of tuples as a label": (dumped(b"K\1", b"](" + nest(60) + b"e"), "an object that occurs twice"),
    "a nest of lists": (dumped(b"]q\0" + b"h\0a" * 60), "an object that occurs twice"),
    "a text that is repeated in a nest": (
        dumped(array_of(b"T" + struct.pack("<i", 100_000) + bytes(100_000) + b"2\x86" * 12)),
        "the operation DUP",
    ),
    "a deep tuple as a key": (b"\x80\x02})" + b"\x85" * 10_000_000 + b"K\1s.", "100 tuples"),
    "too many operations": (b"\x80\x02](" + b"]" * 5_000_000 + b"e.", "more than 5,000 operations"),
    "a text in place of an array": (dumped(b"U\3abc"), "AttributeError"),
    "an extension": (b"\x80\x02\x82\1.", "the operation EXT1"),
    "a persistent object": (b"\x80\x02Pabc\n.", "the operation PERSID"),
    "a byte array of 8 GB": (b"\x80\x05\x96" + struct.pack("<Q", 1 << 33) + b".", "ValueError"),
    "an escape sequence": (b"\x80\x02c\x1b[31mos\nsystem\n)R.", r"names \\x1b\[31mos\.system, which"),
    "a long name": (b"\x80\x02cos" + b"x" * 10_000_000 + b"\nsystem\n)R.", "names osx{98}, which was not"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_takes_no_time_and_no_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.sources.cifar.pickle.OPERATIONS", 5_000)
    content, message = HOSTILE[name]
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(DataError, match=message) as caught:
            read_batch(content, PIXELS, "data_batch_1")
        assert tracemalloc.get_traced_memory()[1] < 50_000_000 + len(content)
        assert time.process_time() - start < 10
    finally:
        tracemalloc.stop()
    assert len(str(caught.value)) < 200 and str(caught.value).isprintable()


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
