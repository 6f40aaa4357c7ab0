"""The openings of the test set: added, and never lost."""

from pathlib import Path

from analysis.retraining.openings import FILE, Opening, add, openings

FIRST = Opening("2026-11-27T10:00:00+00:00", {"best, seed 1": "a" * 64}, 6, 64)
SECOND = Opening("2026-11-27T11:00:00+00:00", {"best, seed 2": "b" * 64}, 6, 64)


def test_they_are_read_in_their_order(tmp_path: Path) -> None:
    assert openings(tmp_path) == ()
    add(tmp_path, FIRST)
    add(tmp_path, SECOND)
    assert openings(tmp_path) == (FIRST, SECOND)


def test_half_a_line_of_a_power_failure_spoils_neither_those_before_nor_those_after(tmp_path: Path) -> None:
    add(tmp_path, FIRST)
    with (tmp_path / FILE).open("a") as stream:
        stream.write('{"time": "2026-')
    add(tmp_path, SECOND)
    assert openings(tmp_path) == (FIRST, SECOND)
