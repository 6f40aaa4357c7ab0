"""The table of ways to search."""

import re
from pathlib import Path

import pytest

from search.algorithm.schedulers import SCHEDULERS
from search.benchmark import bench
from search.benchmark.contestants import CONTESTANTS, USUAL, Entry
from tests.search.benchmark.conftest import points, write


def test_it_prints_a_row_for_each_contestant_and_draws_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curves = write(tmp_path, points(20, 9))
    names = ["random-halving", "random-none"]
    arguments = ["--curves", str(curves), "--contestants", *names, "--seeds", "2", "--workers", "1", "2"]
    arguments += ["--budgets", "1", "3", "--out", str(tmp_path / "out"), "--processes", "1"]
    assert bench.main(arguments) == 0
    out = capsys.readouterr().out
    for workers in (1, 2):
        assert re.search(rf"^{workers} +random, halving +0\.\d{{3}} ± 0\.\d{{3}}", out, re.MULTILINE)
    assert "nan" not in out
    assert (tmp_path / "out/regret.png").stat().st_size > 10_000
    # What is measured is not measured again.
    kept = tmp_path / "out/measurements.jsonl"
    before = kept.read_bytes()
    assert bench.main(arguments) == 0
    assert kept.read_bytes() == before
    assert capsys.readouterr().out == out


def test_a_contestant_that_is_not_installed_is_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    curves = write(tmp_path, points(20, 9))
    other = Entry("Other: search", CONTESTANTS["random-none"].make, ("no_such_module",))
    monkeypatch.setattr(bench, "CONTESTANTS", {**CONTESTANTS, "other": other})
    arguments = ["--curves", str(curves), "--contestants", "random-none", "other", "--seeds", "1"]
    arguments += ["--workers", "1", "--budgets", "1", "--out", str(tmp_path / "out"), "--processes", "1"]
    assert bench.main(arguments) == 0
    out, err = capsys.readouterr()
    assert "left out: other needs no_such_module: pip install 'cnn-search[bench]'" in err
    assert "random, none" in out and "Other" not in out


def test_every_scheduler_and_the_usual_ones_can_be_named() -> None:
    assert {f"random-{scheduler}" for scheduler in SCHEDULERS} <= set(CONTESTANTS)
    assert set(USUAL) <= set(CONTESTANTS)


def test_the_command_needs_curves_and_knows_no_flag_of_a_search(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, message in (([], "--curves"), (["--curves", "x", "--epochs", "3"], "--epochs")):
        with pytest.raises(SystemExit) as stop:
            bench.main(arguments)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
    assert bench.main(["--curves", str(tmp_path)]) == 1
    assert "no recorded curves" in capsys.readouterr().err
