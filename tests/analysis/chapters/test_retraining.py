"""The chapter on the retraining: accuracies with intervals, conclusions, and every training by itself."""

import dataclasses
from pathlib import Path

import numpy as np

from analysis.chapters.retraining import best_over_default, section, summary
from analysis.evidence import read
from analysis.statistics.intervals import over_seeds
from tests.analysis.chapters.conftest import pictures_of, text_of
from tests.analysis.finished_run import GOOD, make_record, make_run


def test_without_a_retraining_there_is_no_chapter(tmp_path: Path) -> None:
    assert section(read(make_run(tmp_path))) is None


def test_means_intervals_and_conclusions_are_in_the_chapter(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    evidence = read(folder)
    text = text_of(section(evidence))
    assert "6 epochs of 64 images, seeds 1, 2 and 3." in text
    assert f"Conclusion: {best_over_default(evidence.tested)}." in text
    deviation = over_seeds(GOOD).deviation
    assert deviation is not None
    assert f"| best, trial 9 | 3 | 75.0 % | {100 * deviation:.2f} |" in text
    assert "seed 3 of the best, seed 2 of the default" in text  # the highest validation accuracies
    assert pictures_of(section(evidence)) == ["retraining", "test-accuracy"]


def test_every_training_has_a_row(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    text = text_of(section(read(folder)))
    assert "| best, seed 2 | 6 of 6 | 70.7 % | 74.0 % |" in text
    assert "| default, seed 1 | 6 of 6 | 56.7 % | 60.0 % |" in text


def test_a_failed_training_is_named_and_in_no_mean(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    best, default = make_record(folder).configurations
    failed = dataclasses.replace(best.trainings[0], failed="loss is nan at epoch 3", logits=None)
    best = dataclasses.replace(best, trainings=(failed, *best.trainings[1:]))
    (folder / "report" / "test-1.npz").unlink()
    make_record(folder, configurations=(best, default))
    text = text_of(section(read(folder)))
    assert "Failed, and not included in any mean: best with seed 1." in text
    assert "| best, seed 1 | 6 of 6 | 71.7 % | – | – | failed: loss is nan at epoch 3 |" in text
    assert "| best, trial 9 | 2 | 75.0 % |" in text


def test_the_summary_of_one_seed_has_the_interval_of_this_model(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder, {"best": (0.75,), "default": (0.6,)})
    text = summary(read(folder).tested["best"]).replace("\N{NO-BREAK SPACE}", " ")
    assert text.startswith(
        "75.0 % of the 400 test images (one seed; 95 % interval of this model over images 70."
    )
    assert np.mean(read(folder).tested["best"].right) == 0.75


def test_of_a_training_with_validation_no_validation_accuracy_is_shown(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder, {"best": GOOD}, with_validation=True)
    chapter = section(read(folder))
    text = text_of(chapter)
    assert "from the beginning, on the training and validation splits: 6 epochs of 64 images" in text
    assert "there is no validation accuracy; the model with the lowest seed is kept." in text
    assert "| best, seed 3 | 6 of 6 | – | 76.0 % |" in text
    assert pictures_of(chapter) == ["test-accuracy"]


def test_all_retrainings_are_told_apart_by_the_images_they_were_trained_on(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    (folder / "report").rename(folder / "report-1")
    make_record(folder, {"best": GOOD[:1]}, with_validation=True)
    text = text_of(section(read(folder)))
    assert "| 64 images of the training and validation splits | 6 | best | 75.0 %" in text
    assert "| 64 images | 6 | best | 75.0 %" in text
