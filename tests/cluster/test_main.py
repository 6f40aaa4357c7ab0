"""The commands `python -m cluster`, without a SLURM; with one they are tested on the lab."""

from pathlib import Path

import pytest

from cluster import search_check
from cluster.__main__ import main

SUBMIT = ["submit", "--nodes", "2", "--name", "n", "--dry-run", "--", "cifar_residual", "--trials", "5"]


@pytest.fixture(autouse=True)
def no_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(search_check, "check", lambda job: None)  # takes seconds; it has tests of its own


def test_dry_run_prints_the_script_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(SUBMIT) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("#!/bin/bash\n# The search cifar_residual/n. Made by: python -m cluster")
    assert f"new=(cifar_residual --trials 5 --runs {tmp_path}/runs --name n)" in printed.out
    assert "Not checked against a site: there is no sinfo here" in printed.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["submit", "--nodes", "0", "--", "cifar_residual"], "--nodes 0: it is a whole number from 1 on"),
        (["submit", "--nodes", "2"], "say after -- what to search"),
        (["submit", "--node", "2", "--", "x"], "Did you mean --nodes?"),
        (["submit", "--env", "X", "--", "x"], "'X' is not NAME=VALUE"),
        (["status", "r", "--", "x"], "-- and the arguments of a search are for submit and start"),
        (["status", "cifar_residual/n"], "cifar_residual/n: no run with a job"),
        (["start", "--", "cifar_residual"], "there is no allocation here"),
        (
            ["sttus"],
            "there is no 'sttus': choose from submit, start, status, logs, cancel. Did you mean status?",
        ),
    ],
)
def test_a_usage_error_names_value_and_choices(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.out == ""


def test_a_machine_without_slurm_is_a_failure(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([argument for argument in SUBMIT if argument != "--dry-run"]) == 1
    assert "this is no machine of a SLURM cluster" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_an_action_it_lists_runs_that_have_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "No run under runs has a job" in capsys.readouterr().out
