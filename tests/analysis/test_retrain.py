"""Retraining: fresh seeds, the run's own images, nothing lost, and a test set that is opened once."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import data
from analysis import record, retrain
from analysis.openings import FILE, openings
from analysis.record import Record
from search.fit import fit
from search.run import open_run
from tests.analysis.conftest import NAME, Call, Retrained
from tests.conftest import ROOT

ONE = [NAME, "--seeds", "1", "--epochs", "1", "--local"]


def read(run: Path) -> Record:
    found = record.read(run)
    assert found
    return found


def curves(found: Record) -> dict[tuple[str, int], Any]:
    """Return every training's metrics but for the time they took."""
    return {
        (each.name, training.seed): [
            {name: value for name, value in metrics.items() if name != "seconds"}
            for metrics in training.epochs.values()
        ]
        for each in found.configurations
        for training in each.trainings
    }


def never(*_: object, **__: object) -> None:
    raise AssertionError("it was done already")


def test_best_and_default_are_trained_with_fresh_seeds_and_tested_once(retrained: Retrained) -> None:
    found = read(retrained.runs / NAME)
    assert [each.name for each in found.configurations] == ["best", "default"]
    assert found.configurations[1].trial == 0 != found.configurations[0].trial
    assert found.seeds == (1, 2) and found.missing == (), "0 is the search's own"
    assert {key: len(epochs) for key, epochs in curves(found).items()} == {
        (name, seed): 2 for name in ("best", "default") for seed in (1, 2)
    }
    logits = [each.logits for one in found.configurations for each in one.trainings]
    assert all(each is not None and each.shape == (50, 10) for each in logits)
    assert not np.array_equal(logits[0], logits[1]), "another seed is another model"  # type: ignore[arg-type]
    assert found.labels is not None and found.examples is not None
    assert len(found.examples.positions) == len(found.examples.images) > 0


def test_the_opening_is_recorded_with_the_weights_that_were_tested(retrained: Retrained) -> None:
    found = read(retrained.runs / NAME)
    (opened,) = found.opened
    assert opened.weights == {
        f"{one.name}, seed {each.seed}": hashlib.sha256(each.checkpoint.read_bytes()).hexdigest()
        for one in found.configurations
        for each in one.trainings
    }
    assert "Opening the test set of cifar10, for the first time in this run." in retrained.err
    assert f"{NAME} on 50 test images (the test set was opened once):" in retrained.out
    assert "best (trial" in retrained.out and "default (trial 0): accuracy" in retrained.out


def test_the_same_command_again_trains_and_opens_nothing(
    tested: Path,
    call: Call,
    retrained: Retrained,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retrain, "open_test", never)
    monkeypatch.setattr("search.trainer.fit", never)
    assert call(NAME, "--local") == 0, "what is left open is as it was retrained before"
    first = [line for line in retrained.out.splitlines() if "accuracy" in line]
    assert [line for line in capsys.readouterr().out.splitlines() if "accuracy" in line] == first
    assert len(openings(tested)) == 1


