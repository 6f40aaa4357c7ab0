"""The chapter that explains the kept model: which images it shows, and what it says of a damaged model."""

from pathlib import Path

import numpy as np

from analysis.chapters.explanation import MOST, examples_to_explain, section
from analysis.evidence import read
from analysis.figures.wrong import most_confidently_wrong
from analysis.retraining.trainings import Examples
from tests.analysis.chapters.conftest import text_of
from tests.analysis.finished_run import make_record, make_run


def test_without_a_model_there_is_no_chapter(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    assert section(read(folder)) is None


def test_a_damaged_model_is_named_with_the_command_that_helps(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    (folder / "report" / "model.keras").write_bytes(b"no model")
    text = text_of(section(read(folder)))
    assert "report/model.keras is damaged, so its pictures are missing. Remove it and run:" in text
    assert ">     python -m analysis cifar_residual/first" in text


def test_right_examples_come_first() -> None:
    rng = np.random.default_rng(0)
    labels = np.zeros(100, np.int64)
    logits = rng.normal(size=(100, 2)).astype(np.float32)
    positions = np.arange(0, 100, 2)
    examples = Examples(positions, np.zeros((50, 4, 4, 3), np.uint8))
    chosen = examples_to_explain(logits, labels, examples)
    right = logits[positions[chosen]].argmax(axis=1) == 0
    assert right.tolist() == [True] * MOST + [False] * MOST
    most_wrong = most_confidently_wrong(logits, labels)
    assert not np.isin(positions[chosen], most_wrong).any()  # enough others are wrong, too


def test_the_most_confidently_wrong_come_last() -> None:
    logits = np.array([[0, 9], [0, 1], [0, 8], *[[0, 5]] * 10, [0, 2]], np.float32)
    labels = np.zeros(len(logits), np.int64)
    examples = Examples(np.array([0, 1, 2, 13]), np.zeros((4, 4, 4, 3), np.uint8))
    assert examples_to_explain(logits, labels, examples).tolist() == [1, 3, 0, 2]


def test_few_examples_are_all_used() -> None:
    logits = np.array([[1, 0], [0, 1], [0, 3]], np.float32)
    examples = Examples(np.array([0, 1, 2]), np.zeros((3, 4, 4, 3), np.uint8))
    assert examples_to_explain(logits, np.zeros(3, np.int64), examples).tolist() == [0, 1, 2]
