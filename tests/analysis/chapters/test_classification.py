"""The chapter on right and wrong: hardest and easiest class, the most frequent mistake, wrong images."""

import dataclasses
from pathlib import Path

import numpy as np

from analysis.chapters.classification import section
from analysis.evidence import read
from tests.analysis.chapters.conftest import pictures_of, text_of
from tests.analysis.finished_run import make_record, make_run


def test_without_tested_models_there_is_no_chapter(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    assert section(read(folder)) is None
    make_record(folder, tested=0)
    assert section(read(folder)) is None


def test_captions_agree_with_the_predictions(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    record = make_record(folder)
    best = read(folder).tested["best"]
    chapter = section(read(folder))
    assert pictures_of(chapter) == ["confusion", "class-accuracy", "wrong"]
    text = text_of(chapter)
    assert (
        f"that of seed {best.kept.seed}. This chapter shows its predictions on the 400 test images." in text
    )
    right = best.logits.argmax(axis=1) == record.labels
    accuracy = [right[record.labels == label].mean() for label in range(10)]
    hardest, easiest = record.classes[np.argmin(accuracy)], record.classes[np.argmax(accuracy)]
    assert f"The hardest class is {hardest}, the easiest is {easiest}." in text
    # These models take each class for the next one only.
    mistakes = [(~right[record.labels == label]).sum() for label in range(10)]
    true = int(np.argmax(mistakes))
    sentence = (
        f"{record.classes[true]} is classified as {record.classes[(true + 1) % 10]}, {max(mistakes)} times"
    )
    assert sentence in text and "the reverse happens 0 times" in text


def test_a_model_without_mistakes_has_a_caption_too(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder, {"best": (1.0,), "default": (0.6,)})
    assert "All images are on the diagonal: none is classified wrongly." in text_of(section(read(folder)))


def test_without_stored_images_there_is_no_picture_of_wrong_ones(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    evidence = read(folder)
    assert evidence.record is not None
    record = dataclasses.replace(evidence.record, examples=None)
    assert "wrong" not in pictures_of(section(dataclasses.replace(evidence, record=record)))


def test_the_model_that_is_kept_without_validation_images_is_the_one_with_the_lowest_seed(
    tmp_path: Path,
) -> None:
    folder = make_run(tmp_path)
    make_record(folder, with_validation=True)
    assert "the model with the lowest seed is kept: that of seed 1." in text_of(section(read(folder)))
