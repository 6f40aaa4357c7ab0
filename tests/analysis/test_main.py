"""The command line of `python -m analysis`: what it lists, what it refuses, and how quickly."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from search.runs.run import open_run
from tests.analysis.conftest import NAME, Call
from tests.conftest import ROOT

LATE = """
import sys
from analysis.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(sorted({"numpy", "keras", "optuna", "ray", "scipy", "matplotlib"} & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [("--help",), ("compare", "a"), ("a", "--seeds", "0")])
def test_help_and_wrong_commands_are_answered_before_anything_heavy_is_imported(
    arguments: tuple[str, ...],
) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", LATE, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stderr.splitlines()[-1] == "[]"


def test_without_arguments_it_lists_the_runs_and_starts_nothing(
    tested: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call() == 0
    output = capsys.readouterr()
    header, line = output.out.splitlines()
    assert header.split() == ["run", "dataset", "trials", "best", "val_accuracy", "state", "test", "set"]
    assert line.startswith(f"{NAME}  cifar10  3 of 3")
    assert "(trial" in line and "finished" in line and line.endswith("opened 1×")
    with open_run(tested):
        assert call() == 0
    assert "being written" in capsys.readouterr().out


def test_a_run_that_is_damaged_is_listed_so_and_the_others_are_listed(
    tested: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tested.parent / "s"
    other.mkdir()
    (other / "run.json").write_text('{"plan": 3}')
    assert call() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [NAME, "cifar_residual/s"]
    assert lines[2].split()[1:] == ["-", "-", "-", "damaged", "-"]


def test_a_run_of_a_later_version_is_not_called_damaged(
    tested: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    values = json.loads((tested / "run.json").read_text())
    (tested / "run.json").write_text(json.dumps({**values, "format": 99}))
    assert call() == 0
    assert "made by a later version" in capsys.readouterr().out
    assert call(NAME, "--local") == 1
    assert "made by a later version" in capsys.readouterr().err


def test_no_runs_at_all_says_what_makes_one(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call() == 0
    assert capsys.readouterr().out == "There are no runs in runs: python -m search STUDY --trials 50\n"


@pytest.mark.parametrize("command", [(), ("predict",), ("compare",)])
def test_an_unknown_run_is_a_usage_error_that_says_what_there_is(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    rest = {"predict": ("image.jpg",), "compare": (NAME,)}.get("".join(command), ())
    assert call(*command, "cifar_residual/nowhere", *rest) == 2
    output = capsys.readouterr().err
    assert "there is no run 'cifar_residual/nowhere'" in output
    assert f"runs there: {NAME}" in output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["compare", NAME], "two or more runs are needed: RUN RUN …"),
        (["predict", NAME], "the following arguments are required: IMAGE"),
        ([NAME, NAME], "one run at a time; or compare RUN RUN …, predict RUN IMAGE …"),
        (["--csv"], "--csv needs a run"),
        (["predict", NAME, "i.jpg", "--seeds", "3"], "unrecognized arguments: --seeds"),
        (["compare", NAME, NAME, "--epochs", "3"], "unrecognized arguments: --epochs"),
        ([NAME, "--seds", "3"], "unrecognized arguments: --seds 3. Did you mean --seeds?"),
        ([NAME, "--seeds", "none"], "argument --seeds: 'none' is not a whole number from 1 on"),
        ([NAME, "--train-images", "401"], "--train-images 401: cifar10 has 400 training images"),
        ([NAME, "--train-images", "31"], "--train-images 31: less than one batch of 32 (batch_size)"),
        ([NAME, "--with-validation"], "--with-validation: it needs --final, as any other retraining chooses"),
        (
            [NAME, "--final", "--with-validation", "--train-images", "601"],
            "--train-images 601: cifar10 has 600 training and validation images",
        ),
        (
            [NAME, "--local", "--concurrent", "2"],
            "--concurrent: --local trains one at a time, in this process",
        ),
    ],
)
def test_a_command_that_makes_no_sense_says_why(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert call(*arguments) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("python -m analysis") and why in line
    assert not (run / "report").exists()


@pytest.mark.parametrize("damage", ["run.json", "report/retrain.json"])
def test_a_damaged_file_is_one_line(
    tested: Path, call: Call, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    (tested / damage).write_text('{"plan": ')
    assert call(NAME, "--local") == 1
    assert f"{tested / damage}" in capsys.readouterr().err.splitlines()[-1]


def test_data_that_changed_since_the_search_are_refused(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (run / "run.json").read_text()
    (run / "run.json").write_text(text.replace("f" * 64, "e" * 64))
    assert call(NAME, "--local") == 1
    assert "was started on cifar10 with fingerprint eeeeeeeeeeee…" in capsys.readouterr().err
