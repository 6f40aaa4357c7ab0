"""The command line of `python -m search`: every option is a flag, and what is wrong is told at once."""

import dataclasses
import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import models
from search.__main__ import main
from search.algorithm.samplers import SAMPLERS
from search.algorithm.schedulers import SCHEDULERS
from search.command import dry_run, session
from search.options import SearchOptions
from search.result import Result
from tests.conftest import ROOT

# Runs the command, and prints which of the slow imports it has needed.
PROGRAM = """
import sys
from search.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print({"keras", "ray", "tensorflow", "jax", "optuna", "numpy", "rich", "msgspec"} & set(sys.modules))
"""

RESULT = Result(
    folder=Path("runs/cifar_basic/first"),
    params={},
    value=0.5,
    trials=[],
    finished=True,
    stopped="",
    signal=None,
    summary="the summary",
)

Calls = list[tuple[str, Any]]


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Start nothing: note what the command has come to."""
    made: Calls = []

    def start(study: str, options: SearchOptions, command: str) -> Result:
        made.append(("start", (study, options)))
        return dataclasses.replace(RESULT, summary=f"the summary of: {command}")

    def resume(folder: Path, **options: Any) -> Result:
        made.append(("resume", (folder, options)))
        return RESULT

    def preview(study: str, options: SearchOptions) -> str:
        made.append(("preview", (study, options)))
        return "the preview"

    def preview_resume(folder: Path, trials: int | None) -> str:
        made.append(("preview of resume", (folder, trials)))
        return "the preview"

    monkeypatch.chdir(tmp_path)
    for function in (start, resume):
        monkeypatch.setattr(session, function.__name__, function)
    monkeypatch.setattr(dry_run, "start", preview)
    monkeypatch.setattr(dry_run, "resume", preview_resume)
    return made


def help_text(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def error_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the message of a command that is a usage error."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_the_flags_are_the_fields_of_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    flags = set(re.findall(r"^  (?:-h, )?--([a-z-]+)", help_text(capsys), re.M))
    fields = {field.name.replace("_", "-") for field in dataclasses.fields(SearchOptions)}
    assert flags - {"help", "resume", "dry-run"} == fields - {"fixed"} | {"set"}


def test_every_flag_arrives_at_its_field(calls: Calls) -> None:
    arguments = (
        "cifar_residual --trials 7 --epochs 5 --train-images 300 --concurrent 3 --gpus-per-trial 0.5 "
        "--seed 9 --budget 1h30m --sampler random --scheduler median --set depth=2 --set width=16 "
        "--weights w.h5 --parent a/b --local --address here:1 --runs elsewhere --name second "
        "--dataset cats_dogs --objective val_accuracy,size --at-most latency=2.5"
    )
    assert main(arguments.split()) == 0
    options = SearchOptions(
        trials=7,
        epochs=5,
        train_images=300,
        concurrent=3,
        gpus_per_trial=0.5,
        seed=9,
        budget=5400.0,
        sampler="random",
        scheduler="median",
        fixed={"depth": "2", "width": "16"},
        weights=Path("w.h5"),
        parent="a/b",
        local=True,
        address="here:1",
        runs=Path("elsewhere"),
        name="second",
        dataset="cats_dogs",
        objective="val_accuracy,size",
        at_most={"latency": 2.5},
    )
    defaults = dataclasses.asdict(SearchOptions())
    assert all(value != defaults[name] for name, value in dataclasses.asdict(options).items())
    assert calls == [("start", ("cifar_residual", options))]


def test_without_flags_the_options_are_the_defaults(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cifar_residual"]) == 0
    assert calls == [("start", ("cifar_residual", SearchOptions()))]
    assert capsys.readouterr().out == "the summary of: python -m search cifar_residual\n"


def test_the_command_is_kept_as_it_was_typed(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cifar_residual", "--set", "depth=2", "--runs", "my runs"]) == 0
    assert "of: python -m search cifar_residual --set depth=2 --runs 'my runs'\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_is_a_choice_and_explained(
    calls: Calls, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cifar_residual", "--sampler", name]) == 0
    assert calls == [("start", ("cifar_residual", SearchOptions(sampler=name)))]
    capsys.readouterr()
    assert f"{name} ({SAMPLERS[name]}" in " ".join(help_text(capsys).split())


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_is_a_choice_and_explained(
    calls: Calls, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cifar_residual", "--scheduler", name]) == 0
    assert calls == [("start", ("cifar_residual", SearchOptions(scheduler=name)))]
    capsys.readouterr()
    assert f"{name} ({SCHEDULERS[name]}" in " ".join(help_text(capsys).split())


@pytest.mark.parametrize("flag", ["--sampler", "--scheduler"])
def test_another_sampler_or_scheduler_is_refused_with_the_choices(
    calls: Calls, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = SAMPLERS if flag == "--sampler" else SCHEDULERS
    message = error_of(["cifar_residual", flag, "magic"], capsys)
    assert all(name in message for name in names)


def test_a_dry_run_is_printed_and_starts_nothing(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cifar_residual", "--dry-run", "--trials", "3"]) == 0
    assert calls == [("preview", ("cifar_residual", SearchOptions(trials=3)))]
    assert capsys.readouterr().out == "the preview\n"


def test_no_argument_lists_the_studies(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert calls == []
    printed = capsys.readouterr()
    assert printed.err == ""
    assert [line.split()[0] for line in printed.out.splitlines()] == models.names()


def test_resume_takes_what_may_be_changed(calls: Calls) -> None:
    folder = Path("runs/cifar_basic/first")
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    assert main(["--resume", "cifar_basic/first", "--trials", "9", "--budget", "90s", "--local"]) == 0
    options = {"trials": 9, "budget": 90.0, "local": True}
    assert calls == [("resume", (folder.resolve(), options))]
    assert main(["--resume", "cifar_basic/first", "--trials", "9", "--dry-run"]) == 0
    assert calls[1:] == [("preview of resume", (folder.resolve(), 9))]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cifar_resdual"], "there is no study 'cifar_resdual'. Did you mean cifar_residual?"),
        (["--trials", "3"], "--trials needs a study"),
        (["--set", "depth=1"], "--set needs a study"),
        (["--dry-run"], "--dry-run needs a study"),
        (["--resume", "a/b", "--seed", "1"], "--seed cannot be changed: a run goes on as it was started"),
        (["--resume", "a/b", "--set", "depth=1"], "--set cannot be changed"),
        (["--resume", "a/b", "--train-images", "9"], "--train-images cannot be changed"),
        (["--resume", "a/b", "cifar_basic"], "give either a study or --resume: a/b is the run of a study"),
        (["--resume", "a/b"], "there is no run 'a/b'"),
        (["cifar_basic", "--seed", "-1"], "'-1' is not a whole number from 0 to 2147483647"),
        (["cifar_basic", "--seed", "2147483648"], "is not a whole number from 0 to 2147483647"),
        (["cifar_basic", "--gpus-per-trial", "1.5"], "'1.5' is neither a share above 0 up to 1 nor a whole"),
        (["cifar_basic", "--gpus-per-trial", "nan"], "'nan' is neither a share"),
        (["cifar_basic", "--budget", "0s"], "'0s' is not a time like 90s, 30m, 2h or 1h30m"),
        (["cifar_basic", "--budget", "-5m"], "is not a time like|expected one argument"),
        (["cifar_basic", "--name", "a/b"], "'a/b' is not a name of letters, digits, '.', '_' and '-'"),
        (["cifar_basic", "--set", "depth"], "'depth' is not NAME=VALUE"),
        (["cifar_basic", "--trial", "3"], "unrecognized arguments: --trial"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_is_told_in_a_line(
    calls: Calls, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = error_of(arguments, capsys)
    assert any(part in told for part in message.split("|"))
    assert "Traceback" not in told
    assert len(told.splitlines()) <= 2
    assert calls == []


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("1h0m5s", 3605)]
)
def test_times(calls: Calls, text: str, seconds: float) -> None:
    assert main(["cifar_basic", "--budget", text]) == 0
    assert calls == [("start", ("cifar_basic", SearchOptions(budget=seconds)))]


def test_a_signal_that_stopped_the_search_is_its_exit_status(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "start", lambda *_, **__: dataclasses.replace(RESULT, signal=15))
    assert main(["cifar_basic"]) == 143


@pytest.mark.parametrize("arguments", [["--help"], ["cifar_resdual"], ["cifar_basic", "--trials", "0"], []])
def test_what_is_answered_at_once_imports_nothing_slow(arguments: list[str]) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.splitlines()[-1] == "set()"
    # The time of the processor: other processes do not change it.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1
