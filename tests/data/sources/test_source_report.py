"""The report on a source: sorted, counted, and safe to open whatever the names of the files."""

from pathlib import Path

import pytest

from data.sources.source_report import OddFile, read_report, summary, to_csv

ODD_FILES = [
    OddFile("b.jpg", "empty"),
    OddFile("a.jpg", "greyscale", "kept"),
    OddFile("c.jpg", "empty"),
    OddFile("d", "hidden"),
]


def test_it_is_a_table_sorted_by_file() -> None:
    assert to_csv(ODD_FILES) == (
        "file,reason,what happened\n"
        "a.jpg,greyscale,kept\n"
        "b.jpg,empty,left out\n"
        "c.jpg,empty,left out\n"
        "d,hidden,left out\n"
    )


def test_a_report_is_read_and_counted_by_reason(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_text(to_csv(ODD_FILES))
    expected = ["left out     2 empty, 1 hidden", "odd, kept    1 greyscale"]
    assert summary(read_report(tmp_path / "report.csv")) == expected == summary(ODD_FILES)
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
def test_untrusted_names_are_escaped(tmp_path: Path, name: str, shown: str) -> None:
    (tmp_path / "report.csv").write_text(to_csv([OddFile(name, "hidden")]), encoding="utf-8")
    assert read_report(tmp_path / "report.csv") == [OddFile(shown, "hidden", "left out")]


@pytest.mark.parametrize("content", [b"\xff", b"a,b,c\n1\n", b"a,b,c\n1,2,3,4\n"])
def test_a_damaged_report_is_a_value_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report.csv").write_bytes(content)
    with pytest.raises(ValueError):
        read_report(tmp_path / "report.csv")
