"""Tables: columns one below the other, and every cell printed as it is."""

import pytest

from data.terminal.table import aligned


def test_columns_lie_one_below_the_other_without_trailing_spaces() -> None:
    rows = [("run", "trials", "state"), ("cifar_basic/first", "5 of 50", ""), ("x", "-", "finished")]
    assert aligned(rows) == (
        "run                trials   state\ncifar_basic/first  5 of 50\nx                  -        finished"
    )


@pytest.mark.parametrize("cell", ["[red]name[/red]", "[/]", "[link=x]", ":smile:", "\\[a]", "100%", "a  b"])
def test_cells_are_no_markup(cell: str) -> None:
    assert aligned([(cell, "1")]) == f"{cell}  1"


def test_nothing_is_wrapped_or_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    cells = ["word " * 100 + "end", "x" * 3_000, "y"]
    assert aligned([cells]) == "  ".join(cells)


def test_no_colours_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    assert aligned([("12", "True", "'text'")]) == "12  True  'text'"


def test_wide_characters_take_two_columns() -> None:
    assert aligned([("猫", "1"), ("cat", "2")]) == "猫   1\ncat  2"


def test_rows_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="rows of different lengths"):
        aligned([("a", "b"), ("c",)])


def test_no_rows_are_an_empty_text() -> None:
    assert aligned([]) == ""
