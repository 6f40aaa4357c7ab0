"""Retraining that is killed, fails or has lost a file: nothing is trained twice, nothing is opened unsaid."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import data
from analysis.retraining import retrain
from analysis.retraining.openings import FILE, openings
from search.training.fit import fit
from tests.analysis.conftest import NAME, ONE, Call, Retrained, curves, never, record_of
from tests.conftest import ROOT
from tests.random_ends import KINDS, NUMBER, end_again_and_again


@pytest.fixture
def trained(tested: Path) -> Path:
    """The folder of a run whose trainings are done, and whose test set is closed still."""
    (tested / FILE).unlink()
    kept = json.loads((tested / "report/retrain.json").read_text())
    (tested / "report/retrain.json").write_text(json.dumps(kept | {"tested": 0, "test_fingerprint": None}))
    return tested


def test_the_opening_is_on_disk_before_an_image_is_read(
    trained: Path, call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> None:
        assert len(openings(trained)) == 1
        raise data.DataError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(retrain, "open_test", broken)
        assert call(NAME, "--local") == 1
    assert capsys.readouterr().err.endswith("python -m analysis: the disk is gone\n")
    assert record_of(trained).labels is None and record_of(trained).missing == ()
    with (trained / FILE).open("a") as stream:
        stream.write('{"time": "20')  # a power cut
    assert call(NAME, "--local") == 0
    assert "OPENING THE TEST SET AGAIN, 2 times in all" in capsys.readouterr().err
    assert [len(opening.weights) for opening in openings(trained)] == [4, 4]
    assert record_of(trained).tested == 2


def test_an_epoch_that_was_saved_and_not_written_down_is_written_down(
    trained: Path, call: Call, retrained: Retrained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between a checkpoint and the record leaves that behind it."""
    kept = json.loads((trained / "report/retrain.json").read_text())
    del kept["configurations"][0]["trainings"][1]["epochs"]["2"]
    (trained / "report/retrain.json").write_text(json.dumps(kept))
    assert record_of(trained).missing == (("best", 2),)
    monkeypatch.setattr("search.training.trainer.fit", never)
    assert call(NAME, "--local") == 0
    assert curves(record_of(trained)) == curves(record_of(retrained.runs / NAME))


def test_a_training_whose_checkpoint_was_lost_is_trained_again(
    trained: Path, call: Call, retrained: Retrained
) -> None:
    record_of(trained).configurations[1].trainings[0].checkpoint.unlink()
    assert call(NAME, "--local") == 0
    assert curves(record_of(trained)) == curves(record_of(retrained.runs / NAME))
    assert all(training.logits is not None for training in record_of(trained).configurations[1].trainings)


