"""Searching from Python: `from search import SearchOptions, resume, run`."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import search
from models import UnknownStudy
from models.space.points import PointError
from search.options import OptionError, SearchOptions
from search.result import Result
from search.runs import run
from search.runs.run import RunError, RunNotFound
from tests.conftest import ROOT, alone

# A model that trains in a moment.
TINY = {"depth": 1, "width": 8, "blocks": 1, "normalization": "batch", "batch_size": 32, "optimizer": "adam"}
SMALL = SearchOptions(trials=2, epochs=1, train_images=64, local=True, fixed=TINY, name="first")

SLOW = ("ray", "optuna", "keras", "tensorflow", "jax", "numpy", "rich", "msgspec")


@pytest.fixture(scope="module")
def folder(small_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Work in an empty folder, with small data; the environment is afterwards what it was."""
    made = tmp_path_factory.mktemp("mine")
    before = dict(os.environ)
    with alone(small_cache) as patch:
        patch.chdir(made)
        yield made
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    """Return what a small search comes to."""
    return search.run("cifar_residual", SMALL)


def test_a_search_gives_its_result(folder: Path, result: Result) -> None:
    assert result.folder == folder / "runs" / "cifar_residual" / "first"
    assert len(result.trials) == 2
    assert result.finished
    assert (result.stopped, result.signal) == ("", None)
    assert result.params
    assert {name: result.params[name] for name in TINY} == TINY
    best = max(result.trials, key=lambda trial: trial.value)
    assert (result.value, result.params) == (best.value, best.params)
    assert result.summary.startswith("Best of cifar_residual/first: trial ")


def test_the_run_is_the_one_of_the_command(result: Result) -> None:
    record = run.read(result.folder)
    assert record.best
    assert (record.best.value, record.best.params) == (result.value, result.params)
    assert run.read_trials(result.folder) == result.trials


def test_a_resume_extends_it(result: Result, capsys: pytest.CaptureFixture[str]) -> None:
    again = search.resume(str(result.folder), trials=3, local=True)
    assert again.folder == result.folder
    assert [trial.number for trial in again.trials] == [0, 1, 2]
    assert again.trials[:2] == result.trials
    assert again.finished
    assert capsys.readouterr().out == ""  # progress goes to stderr


def test_a_finished_run_is_resumed_and_trains_nothing(result: Result) -> None:
    before = (result.folder / "journal.log").read_bytes()
    again = search.resume(result.folder, local=True)
    assert again.finished
    assert again.value is not None
    assert (result.folder / "journal.log").read_bytes() == before


def test_a_budget_that_is_used_up_stops_it(folder: Path) -> None:
    options = dataclasses.replace(SMALL, name="short", budget=1e-9)
    short = search.run("cifar_residual", options)
    assert not short.finished
    assert short.stopped == "the budget is used up"
    assert (short.params, short.value, short.trials) == (None, None, [])


@pytest.mark.parametrize(
    ("study", "options", "error", "message"),
    [
        ("cifar_resdual", {}, UnknownStudy, "Did you mean cifar_residual?"),
        ("cifar_residual", {"train_images": 401}, OptionError, "cifar10 has 400 training images"),
        ("cifar_residual", {"sampler": "magic"}, OptionError, "--sampler magic: it is one of forecast, tpe"),
        ("cifar_residual", {"fixed": {"depth": 9}}, PointError, "depth must be 1 to 4"),
        ("cats_dogs_vgg16_finetuned", {"fixed": {}}, RunNotFound, "goes on from a finished run of cats_dogs"),
        ("cifar_residual", {}, RunError, "first already exists"),
    ],
)
def test_what_is_wrong_is_an_exception(
    result: Result, study: str, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message.replace("?", r"\?")):
        search.run(study, dataclasses.replace(SMALL, **options))


def test_a_run_cannot_shrink(result: Result) -> None:
    with pytest.raises(OptionError, match=r"--trials 1: the run has \d already and can only grow"):
        search.resume(result.folder, trials=1, local=True)


def test_a_run_that_is_not_there(folder: Path) -> None:
    with pytest.raises(RunNotFound, match="there is no run"):
        search.resume(folder / "nowhere", local=True)


def test_where_every_trial_fails_an_exception_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from search.training import trainer

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("no such shape")

    monkeypatch.setattr(trainer, "fit", broken)
    with pytest.raises(RunError, match="every trial failed; trial 0: .*no such shape"):
        search.run("cifar_residual", dataclasses.replace(SMALL, name="broken"))


def test_to_import_it_is_quick_and_silent() -> None:
    program = (
        "from search import SearchOptions, resume, run\n"
        "SearchOptions(trials=2)\n"
        "import sys\n"
        f"print(set({SLOW!r}) & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert done.stderr == "set()\n"


def test_what_is_offered_is_there() -> None:
    assert set(search.__all__) == {"SearchOptions", "resume", "run"}
    assert all(hasattr(search, name) for name in search.__all__)
