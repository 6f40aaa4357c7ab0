"""Fixtures: a small searched run, a small retrained run, the command, and the record of a run."""

import contextlib
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from matplotlib.figure import Figure
from PIL import Image

from analysis.__main__ import main
from analysis.document.document import Section
from analysis.retraining import storage
from analysis.retraining.record import Record
from analysis.theory import theory
from search.__main__ import main as search
from tests.conftest import alone
from tests.search.conftest import TINY

NAME = "cifar_residual/r"
ONE = [NAME, "--seeds", "1", "--epochs", "1", "--local"]
SIZE = ["--trials", "3", "--epochs", "2", "--train-images", "64", "--sampler", "random", "--local"]
SIZE += ["--scheduler", "halving"]  # of its three trials, the best is not the default

Call = Callable[..., int]


class Retrained(NamedTuple):
    """The folder of the runs, and what the command printed when one was retrained."""

    runs: Path
    out: str
    err: str


@contextlib.contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Use the stand-in for CIFAR-10, and write no report."""
    with alone(cache) as patch:
        patch.setattr("analysis.report.write", lambda folder: folder / "report" / "report.html")
        yield


@pytest.fixture(scope="session")
def answers() -> list[Section]:
    """The answers to the theory questions, with figures from the data that are prepared here: minutes."""
    return theory.sections(None)


@pytest.fixture(scope="session")
def finished(small_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the runs after a search; tests must not change it."""
    runs = tmp_path_factory.mktemp("searched") / "runs"
    with _alone(small_cache):
        assert search(["cifar_residual", *TINY, *SIZE, "--name", "r", "--runs", str(runs)]) == 0
    return runs


@pytest.fixture(scope="session")
def retrained(finished: Path, small_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Retrained:
    """The same after retraining the best and the default with two seeds; tests must not change it."""
    runs = tmp_path_factory.mktemp("retrained") / "runs"
    shutil.copytree(finished, runs)
    out, err = io.StringIO(), io.StringIO()
    with _alone(small_cache), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert main([NAME, "--seeds", "2", "--local", "--csv", "--runs", str(runs)]) == 0
    return Retrained(runs, out.getvalue(), err.getvalue())


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """The folder of a finished run that the test may change: 3 trials of 2 epochs on 64 images."""
    shutil.copytree(finished, tmp_path / "runs")
    return tmp_path / "runs" / NAME


@pytest.fixture
def tested(retrained: Retrained, tmp_path: Path) -> Path:
    """The folder of a run retrained with two seeds that the test may change."""
    shutil.copytree(retrained.runs, tmp_path / "runs")
    return tmp_path / "runs" / NAME


@pytest.fixture
def call(small_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Run `python -m analysis …` in this process and in the test's folder; return its exit status."""
    monkeypatch.chdir(tmp_path)

    def analysis(*arguments: str) -> int:
        try:
            return main(list(arguments))
        except SystemExit as stop:  # argparse exits so
            return int(stop.code or 0)

    with _alone(small_cache):
        yield analysis


@pytest.fixture
def one_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save every figure as one pixel, because drawing takes most of the time."""
    pixel = io.BytesIO()
    Image.new("L", (1, 1)).save(pixel, format="png")
    monkeypatch.setattr(Figure, "savefig", lambda self, file, **_: file.write(pixel.getvalue()))


def record_of(run: Path) -> Record:
    """Return the record of a retrained run."""
    record = storage.read(run)
    assert record
    return record


def curves(record: Record) -> dict[tuple[str, int], Any]:
    """Return the metrics of every training, except the time it took."""
    return {
        (configuration.name, training.seed): [
            {name: value for name, value in metrics.items() if name != "seconds"}
            for metrics in training.epochs.values()
        ]
        for configuration in record.configurations
        for training in configuration.trainings
    }


def never(*_: object, **__: object) -> None:
    raise AssertionError("it was done already")
