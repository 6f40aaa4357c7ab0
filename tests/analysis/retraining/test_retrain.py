"""Retraining: fresh seeds, the run's own images, and a test set that is opened once."""

import csv
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import data
from analysis.chapters.retraining import section
from analysis.evidence import read
from analysis.retraining import retrain
from analysis.retraining.openings import openings
from search.runs.run import open_run
from search.training.fit import fit
from tests.analysis.chapters.conftest import text_of
from tests.analysis.conftest import NAME, ONE, Call, Retrained, curves, never, record_of


def test_best_and_default_are_trained_with_fresh_seeds_and_tested_once(retrained: Retrained) -> None:
    found = record_of(retrained.runs / NAME)
    assert [configuration.name for configuration in found.configurations] == ["best", "default"]
    assert found.configurations[1].trial == 0 != found.configurations[0].trial
    assert found.seeds == (1, 2) and found.missing == (), "0 is the search's own"
    assert {key: len(epochs) for key, epochs in curves(found).items()} == {
        (name, seed): 2 for name in ("best", "default") for seed in (1, 2)
    }
    logits = [training.logits for one in found.configurations for training in one.trainings]
    assert all(logit is not None and logit.shape == (50, 10) for logit in logits)
    assert not np.array_equal(logits[0], logits[1]), "another seed is another model"  # type: ignore[arg-type]
    assert found.labels is not None and found.examples is not None
    assert len(found.examples.positions) == len(found.examples.images) > 0


def test_keras_alone_gets_the_tested_answers_from_the_kept_file(
    retrained: Retrained, small_cache: Path
) -> None:
    chosen = record_of(retrained.runs / NAME).configurations[0].chosen()
    assert chosen is not None
    images = np.load(small_cache / "cifar10/test_images.npy")
    model = keras.saving.load_model(retrained.runs / NAME / "report/model.keras", safe_mode=True)
    found = keras.ops.convert_to_numpy(model.predict_on_batch(images))
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(chosen.logits))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_opening_is_recorded_with_the_weights_that_were_tested(retrained: Retrained) -> None:
    found = record_of(retrained.runs / NAME)
    (opened,) = found.opened
    assert opened.weights == {
        f"{one.name}, seed {training.seed}": hashlib.sha256(training.checkpoint.read_bytes()).hexdigest()
        for one in found.configurations
        for training in one.trainings
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
    monkeypatch.setattr("search.training.trainer.fit", never)
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

    monkeypatch.setattr("search.training.trainer.fit", watched)
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
    before = record_of(tested)
    assert call(NAME, "--seeds", "3", "--local") == 0
    output, after = capsys.readouterr(), record_of(tested)
    assert "OPENING THE TEST SET AGAIN, 2 times in all" in output.err
    assert "2 of 6 trainings to do" in output.err
    assert "(the test set was opened 2 times)" in output.out
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
    output = capsys.readouterr().err
    assert f"kept as {tested / 'report-1'}" in output
    assert "OPENING THE TEST SET AGAIN, 2 times in all" in output
    assert record_of(tested).epochs == 1 and len(record_of(tested).opened) == 2
    assert json.loads((tested / "report-1/retrain.json").read_text())["epochs"] == 2


def test_csv_holds_every_trial_and_every_epoch(retrained: Retrained) -> None:
    report = retrained.runs / NAME / "report"
    trials, epochs = (
        list(csv.DictReader((report / name).read_text().splitlines()))
        for name in ("trials.csv", "curves.csv")
    )
    assert [trial["trial"] for trial in trials] == ["0", "1", "2"]
    assert trials[0]["learning_rate"] == "0.002" and trials[0]["state"] == "complete"
    assert len(epochs) == sum(int(trial["epochs"]) for trial in trials)
    last = [epoch for epoch in epochs if epoch["trial"] == "0"][-1]
    assert last["val_accuracy"] == trials[0]["val_accuracy"] and last["epoch"] == "2"


def test_of_an_unfinished_search_the_best_so_far_is_retrained_and_that_is_said(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    record = json.loads((run / "run.json").read_text())
    record["plan"]["trials"] = 8
    (run / "run.json").write_text(json.dumps(record))
    assert call(*ONE) == 0
    output = capsys.readouterr().err
    assert f"NOT FINISHED: {NAME} has 3 of 8 trials. Retraining the best so far, trial" in output


def test_two_processes_do_not_write_one_report(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_run(run):
        assert call(*ONE) == 1
    assert f"{run} is being written by process {os.getpid()}" in capsys.readouterr().err
    assert not (run / "report").exists()


@pytest.mark.usefixtures("one_pixel")
def test_with_validation_all_images_of_both_splits_are_trained_on_and_the_report_says_so(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(model: Any, training: Any, validation: Any, **options: Any) -> Any:
        seen.append((training[0], validation))
        return fit(model, training, validation, **options)

    monkeypatch.setattr("search.training.trainer.fit", watched)
    assert call(NAME, "--final", "--with-validation", "--epochs", "1", "--local") == 0
    everything = data.load("cifar10")
    ((images, validation),) = seen
    np.testing.assert_array_equal(images, [*everything.training.images, *everything.validation.images])
    assert validation is None
    (configuration,) = record_of(run).configurations
    (training,) = configuration.trainings
    assert training.epochs[1]["images"] == 576, "600 images in batches of 32"
    assert "val_accuracy" not in capsys.readouterr().err
    assert json.loads((run / "report/model.json").read_text())["val_accuracy"] is None
    assert "on the training and validation splits: 1 epochs of 600 images" in text_of(section(read(run)))
    monkeypatch.setattr("search.training.trainer.fit", never)
    assert call(NAME, "--local") == 0, "it is as it was retrained before"
    assert len(openings(run)) == 1


@pytest.mark.slow
def test_on_ray_it_comes_to_the_same_as_in_this_process(run: Path, call: Call, retrained: Retrained) -> None:
    assert call(NAME, "--seeds", "2", "--concurrent", "2") == 0
    assert record_of(run).missing == () and len(record_of(run).opened) == 1
    assert curves(record_of(run)) == curves(record_of(retrained.runs / NAME))
