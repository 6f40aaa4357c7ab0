"""Copies of prepared data on a node's own disk."""

import os
from pathlib import Path

import pytest

from data.store.dataset import load
from data.store.scratch import nearby


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNN_SEARCH_SCRATCH", str(tmp_path / "scratch"))
    return tmp_path / "scratch"


def test_a_file_is_copied_once_and_read_from_the_copy(scratch: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.npy"
    file.write_bytes(b"first")
    copy = nearby(file)
    assert copy.parent == scratch and copy.read_bytes() == b"first"
    copied = copy.stat().st_mtime_ns
    assert nearby(file) == copy and copy.stat().st_mtime_ns == copied


def test_a_file_that_was_replaced_has_a_new_copy(scratch: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.npy"
    file.write_bytes(b"first")
    nearby(file)
    file.write_bytes(b"other")
    os.utime(file, ns=(1, 1))
    assert nearby(file).read_bytes() == b"other"


def test_without_such_a_disk_the_file_itself_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.npy"
    file.write_bytes(b"first")
    monkeypatch.delenv("CNN_SEARCH_SCRATCH", raising=False)
    assert nearby(file) == file
    monkeypatch.setenv("CNN_SEARCH_SCRATCH", "/dev/null/nothing")
    assert nearby(file) == file


def test_a_dataset_is_read_from_the_copies_but_for_its_test_split(scratch: Path, small_data: Path) -> None:
    dataset = load("cifar10")
    assert len(dataset.training) == 400
    names = {path.name.partition("-")[2] for path in scratch.glob("*.npy")}
    assert names == {
        f"{split}_{part}.npy" for split in ("training", "validation") for part in ("images", "labels")
    }
