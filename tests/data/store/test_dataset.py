"""Prepared data: whole or not there, one process at a time, read-only, and the test split sealed."""

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import data
from data import DataError

Start = Callable[[str], subprocess.Popen]


@pytest.fixture
def source(small: Any, tar: Callable[..., Path]) -> Path:
    return tar(small.official)


def finish(process: subprocess.Popen, status: int = 0) -> str:
    out, error = process.communicate(timeout=30)
    assert process.returncode == status, error
    return out


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_datasets_are_found_by_their_file_name() -> None:
    assert "cifar10" in data.names()
    assert not [name for name in data.names() if name.startswith("_")]


def test_an_unknown_dataset_names_the_ones_there_are() -> None:
    for find in (data.load, data.prepare):
        with pytest.raises(DataError, match=r"no dataset '\.\./cifar10': there are .*cifar10"):
            find("../cifar10")


def test_what_is_not_prepared_says_how_it_is(cache: Path) -> None:
    with pytest.raises(DataError, match="cifar10 is not prepared: python -m data cifar10"):
        data.load("cifar10")
    assert not cache.exists()


def test_prepared_data_is_opened_memory_mapped_and_read_only(source: Path) -> None:
    data.prepare("cifar10", source)
    source.unlink()
    dataset = data.prepare("cifar10")
    for part in (dataset.training, dataset.validation):
        assert isinstance(part.images, np.memmap)
        assert (part.images.dtype, part.labels.dtype) == (np.uint8, np.int64)
        with pytest.raises(ValueError, match="read-only"):
            part.images[0] = 0
    assert dataset.input_shape == (32, 32, 3) == dataset.training.images.shape[1:]
    assert len(dataset.classes) == 10


def test_nothing_but_the_prepared_data_is_left(source: Path, cache: Path) -> None:
    data.prepare("cifar10", source)
    data.prepare("cifar10", source)
    assert {path.name for path in cache.iterdir()} == {"cifar10", "cifar10.lock", "downloads"}
    assert not list((cache / "downloads").iterdir())


def test_a_source_that_is_refused_leaves_prepared_data_alone(source: Path, tar: Callable[..., Path]) -> None:
    data.prepare("cifar10", source)
    with pytest.raises(DataError):
        data.prepare("cifar10", tar({"x": b""}, "wrong.tgz"))
    assert len(data.load("cifar10").training) == 80


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("training_images.npy", b""),
        ("training_images.npy", b"\x93NUMPY"),
        ("training_labels.npy", npy(np.zeros(79, np.int64))),
        ("training_images.npy", npy(np.zeros((80, 8, 8, 3), np.uint8))),
        ("validation_labels.npy", None),
        ("description.json", b"{"),
    ],
)
def test_damaged_data_is_named_and_prepared_again(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, file: str, content: bytes | None
) -> None:
    data.prepare("cifar10", source)
    (cache / "cifar10" / file).unlink()
    if content is not None:
        (cache / "cifar10" / file).write_bytes(content)
    with pytest.raises(DataError, match="cifar10 is damaged, prepare it again"):
        data.load("cifar10")
    monkeypatch.setattr("data.cifar10._fetch", lambda downloads: source)
    assert len(data.prepare("cifar10").training) == 80


def test_a_cache_that_cannot_be_written_is_a_clear_error(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="cannot prepare cifar10 in .*file"):
        data.prepare("cifar10", source)


def test_a_full_disk_leaves_nothing_that_looks_finished(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **keywords: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DataError, match="No space left on device"):
        data.prepare("cifar10", source)
    assert not list(cache.glob("*cifar10")) + list(cache.glob(".*"))


# Where a process is killed: while the arrays are written, before they are all on disk, before the folder
# moves, and between the moving of the old and of the new.
KILLS = {
    "third file": "count(_dataset.np, 'save', 3)",
    "sixth sync": "count(_dataset, '_sync', 6)",
    "first move": "count(_dataset.Path, 'rename', 1)",
    "second move": "count(_dataset.Path, 'rename', 2)",
}
KILL = """
import os
from pathlib import Path
def count(owner, name, last):
    real, calls = getattr(owner, name), []
    def call(*arguments, **keywords):
        calls.append(1)
        return os._exit(9) if len(calls) == last else real(*arguments, **keywords)
    setattr(owner, name, call)
{kill}
_dataset.prepare("cifar10", Path({source!r}))
"""


@pytest.mark.parametrize("kill", ["third file", "sixth sync", "first move"])
def test_a_killed_process_leaves_nothing_that_looks_finished(
    source: Path, cache: Path, python: Start, kill: str
) -> None:
    finish(python(KILL.format(kill=KILLS[kill], source=str(source))), status=9)
    assert list(cache.glob(".cifar10-*")), "it was killed before it wrote anything"
    with pytest.raises(DataError, match="cifar10 is not prepared"):
        data.load("cifar10")
    assert len(data.prepare("cifar10", source).training) == 80
    assert not list(cache.glob(".cifar10-*"))


@pytest.mark.parametrize("kill", ["third file", "first move", "second move"])
def test_killed_while_replacing_it_leaves_the_old_or_none(
    source: Path, cache: Path, python: Start, kill: str
) -> None:
    before = data.prepare("cifar10", source).training.images.copy()
    finish(python(KILL.format(kill=KILLS[kill], source=str(source))), status=9)
    if kill == "second move":
        assert not (cache / "cifar10").exists()
        data.prepare("cifar10", source)
    assert np.array_equal(data.load("cifar10").training.images, before)


def test_of_two_processes_one_prepares_and_the_other_waits(source: Path, python: Start) -> None:
    code = f"""
import time
from pathlib import Path
def fetch(downloads):
    print("fetched")
    time.sleep(1)
    return Path({str(source)!r})
cifar10._fetch = fetch
print(len(_dataset.prepare("cifar10").training))
"""
    printed = [finish(process) for process in [python(code), python(code)]]
    assert sorted(printed) == ["80\n", "fetched\n80\n"]


def test_two_processes_that_replace_it_do_no_harm(source: Path, python: Start) -> None:
    code = f"""
from pathlib import Path
for _ in range(5):
    print(len(_dataset.prepare("cifar10", Path({str(source)!r})).training))
"""
    assert [finish(process) for process in [python(code), python(code)]] == ["80\n" * 5] * 2


def test_the_test_split_stays_sealed(source: Path, python: Start) -> None:
    data.prepare("cifar10", source)
    code = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
dataset = _dataset.prepare("cifar10")
_dataset.load("cifar10").training.take(10, seed=0)
assert any(name.endswith("training_images.npy") for name in opened)
assert "data.store.test_split" not in sys.modules
assert not [name for name in opened if "test_" in name.rpartition("/")[2]], opened
from data.store.test_split import open_test
open_test("cifar10")
assert any(name.endswith("test_images.npy") for name in opened)
"""
    finish(python(code))