def test_seeds_change_weights_and_order_and_the_images_stay_the_runs(
    run: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(model: Any, training: Any, validation: Any, **options: Any) -> Any:
        seen.append((options["seed"], options["state"][0], training[0], validation[0]))
        return fit(model, training, validation, **options)

    monkeypatch.setattr("search.trainer.fit", watched)
    assert call(*ONE, "--seeds", "2") == 0
    everything = data.load("cifar10")
    own = everything.training.take(64, 0).images, everything.validation.halves(160, 0)[0].images
    assert {each[0] for each in seen} == {1, 2}
    assert not np.array_equal(seen[0][1], seen[2][1]), "weights at the beginning"
    for *_, training, validation in seen:
        np.testing.assert_array_equal(training, own[0])
        np.testing.assert_array_equal(validation, own[1])


def test_more_seeds_train_only_the_new_ones_and_open_a_second_time_loudly(
    tested: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read(tested)
    assert call(NAME, "--seeds", "3", "--local") == 0
    said, after = capsys.readouterr(), read(tested)
    assert "OPENING THE TEST SET AGAIN, 2 times in all" in said.err
    assert "2 of 6 trainings to do" in said.err
    assert "(the test set was opened 2 times)" in said.out
    assert after.opened[0] == before.opened[0]
    assert set(after.opened[1].weights) == {"best, seed 3", "default, seed 3"}
    assert curves(before).items() <= curves(after).items()
    first, same = (each.configurations[0].trainings[0].logits for each in (before, after))
    assert first is not None and same is not None
    np.testing.assert_array_equal(first, same)


def test_another_length_is_another_retraining_and_the_first_is_kept(
    tested: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*ONE) == 0
    said = capsys.readouterr().err
    assert f"kept as {tested / 'report-1'}" in said
    assert "OPENING THE TEST SET AGAIN, 2 times in all" in said
    assert read(tested).epochs == 1 and len(read(tested).opened) == 2
    assert json.loads((tested / "report-1/retrain.json").read_text())["epochs"] == 2


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
    assert read(trained).labels is None and read(trained).missing == ()
    with (trained / FILE).open("a") as stream:
        stream.write('{"time": "20')  # a power cut
    assert call(NAME, "--local") == 0
    assert "OPENING THE TEST SET AGAIN, 2 times in all" in capsys.readouterr().err
    assert [len(each.weights) for each in openings(trained)] == [4, 4]
    assert read(trained).tested == 2


def test_an_epoch_that_was_saved_and_not_written_down_is_written_down(
    trained: Path, call: Call, retrained: Retrained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between a checkpoint and the record leaves that behind it."""
    kept = json.loads((trained / "report/retrain.json").read_text())
    del kept["configurations"][0]["trainings"][1]["epochs"]["2"]
    (trained / "report/retrain.json").write_text(json.dumps(kept))
    assert read(trained).missing == (("best", 2),)
    monkeypatch.setattr("search.trainer.fit", never)
    assert call(NAME, "--local") == 0
    assert curves(read(trained)) == curves(read(retrained.runs / NAME))


def test_a_training_whose_checkpoint_was_lost_is_trained_again(
    trained: Path, call: Call, retrained: Retrained
) -> None:
    read(trained).configurations[1].trainings[0].checkpoint.unlink()
    assert call(NAME, "--local") == 0
    assert curves(read(trained)) == curves(read(retrained.runs / NAME))
    assert all(each.logits is not None for each in read(trained).configurations[1].trainings)


def test_nothing_is_opened_where_the_opening_cannot_be_written_down(
    trained: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(retrain, "open_test", never)
    monkeypatch.setattr("analysis.openings.add", full)
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

    monkeypatch.setattr("search.trainer.fit", first_fails)
    assert call(NAME, "--seeds", "1", "--local") == 1
    assert "best, seed 1 failed: out of memory: of 80 GB" in capsys.readouterr().err
    assert openings(run) == () and read(run).missing == (("best", 1),)
    assert "MemoryError" in (run / "report/failures/trial-00002.txt").read_text()
    assert call(NAME, "--local") == 0
    assert len(begun) == 3 and read(run).missing == ()


def test_a_loss_that_is_nan_is_a_result_and_not_tried_again(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverges(*arguments: Any, **options: Any) -> Any:
        for epoch in fit(*arguments, **options):
            if options["seed"] == 2:
                epoch.metrics["loss"] = float("nan")
            yield epoch

    monkeypatch.setattr("search.trainer.fit", diverges)
    assert call(*ONE, "--seeds", "2") == 0
    found = read(run)
    assert [each.failed for each in found.configurations[0].trainings] == ["", "loss is nan at epoch 1"]
    assert found.configurations[0].trainings[1].logits is None
    assert "1 of 2 trainings failed" in capsys.readouterr().out
    monkeypatch.setattr("search.trainer.fit", never)
    assert call(NAME, "--local") == 0


def test_csv_holds_every_trial_and_every_epoch(retrained: Retrained) -> None:
    report = retrained.runs / NAME / "report"
    trials, epochs = (
        list(csv.DictReader((report / name).read_text().splitlines()))
        for name in ("trials.csv", "curves.csv")
    )
    assert [each["trial"] for each in trials] == ["0", "1", "2"]
    assert trials[0]["learning_rate"] == "0.002" and trials[0]["state"] == "complete"
    assert len(epochs) == sum(int(each["epochs"]) for each in trials)
    last = [each for each in epochs if each["trial"] == "0"][-1]
    assert last["val_accuracy"] == trials[0]["val_accuracy"] and last["epoch"] == "2"


def test_of_an_unfinished_search_the_best_so_far_is_retrained_and_that_is_said(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    about = json.loads((run / "run.json").read_text())
    about["plan"]["trials"] = 8
    (run / "run.json").write_text(json.dumps(about))
    assert call(*ONE) == 0
    said = capsys.readouterr().err
    assert f"NOT FINISHED: {NAME} has 3 of 8 trials. Retraining the best so far, trial" in said


def test_two_processes_do_not_write_one_report(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_run(run):
        assert call(*ONE) == 1
    assert f"{run} is being written by process {os.getpid()}" in capsys.readouterr().err
    assert not (run / "report").exists()


def test_on_ray_it_comes_to_the_same_as_in_this_process(run: Path, call: Call, retrained: Retrained) -> None:
    assert call(NAME, "--seeds", "2", "--concurrent", "2") == 0
    assert read(run).missing == () and len(read(run).opened) == 1
    assert curves(read(run)) == curves(read(retrained.runs / NAME))


KILLED = """
import sys

from search import trainer

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
        until = time.monotonic() + 200
        while epochs and len(log.read_text().splitlines()) < epochs:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        if epochs:
            process.send_signal(signal.SIGKILL)
        assert process.wait() == (-signal.SIGKILL if epochs else 0)
    assert curves(read(run)) == curves(read(retrained.runs / NAME))
    # The epoch that was in flight may have been trained without being saved.
    assert 8 <= len(log.read_text().splitlines()) <= 9
    assert len(openings(run)) == 1
