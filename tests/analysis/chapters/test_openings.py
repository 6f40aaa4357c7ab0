"""The chapter on the test set: closed, opened once, and opened again with a warning."""

from pathlib import Path

from analysis.chapters.openings import reopening_warning, section
from analysis.document.document import Notice
from analysis.evidence import read
from analysis.retraining import openings
from analysis.retraining.openings import Opening
from tests.analysis.chapters.conftest import text_of
from tests.analysis.finished_run import make_record, make_run


def test_a_closed_test_set_is_said_to_be_closed(tmp_path: Path) -> None:
    evidence = read(make_run(tmp_path))
    assert "The test set has not been opened" in text_of(section(evidence))
    assert reopening_warning(evidence) == []


def test_one_opening_has_its_time_and_weights_and_no_warning(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    text = text_of(section(read(folder)))
    assert "| 1 | 2026-11-22 01:00:00+00:00 | 6 | 64 | best, seed 1 | aaaaaaaaaaaa |" in text
    assert "|  |  |  |  | best, seed 2 | aaaaaaaaaaaa |" in text
    assert reopening_warning(read(folder)) == []


def test_a_second_opening_has_a_row_and_a_warning(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    openings.add(folder, Opening("2026-11-23T09:00:00+00:00", {"best, seed 4": "b" * 64}, 12, 128))
    evidence = read(folder)
    (notice,) = reopening_warning(evidence)
    assert isinstance(notice, Notice)
    assert notice.words.startswith(
        "The test set was opened 2 times. The results in this report are of opening 1."
    )
    text = text_of(section(evidence))
    assert notice.words in text and "| 2 | 2026-11-23 09:00:00+00:00 | 12 | 128 | best, seed 4 |" in text


def test_it_says_by_what_the_kept_model_was_chosen(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    assert "the one with the highest validation accuracy." in text_of(section(read(folder)))
    make_record(folder, with_validation=True)
    assert "the one with the lowest seed." in text_of(section(read(folder)))
