"""An answer shows the computed blocks and numbers in their places, and says so where they are missing."""

import re
from pathlib import Path

import pytest

from analysis.document.document import Commands, Notice, Section, Table, Text
from analysis.theory import answer
from analysis.theory.demonstration import Demonstration

TEXT = """# 1. What is it?

It is
a thing.

[table]

It has {size} parts, and [two] brackets.

[second]

    python -m data cifar10
"""
TABLE, SECOND = Table(("a",), "l", [["1"]]), Table(("b",), "l", [["2"]])
HEADING, REST = "1. What is it?", Commands(["python -m data cifar10"])


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "01.md").write_text(TEXT)
    monkeypatch.setattr(answer, "ANSWERS", tmp_path)


@pytest.mark.usefixtures("written")
def test_blocks_and_numbers_stand_in_their_places() -> None:
    demonstration = Demonstration({"table": TABLE, "second": SECOND}, {"size": "3"})
    numbers = Text("It has 3 parts, and [two] brackets.")
    assert answer.section(1, demonstration) == Section(
        HEADING, [Text("It is a thing."), TABLE, numbers, SECOND, REST]
    )


@pytest.mark.usefixtures("written")
def test_without_its_data_it_gives_the_command_once_and_no_number() -> None:
    notice = Notice("cifar10 is not prepared. Make it with:", "python -m data cifar10")
    assert answer.section(1, notice) == Section(HEADING, [Text("It is a thing."), notice, REST])


def test_there_are_21_answers_that_begin_with_their_number_and_end_with_a_reference() -> None:
    assert answer.numbers() == list(range(1, 22))
    for number in answer.numbers():
        text = (answer.ANSWERS / f"{number:02}.md").read_text()
        assert text.startswith(f"# {number}. ")
        last = text.strip().split("\n\n")[-1]
        assert last.startswith("Reference"), number
        assert re.search(r"\b(19|20)\d\d\b", last), number
