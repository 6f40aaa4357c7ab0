"""A report starts with the answer, and says what is missing."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from analysis import report
from analysis.document.conclusion import conclusion
from analysis.retraining import openings
from analysis.retraining.openings import Opening
from analysis.statistics import seeds_and_images
from search.algorithm.trial import BALANCED, Trial, best
from search.runs.run import RunError
from tests.analysis.figures.example_runs import finished_trials
from tests.analysis.finished_run import GOOD, POOR, make_record, make_run
from tests.analysis.report_page import answer_of, read

pytestmark = pytest.mark.usefixtures("one_pixel")


def test_the_answer_agrees_with_the_numbers(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    record = make_record(folder)
    right = [
        np.array([training.logits.argmax(axis=1) == record.labels for training in configuration.trainings])
        for configuration in record.configurations
    ]
    difference = seeds_and_images.difference(*right)
    text = answer_of(report.write(folder))
    assert f"{100 * np.mean(GOOD):.1f} % of the 400 test images (mean of 3 seeds; 95 % interval" in text
    assert f"{100 * (np.mean(GOOD) - np.mean(POOR)):+.1f} points" in text
    assert text.endswith(f"{conclusion('best', 'default', difference, difference.p)}.")


def test_where_classes_count_the_same_the_report_says_so_and_counts_so(tmp_path: Path) -> None:
    """Of a search by balanced accuracy: each number of the answer is the mean over the classes."""
    record = make_record(make_run(tmp_path / "others"))
    folder = make_run(tmp_path / "runs", objective=BALANCED)
    kept = record.labels % 5 > 0
    kept |= np.arange(len(kept)) < 60  # two classes have few images
    trainings = record.configurations[0].trainings
    best = [training.logits.argmax(axis=1) == record.labels for training in trainings]
    classes = np.unique(record.labels[kept])
    means = [np.mean([right[kept & (record.labels == each)].mean() for each in classes]) for right in best]
    configurations = [
        dataclasses.replace(
            each,
            trainings=tuple(
                dataclasses.replace(training, logits=training.logits[kept]) for training in each.trainings
            ),
        )
        for each in record.configurations
    ]
    make_record(
        folder,
        objective=BALANCED,
        labels=record.labels[kept],
        configurations=tuple(configurations),
        examples=dataclasses.replace(record.examples, positions=np.arange(len(record.examples.positions))),
    )
    file = report.write(folder)
    text = answer_of(file)
    mean = f"{100 * np.mean(means):.1f} %"
    assert text.startswith(f"The best configuration has balanced accuracy {mean} on the")
    assert np.mean([right[kept].mean() for right in best]) != pytest.approx(np.mean(means), abs=1e-3)
    page = read(file).text
    assert "highest validation balanced accuracy" in page and "McNemar" not in page


def test_with_no_difference_no_difference_is_claimed(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder, {"best": (0.7, 0.75, 0.68), "default": (0.71, 0.73, 0.7)})
    assert "best against default: no difference shown at this size" in answer_of(report.write(folder))


def test_one_seed_says_nothing_of_others(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder, {"best": (0.75,), "default": (0.6,)})
    page = read(report.write(folder))
    assert "one seed; 95 % interval of this model over images" in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "for these trained models, other seeds may differ" in page.text
    assert "One seed says nothing about other seeds. Train more with --seeds 5" in page.text


def test_without_retraining_it_says_so_and_what_to_type(tmp_path: Path) -> None:
    file = report.write(make_run(tmp_path / "runs"))
    page = read(file)
    assert answer_of(file) == (
        "The best of 12 trials is right on 62.0 % of the 4,000 validation images that the search did not "
        "use; best over default: +3.0 points, interval 1.8 to 4.2; for these trained models, other seeds may "
        "differ."
    )
    assert "Nothing is retrained, and the test set is closed." in page.text
    assert "python -m analysis cifar_residual/first --seeds 5" in page.text
    assert len(page.all("img")) == 6


def test_an_unfinished_search_says_how_far_it_is_and_how_it_goes_on(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs", trials=finished_trials(7), best=None)
    file = report.write(folder)
    page = read(file)
    winner = best(finished_trials(7))
    assert winner and answer_of(file).startswith(f"The best so far, trial {winner.number}, is right on")
    assert "7 of 12 trials" in page.text and "The search has not ended." in page.text
    assert "python -m search --resume cifar_residual/first" in page.text


@pytest.mark.parametrize("trials", [[], [Trial(0, dict(finished_trials(1)[0].params))]])
def test_before_the_first_epoch_there_is_no_answer(tmp_path: Path, trials: list[Trial]) -> None:
    file = report.write(make_run(tmp_path / "runs", trials=trials, best=None))
    assert answer_of(file) == "There is no answer yet: no trial has finished an epoch."


def test_missing_seeds_are_named(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder, planned_seeds=5)
    text = read(report.write(folder)).text
    assert "best with seed 4, default with seed 4, best with seed 5 and default with seed 5" in text
    assert "python -m analysis cifar_residual/first\n" in text


def test_a_failed_training_is_in_no_mean(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    record = make_record(folder)
    first, *others = record.configurations
    broken = dataclasses.replace(first.trainings[2], failed="loss is nan at epoch 3", logits=None)
    first = dataclasses.replace(first, trainings=(*first.trainings[:2], broken))
    (folder / "report" / "test-1.npz").unlink()
    make_record(folder, configurations=(first, *others))
    text = read(report.write(folder)).text
    assert "Failed, and not included in any mean: best with seed 3." in text
    assert f"{50 * (GOOD[0] + GOOD[1]):.1f}" in text and "mean of 2 seeds" in text


def test_a_best_found_after_the_retraining_is_told(tmp_path: Path) -> None:
    trials = finished_trials(12)
    trials[3].epochs[6]["val_accuracy"] = 0.99
    folder = make_run(tmp_path / "runs", trials=trials)
    make_record(folder)
    assert "The best is now trial 3, but trial 9 was retrained." in read(report.write(folder)).text


def test_a_second_opening_of_the_test_set_is_said_before_anything_else(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder)
    once = report.write(folder).read_text()
    openings.add(folder, Opening("2026-11-23T09:00:00+00:00", {"best, seed 4": "b" * 64}, 6, 64))
    twice = report.write(folder).read_text()
    warning = "The test set was opened 2 times."
    assert warning not in once
    assert warning in twice[: twice.index("<h2>")]
    assert "bbbbbbbbbbbb" in twice and "2026-11-23 09:00:00" in twice


def test_how_to_reproduce_it(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs", command="python -m search cifar_residual --trials 10")
    make_record(folder)
    text = read(report.write(folder)).text
    commands = (
        f"git checkout {'c' * 40}\n"
        "pip install -e .\n"
        "python -m search cifar_residual --trials 10 --name first\n"
        "python -m search --resume cifar_residual/first --trials 12\n"
        "python -m analysis cifar_residual/first --seeds 3\n"
    )
    assert commands in text
    assert "f" * 64 in text and "7" * 64 in text and "3.15.1" in text


def test_uncommitted_changes_are_told(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs", commit=f"{'c' * 40}-dirty")
    text = read(report.write(folder)).text
    assert "The search ran with changes that were not committed" in text
    assert f"git checkout {'c' * 40}\n" in text


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    (folder / "run.json").write_text("{")
    with pytest.raises(RunError, match="is damaged"):
        report.write(folder)


def model_of(folder: Path, convolution: bool) -> None:
    """Save an untrained model where retraining saves its best."""
    import keras

    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu")(inputs) if convolution else inputs
    outputs = keras.layers.Dense(10)(keras.layers.Flatten()(x))
    # Lists of one, as in a model that is made from another model's inputs and outputs.
    keras.Model([inputs], [outputs]).save(folder / "report" / "model.keras")
    description = {"classes": [str(number) for number in range(10)], "input": [32, 32, 3]}
    (folder / "report" / "model.json").write_text(json.dumps(description))


def test_what_the_model_looks_at(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder)
    assert "report/model.keras is missing" in read(report.write(folder)).text
    model_of(folder, convolution=True)
    file = report.write(folder)
    assert "is missing" not in read(file).text
    names = {picture.stem for picture in (file.parent / "report-pictures").iterdir()}
    assert {"activations", "filter-patterns", "class-activation"} <= names


@pytest.mark.parametrize("fault", ["no convolution", "damaged"])
def test_a_model_that_cannot_be_drawn_is_told(tmp_path: Path, fault: str) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder)
    model_of(folder, convolution=False)
    if fault == "damaged":
        (folder / "report" / "model.keras").write_bytes(b"PK")
    text = read(report.write(folder)).text
    messages = {
        "no convolution": "The pictures of the model cannot be drawn: the model has no convolution layer",
        "damaged": "report/model.keras is damaged",
    }
    assert messages[fault] in text


def test_of_a_run_that_was_really_retrained_nothing_is_missing(tested: Path) -> None:
    file = report.write(tested)
    assert "This report is partial" not in read(file).text
    assert len(read(file).all("img")) == len(list((file.parent / "report-pictures").iterdir())) == 14
