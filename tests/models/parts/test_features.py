"""Features of a frozen base are computed once, by one process, and never used half done."""

import multiprocessing
from pathlib import Path

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


def never() -> keras.Model:
    raise AssertionError("the base has run again")


def test_they_are_what_the_base_gives_and_it_runs_once() -> None:
    first = features(IMAGES, base, {"cut": 1})
    assert first == pytest.approx(IMAGES.mean(axis=(1, 2)) / 255, abs=1e-5)
    again = features(IMAGES, never, {"cut": 1})
    assert (first == again).all()
    assert isinstance(again, np.memmap) and not again.flags.writeable


def test_another_key_is_another_file() -> None:
    features(IMAGES, base, {"cut": 1})
    with pytest.raises(AssertionError):
        features(IMAGES, never, {"cut": 2})


def test_a_computation_that_was_cut_short_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(atomic.os, "fsync", killed)
        with pytest.raises(Killed):
            features(IMAGES, base, {})
    assert not features_file({}).exists()
    assert features(IMAGES, base, {}) == pytest.approx(IMAGES.mean(axis=(1, 2)) / 255, abs=1e-5)


def test_a_full_disk_leaves_nothing(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        features(IMAGES, base, {})
    assert not [each for each in cache.rglob("*") if each.suffix in (".npy", ".unfinished")]


def _count(shared: Path) -> None:
    def counted() -> keras.Model:
        with (shared / "runs").open("a") as file:
            file.write("once\n")
        return base()

    features(IMAGES, counted, {"shared": True})


def test_of_two_processes_one_computes(cache: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_count, args=(cache,)) for _ in range(2)]
    for each in processes:
        each.start()
    for each in processes:
        each.join(120)
    assert [each.exitcode for each in processes] == [0, 0]
    assert (cache / "runs").read_text() == "once\n"
