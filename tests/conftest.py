"""What the tests share: small data of CIFAR-10's shape, and the commands as a user calls them."""

import contextlib
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
SIZES = {"training": 400, "validation": 200, "test": 50}

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return on how many processes tests run: four at most, each imports TensorFlow.

    Slow tests stay in one: those of the clusters cannot share a machine, others share what takes minutes.
    """
    return min(len(os.sched_getaffinity(0)), 4) if config.option.markexpr == "not slow" else 0


def pytest_collection_finish() -> None:
    """Leave what the imports made out of the garbage collections between models."""
    gc.freeze()


def make_cache(
    folder: Path, name: str = "cifar10", classes: int = 10, pixels: int = 32, sizes: dict[str, int] = SIZES
) -> Path:
    """Write prepared data of a dataset's shape: noise whose colour tells the class, learned in seconds."""
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (classes, 3))
    place = folder / name
    place.mkdir(parents=True)
    for split, n in sizes.items():
        labels = np.arange(n) % classes
        images = colours[labels][:, None, None] + rng.integers(-60, 60, (n, pixels, pixels, 3))
        np.save(place / f"{split}_images.npy", images.clip(0, 255).astype(np.uint8))
        np.save(place / f"{split}_labels.npy", labels.astype(np.int64))
    (place / "description.json").write_text(json.dumps({"fingerprint": "f" * 64, "sizes": sizes}))
    return folder


@contextlib.contextmanager
def alone(cache: Path) -> Iterator[pytest.MonkeyPatch]:
    """Use prepared data from a folder, no GPU and no Ray of somebody else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNN_SEARCH_CACHE", str(cache))
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        patch.delenv("RAY_ADDRESS", raising=False)
        yield patch


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of prepared data: a stand-in for CIFAR-10."""
    return make_cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def small_data(small_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let this test's process and its children use the stand-in for CIFAR-10."""
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(small_cache))
    return small_cache


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `python -m …` in an empty folder, as a user does."""

    def run(*arguments: str, timeout: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
