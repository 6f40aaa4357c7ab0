"""Features of a frozen base are computed once, by one process; incomplete features are never used."""

import errno
import multiprocessing
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from data.store import atomic
from models.parts.features import features, features_file

IMAGES = np.random.default_rng(0).integers(0, 256, (70, 4, 4, 3), np.uint8)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(tmp_path))
    return tmp_path


def base() -> keras.Model:
    return keras.Sequential([keras.Input((4, 4, 3)), keras.layers.GlobalAveragePooling2D()])


def unused_base() -> keras.Model:
    raise AssertionError("the base was built again")


def test_features_are_the_output_of_the_base_which_runs_once() -> None:
    first = features(IMAGES, base, {"cut": 1})
    assert first == pytest.approx(IMAGES.mean(axis=(1, 2)) / 255, abs=1e-5)
    stored = features(IMAGES, unused_base, {"cut": 1})
    assert (first == stored).all()
    assert isinstance(stored, np.memmap) and not stored.flags.writeable


def test_another_key_is_another_file() -> None:
    features(IMAGES, base, {"cut": 1})
    with pytest.raises(AssertionError):
        features(IMAGES, unused_base, {"cut": 2})


def test_an_interrupted_computation_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(atomic.os, "fsync", kill)
        with pytest.raises(Killed):
            features(IMAGES, base, {})
    assert not features_file({}).exists()
    assert features(IMAGES, base, {}) == pytest.approx(IMAGES.mean(axis=(1, 2)) / 255, abs=1e-5)


def test_a_full_disk_leaves_nothing(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        features(IMAGES, base, {})
    assert not [path for path in cache.rglob("*") if path.suffix in (".npy", ".unfinished")]


def compute_and_count(cache: Path) -> None:
    def counted_base() -> keras.Model:
        with (cache / "runs").open("a") as file:
            file.write("once\n")
        return base()

    features(IMAGES, counted_base, {"shared": True})


@pytest.mark.slow
def test_of_two_processes_one_computes(cache: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=compute_and_count, args=(cache,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    assert (cache / "runs").read_text() == "once\n"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_shared_cache_that_is_read_only_gives_way_to_the_users_own(
    cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Root may write everywhere, so the refusal is a stand-in."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("own")))
    mkdir = Path.mkdir

    def refuse(folder: Path, *arguments: Any, **options: Any) -> None:
        if folder.is_relative_to(cache):
            raise OSError(number, os.strerror(number), str(folder))
        mkdir(folder, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", refuse)
    first = features(IMAGES, base, {"cut": 1})
    assert (features(IMAGES, unused_base, {"cut": 1}) == first).all()
    assert list(cache.iterdir()) == []
