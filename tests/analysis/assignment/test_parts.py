"""Each part is answered from the newest suitable run, and says what is missing where there is none."""

import os
from pathlib import Path

import pytest

from analysis.assignment import parts
from analysis.assignment.parts import PARTS, newest, sections
from analysis.document.document import Block, Notice, Picture, Section, Text
from tests.analysis.finished_run import GOOD, POOR, make_record, make_run

NUMBERS = [f"1 ({letter})" for letter in "abcdefghi"] + [f"2 ({letter})" for letter in "abcde"]


def headed(runs: Path) -> dict[str, Section]:
    return {section.heading[:5]: section for section in sections(runs) if section.level == 3}


def text(blocks: list[Block] | tuple[Block, ...]) -> str:
    return " ".join(block.words for block in blocks if isinstance(block, Text | Notice))


def test_all_14_parts_stand_in_order_and_without_runs_say_which_command_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(tmp_path / "empty"))
    found = headed(tmp_path)
    assert list(found) == NUMBERS == [part.number for part in PARTS]
    for part in PARTS:
        commands = [block.command for block in found[part.number].blocks if isinstance(block, Notice)]
        expected = "python -m search" if part.study.startswith(("cats_dogs_", "cifar_")) else "python -m data"
        assert f"{expected} {part.study}" in " ".join(commands) + text(found[part.number].blocks)


@pytest.mark.usefixtures("one_pixel")
def test_a_tested_run_gives_the_conclusion_and_the_comparison(tmp_path: Path) -> None:
    make_record(make_run(tmp_path, "cifar_basic"), {"best": GOOD, "default": POOR})
    make_record(make_run(tmp_path, "cifar_residual"), {"best": POOR, "default": POOR})
    found = headed(tmp_path)
    assert "The best configuration is right on 75.0\xa0% of the 400 test images" in text(
        found["2 (c)"].blocks
    )
    assert "Compared with cifar_basic: cifar_basic over cifar_residual" in text(found["2 (e)"].blocks)
    assert "+15.0 points" in text(found["2 (e)"].blocks)
    assert "All models had the same effort" in text(found["2 (e)"].blocks)
    assert "needs a tested run of both studies" in text(found["2 (d)"].blocks)
    names = [b.name for section in found.values() for b in section.blocks if isinstance(b, Picture)]
    assert len(names) == len(set(names)) > 3


@pytest.mark.usefixtures("one_pixel")
def test_a_run_trained_on_the_validation_images_has_no_curves_of_its_retraining(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "cifar_residual")
    for with_validation in (False, True):
        make_record(folder, {"best": GOOD}, with_validation=with_validation)
        blocks = [block for part in headed(tmp_path).values() for block in part.blocks]
        names = {block.name for block in blocks if isinstance(block, Picture)}
        assert ("cifar_residual-retraining" in names) != with_validation


def test_a_tested_run_is_preferred_to_a_newer_one_and_a_newer_to_an_older(tmp_path: Path) -> None:
    first = make_run(tmp_path, "cifar_basic")
    second = first.with_name("second")
    os.rename(first, second)
    first = make_run(tmp_path, "cifar_basic")
    for age, folder in ((10, second), (5, first)):
        os.utime(folder / "run.json", (1e9 - age, 1e9 - age))
    assert (run := newest(tmp_path, "cifar_basic")) and run.folder == first.resolve()
    make_record(second)
    assert (run := newest(tmp_path, "cifar_basic")) and run.folder == second.resolve()


def test_a_damaged_run_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "cifar_basic" / "first"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    assert newest(tmp_path, "cifar_basic") is None


@pytest.mark.usefixtures("small_data", "one_pixel")
def test_prepared_data_are_shown_and_the_test_split_stays_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("the test split was opened")

    monkeypatch.setattr("data.store.test_split.open_test", opened)
    blocks = headed(tmp_path)["2 (a)"].blocks
    assert [block.name for block in blocks if isinstance(block, Picture)] == ["cifar10-images"]
    assert "f" * 64 in text(blocks)


def test_each_study_that_answers_a_part_says_so_in_its_docstring() -> None:
    import models

    for part in PARTS:
        if part.study in models.names():
            assert f"assignment {part.number[0]} " in models.summary(part.study)


def test_the_headings_of_the_two_problems_say_how_the_parts_are_read(tmp_path: Path) -> None:
    problems = [section for section in sections(tmp_path) if section.level == 2]
    assert [section.heading for section in problems] == [title for title, _ in parts.PROBLEMS.values()]