def test_nothing_is_opened_where_the_opening_cannot_be_written_down(
    trained: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(retrain, "open_test", never)
    monkeypatch.setattr("analysis.retraining.openings.add", full)
    assert call(NAME, "--local") == 1


def test_a_training_that_raises_leaves_the_test_set_closed_and_is_tried_again(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def first_fails(*arguments: Any, **options: Any) -> Any:
        begun.append(options["seed"])
        for epoch in fit(*arguments, **options):
            yield epoch
            if len(begun) == 1:
                raise MemoryError("of 80 GB")

    monkeypatch.setattr("search.training.trainer.fit", first_fails)
    assert call(NAME, "--seeds", "1", "--local") == 1
    assert "best, seed 1 failed: out of memory: of 80 GB" in capsys.readouterr().err
    assert openings(run) == () and record_of(run).missing == (("best", 1),)
    assert "MemoryError" in (run / "report/failures/trial-00002.txt").read_text()
    assert call(NAME, "--local") == 0
    assert len(begun) == 3 and record_of(run).missing == ()


def test_a_loss_that_is_nan_is_a_result_and_not_tried_again(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverges(*arguments: Any, **options: Any) -> Any:
        for epoch in fit(*arguments, **options):
            if options["seed"] == 2:
                epoch.metrics["loss"] = float("nan")
            yield epoch

    monkeypatch.setattr("search.training.trainer.fit", diverges)
    assert call(*ONE, "--seeds", "2") == 0
    found = record_of(run)
    assert [training.failed for training in found.configurations[0].trainings] == [
        "",
        "loss is nan at epoch 1",
    ]
    assert found.configurations[0].trainings[1].logits is None
    assert "1 of 2 trainings failed" in capsys.readouterr().out
    monkeypatch.setattr("search.training.trainer.fit", never)
    assert call(NAME, "--local") == 0


KILLED = """
import sys

from search.training import trainer

fit = trainer.fit


def noted(*arguments, **options):
    for epoch in fit(*arguments, **options):
        with open({log!r}, "a") as log:
            print(options["seed"], options["optimizer"], epoch.number, file=log)
        yield epoch


trainer.fit = noted

from analysis import __main__, report

report.write = lambda folder: folder
sys.exit(__main__.main())
"""


def test_a_run_that_was_deleted_meanwhile_is_not_said_to_go_on(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleting(*_: Any, **__: Any) -> None:
        shutil.rmtree(run)
        raise OSError(2, "No such file or directory")

    monkeypatch.setattr("search.training.trainer.fit", deleting)
    assert call(*ONE) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"python -m analysis: {run} was deleted meanwhile: nothing of the run is kept"


@pytest.mark.slow
@pytest.mark.timeout(3600)  # a limit for what hangs
def test_killed_it_comes_to_the_same_and_trains_nothing_twice(
    run: Path, small_data: Path, tmp_path: Path, retrained: Retrained
) -> None:
    log, program = tmp_path / "epochs", tmp_path / "killed.py"
    log.touch()
    program.write_text(KILLED.format(log=str(log)))
    command = [sys.executable, str(program), NAME, "--seeds", "2", "--local"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    for epochs in (3, None):
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
        while epochs and len(log.read_text().splitlines()) < epochs:
            assert process.poll() is None
            time.sleep(0.01)
        if epochs:
            process.send_signal(signal.SIGKILL)
        assert process.wait() == (-signal.SIGKILL if epochs else 0)
    assert curves(record_of(run)) == curves(record_of(retrained.runs / NAME))
    # The epoch that was in flight may have been trained without being saved.
    assert 8 <= len(log.read_text().splitlines()) <= 9
    assert len(openings(run)) == 1


ASKED = pytest.mark.skipif(
    not NUMBER, reason="CNN_SEARCH_RANDOM_ENDS=N: so many ends, a quarter of a minute each"
)


@pytest.mark.slow
@pytest.mark.timeout(14400)  # a limit for what hangs; a busy machine needs an hour
@pytest.mark.parametrize(
    ("kinds", "ends"), [(("TERM",), max(NUMBER, 4)), pytest.param(KINDS, NUMBER, marks=ASKED)]
)
def test_whatever_ends_it_at_random_moments_it_comes_to_the_same(
    run: Path, small_data: Path, kinds: tuple[str, ...], ends: int
) -> None:
    whole, runs = run.parent / "whole", run.parents[1]
    shutil.copytree(run, whole)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}

    def start(folder: Path) -> "subprocess.Popen[str]":
        arguments = [str(folder), "--seeds", "1", "--concurrent", "1", "--runs", str(runs)]
        return subprocess.Popen(
            [sys.executable, "-m", "analysis", *arguments],
            cwd=runs.parent, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    began = time.monotonic()
    output, _ = (process := start(whole)).communicate()
    assert process.returncode == 0, output

    def begin(number: int) -> "subprocess.Popen[str]":
        if not ready(number).exists():
            shutil.copytree(run, run.parent / f"ended-{number}")
        return start(run.parent / f"ended-{number}")

    def ready(number: int) -> Path:
        return run.parent / f"ended-{number}" / "run.json"

    for number in range(end_again_and_again(begin, ready, kinds, time.monotonic() - began, ends)):
        assert curves(record_of(run.parent / f"ended-{number}")) == curves(record_of(whole))
