"""A file is replaced completely or not at all."""

import errno
import os
from pathlib import Path

import pytest

from data.store.atomic import atomic_write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "run.json"
    file.write_bytes(b"old")
    return file


def write(file: Path, content: bytes) -> None:
    with atomic_write(file) as stream:
        stream.write(content)


def test_a_new_file_appears_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "new", b"new")
    assert (tmp_path / "new").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [tmp_path / "new"]


def test_readers_see_the_old_content_until_the_end(file: Path) -> None:
    with atomic_write(file) as stream:
        stream.write(b"new")
        stream.flush()
        assert file.read_bytes() == b"old"
    assert file.read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_content(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


def test_an_interrupted_write_leaves_the_old_content_and_does_not_block_the_next(file: Path) -> None:
    def interrupt() -> None:
        with atomic_write(file) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert file.read_bytes() == b"old"
    write(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "missing" / "file", b"new")


def test_a_disk_that_cannot_sync_is_written_all_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    write(file, b"new")
    assert file.read_bytes() == b"new"
