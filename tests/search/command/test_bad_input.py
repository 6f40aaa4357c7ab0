"""Bad input, as a user sees it: one clear line, no traceback, nothing lost; and what is answered at once."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from search.runs import run
from tests.conftest import ROOT, Command
from tests.search.conftest import Call

SMALL = ["--trials", "4", "--epochs", "3", "--train-images", "64", "--local", "--name", "r"]
RUN = Path("runs/cifar_residual/r")


def test_a_gpu_that_the_backend_cannot_use_is_said_at_once(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("search.executors.gpus.count", lambda: 1)
    assert call("--trials", "2", "--epochs", "1", "--train-images", "64", "--local") == 1
    output = capsys.readouterr().err
    assert "sees no GPU here: pip install -e '.[gpu]', or train on the CPU" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--trials", "0"], "--trials: '0' is not a whole number from 1 on"),
        (["--trials", "many"], "--trials: 'many' is not a whole number from 1 on"),
        (["--epochs", "0"], "--epochs: '0' is not a whole number"),
        (["--train-images", "401"], "--train-images 401: cifar10 has 400 training images"),
        (["--set", "depth=9"], "--set depth=9: depth must be 1 to 4"),
        (["--set", "dpeth=2"], "no hyperparameter 'dpeth'. Did you mean depth"),
        (["--train-images", "16"], "--train-images 16: less than one batch of 32 (batch_size)"),
        (["--set", "depth=Infinity"], "--set depth=Infinity: depth must be 1 to 4"),
        (["--local", "--concurrent", "4"], "--concurrent: --local trains one trial at a time"),
        (["--sampler", "magic"], "invalid choice: 'magic' (choose from"),
        (["--budget", "soon"], "'soon' is not a time like 90s, 30m, 2h or 1h30m"),
        (["--weights", "x.h5"], "--weights: cifar_residual starts from random weights and has no use for it"),
        (["--parent", "a/b"], "--parent: cifar_residual goes on from no other run and has no use for it"),
        (["--gpus-per-trial", "1"], "--gpus-per-trial 1: there are 0 GPUs here"),
        (["--gpus-per-trial", "-1"], "neither a share above 0"),
        (["--name", "../out"], "'../out' is not a name of letters"),
        (["--resume", "cifar_residual/none"], "there is no run 'cifar_residual/none'"),
        (["--what"], "unrecognized arguments: --what"),
    ],
    ids=" ".join,
)
def test_usage_errors(
    arguments: list[str], message: str, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert len(error.splitlines()) <= 2
    assert not Path("runs").exists()


def test_a_backend_that_is_not_there(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert call(*SMALL) == 2
    assert "KERAS_BACKEND=torch: it is one of tensorflow, jax" in capsys.readouterr().err


def test_what_a_run_began_with_cannot_be_changed(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*SMALL) == 0
    assert call("--resume", "cifar_residual/r", "--seed", "1") == 2
    assert call("--resume", "cifar_residual/r", "--seed", "0") == 2
    assert "--seed cannot be changed: a run goes on as it was started" in capsys.readouterr().err
    assert call("--resume", "cifar_residual/r", "--trials", "3") == 2
    assert "--trials 3: the run has 4 already" in capsys.readouterr().err


def test_a_run_that_is_being_written_is_left_alone(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*SMALL) == 0
    writer = run.open_run(RUN)
    assert call("--resume", "cifar_residual/r", "--local") == 1
    assert "is being written by process" in capsys.readouterr().err
    writer.close()


def test_a_name_that_is_taken(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*SMALL) == 0
    assert call(*SMALL) == 1
    assert "already exists: resume it with --resume, or choose another --name" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("")
    assert call(*SMALL, "--runs", "file/runs") == 1
    assert "cannot write" in capsys.readouterr().err


def test_other_data_are_refused(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*SMALL) == 0
    record = json.loads((RUN / "run.json").read_text())
    record["dataset"]["fingerprint"] = "0" * 64
    (RUN / "run.json").write_text(json.dumps(record))
    assert call("--resume", "cifar_residual/r", "--local") == 1
    assert "started on cifar10 with fingerprint 000000000000" in capsys.readouterr().err


def test_a_damaged_run_is_said_to_be(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*SMALL) == 0
    (RUN / "run.json").write_text("{")
    (RUN / "lock").unlink()
    assert call("--resume", "cifar_residual/r", "--local") == 1
    assert "run.json is damaged" in capsys.readouterr().err
    assert not (RUN / "lock").exists()  # nothing is left in what is no run


def test_a_dry_run_prints_the_plan_and_starts_nothing(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--dry-run", "--trials", "50", tiny=False) == 0
    output = capsys.readouterr().out
    for part in (
        "learning_rate    0.0001 to 0.1, log  (default 0.002)",
        "Scheduler: forecast; trials are compared at epochs 2, 4, 8, 12; an epoch goes where it is expected",
        "Resources:",
    ):
        assert part in output
    assert "Estimate: 208 epochs" in output
    assert not Path("runs").exists()


def test_help_and_a_usage_error_import_nothing_slow(command: Command) -> None:
    program = (
        "import sys, search.__main__ as m\n"
        "try: m.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print({'keras', 'ray', 'tensorflow', 'optuna', 'numpy'} & set(sys.modules))"
    )
    for arguments in (["--help"], ["cifar_resdual"], ["cifar_residual", "--trials", "0"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True
        )
        assert done.stdout.splitlines()[-1] == "set()", arguments


def test_no_argument_lists_the_studies(command: Command) -> None:
    done = command("search")
    assert done.returncode == 0
    assert done.stderr == ""
    assert re.search(r"^cifar_residual +CIFAR-10 with residual blocks: how much do skip", done.stdout, re.M)


def test_no_data_and_no_network(command: Command, tmp_path: Path) -> None:
    done = command(
        "search", "cifar_basic", "--local", "--trials", "1",
        PATH="/nowhere", CNN_SEARCH_CACHE=str(tmp_path / "c"),
        https_proxy="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9",
    )  # fmt: skip
    assert done.returncode == 1
    assert "--source" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()
