"""Preparing: complete or not at all, by one process at a time, also when a process is killed."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import data
from data import DataError

Start = Callable[[str], subprocess.Popen]


def finish(process: subprocess.Popen, status: int = 0) -> str:
    """Return what a process has printed, stderr after stdout."""
    out, error = process.communicate(timeout=30)
    assert process.returncode == status, error
    return out + error


def test_nothing_but_the_prepared_data_is_left(source: Path, cache: Path) -> None:
    data.prepare("cifar10", source)
    data.prepare("cifar10", source)
    assert {path.name for path in cache.iterdir()} == {"cifar10", "cifar10.lock", "downloads"}
    assert not list((cache / "downloads").iterdir())


def test_a_refused_source_leaves_prepared_data_unchanged(source: Path, tar: Callable[..., Path]) -> None:
    data.prepare("cifar10", source)
    with pytest.raises(DataError):
        data.prepare("cifar10", tar({"x": b""}, "wrong.tgz"))
    assert len(data.load("cifar10").training) == 80


def test_data_of_a_later_version_is_not_replaced(source: Path, prepared: Path) -> None:
    description = prepared / "description.json"
    later = json.dumps({**json.loads(description.read_text()), "format": 3})
    description.write_text(later)
    with pytest.raises(DataError, match=r"cifar10 was made by a later version of this program \(format 3"):
        data.prepare("cifar10")
    assert description.read_text() == later
    assert len(data.prepare("cifar10", source).training) == 80  # asked for by name of its source


def test_a_cache_that_cannot_be_written_is_a_clear_error(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="cannot prepare cifar10 in .*file"):
        data.prepare("cifar10", source)


def test_a_cache_without_file_locks_is_a_clear_error(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(DataError, match=r"cannot prepare cifar10 in .*does not support file locks \(flock\)"):
        data.prepare("cifar10", source)
    assert not (cache / "cifar10").exists()


def test_a_full_disk_leaves_no_prepared_data(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **keywords: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DataError, match="No space left on device"):
        data.prepare("cifar10", source)
    assert not list(cache.glob("*cifar10")) + list(cache.glob(".*"))


# When a process is killed: while it writes the arrays, before all of them are on disk, before it renames the
# folder, and between renaming the old folder and the new one.
KILLS = {
    "third file": "count(preparation.np, 'save', 3)",
    "sixth sync": "count(preparation, '_sync', 6)",
    "first move": "count(preparation.Path, 'rename', 1)",
    "second move": "count(preparation.Path, 'rename', 2)",
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
preparation.prepare("cifar10", Path({source!r}))
"""


@pytest.mark.parametrize("kill", ["third file", "sixth sync", "first move"])
def test_a_killed_process_leaves_no_prepared_data(
    source: Path, cache: Path, python: Start, kill: str
) -> None:
    finish(python(KILL.format(kill=KILLS[kill], source=str(source))), status=9)
    assert list(cache.glob(".cifar10-*")), "it was killed before it wrote anything"
    with pytest.raises(DataError, match="cifar10 is not prepared"):
        data.load("cifar10")
    assert len(data.prepare("cifar10", source).training) == 80
    assert not list(cache.glob(".cifar10-*"))


@pytest.mark.parametrize("kill", ["third file", "first move", "second move"])
def test_a_process_killed_while_it_replaces_data_leaves_the_old_or_none(
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
print(len(preparation.prepare("cifar10").training))
"""
    printed = [finish(process) for process in [python(code), python(code)]]
    assert sorted(printed) == ["80\nanother process is preparing cifar10: waiting\n", "fetched\n80\n"]


def test_two_processes_that_replace_it_do_no_harm(source: Path, python: Start) -> None:
    code = f"""
from pathlib import Path
for _ in range(5):
    print(len(preparation.prepare("cifar10", Path({str(source)!r})).training))
"""
    for process in [python(code), python(code)]:
        assert finish(process).replace("another process is preparing cifar10: waiting\n", "") == "80\n" * 5
