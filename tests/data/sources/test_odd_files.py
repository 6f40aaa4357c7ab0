"""The report of odd files: harmless, whatever the names in it, and counted."""

from pathlib import Path

import pytest

from data.sources.odd_files import Odd, as_csv, read_report, summary

FOUND = [Odd("b.jpg", "empty"), Odd("a.jpg", "greyscale", "kept"), Odd("c.jpg", "empty"), Odd("d", "hidden")]


def test_it_is_a_table_in_the_order_of_the_files() -> None:
    assert as_csv(FOUND) == (
        "file,reason,what happened\n"
        "a.jpg,greyscale,kept\n"
        "b.jpg,empty,left out\n"
        "c.jpg,empty,left out\n"
        "d,hidden,left out\n"
    )


def test_what_was_written_is_counted_by_reason(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_text(as_csv(FOUND))
    expected = ["left out     2 empty, 1 hidden", "odd, kept    1 greyscale"]
    assert summary(read_report(tmp_path / "report.csv")) == expected == summary(FOUND)
    assert summary([]) == ["left out     none", "odd, kept    none"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb\x1b[31m.jpg", r"a\nb\x1b[31m.jpg"),
        ("a\udcff.jpg", r"a\udcff.jpg"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("=cmd|' /C calc'!A0", "./=cmd|' /C calc'!A0"),
        ("Müller 猫.jpg", "Müller 猫.jpg"),
        ("x" * 60_000, "x" * 1_000 + "…"),
    ],
)
def test_names_of_strangers_do_no_harm(tmp_path: Path, name: str, shown: str) -> None:
    (tmp_path / "report.csv").write_text(as_csv([Odd(name, "hidden")]), encoding="utf-8")
    assert read_report(tmp_path / "report.csv") == [Odd(shown, "hidden", "left out")]


@pytest.mark.parametrize("content", [b"\xff", b"a,b,c\n1\n", b"a,b,c\n1,2,3,4\n"])
def test_a_damaged_report_is_an_error_of_one_kind(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report.csv").write_bytes(content)
    with pytest.raises(ValueError):
        read_report(tmp_path / "report.csv")
