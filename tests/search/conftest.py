"""Searches small enough for a test."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from search.__main__ import main
from tests.conftest import ROOT

# A model that trains in a moment: no test here asks how good it gets.
TINY = ["--set", "depth=1", "--set", "width=8", "--set", "blocks=1", "--set", "normalization=batch"]
TINY += ["--set", "batch_size=32", "--set", "optimizer=adam"]

Call = Callable[..., int]


@pytest.fixture
def call(small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run `python -m search cifar_residual …` in this process, and return its exit status."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)

    def run(*flags: str, study: str = "cifar_residual", tiny: bool = True) -> int:
        new = "--resume" not in flags
        arguments = [*([study] if new else []), *(TINY if new and tiny else []), *flags]
        try:
            return main(arguments)
        except SystemExit as stop:  # argparse ends so
            return int(stop.code or 0)

    return run


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(small_data: Path, tmp_path: Path) -> Iterator[Start]:
    """Start `python -m search cifar_residual …` in a process of its own, in an empty folder."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, program: tuple[str, ...] = ("-m", "search")) -> "subprocess.Popen[str]":
        first = [] if "--resume" in arguments else ["cifar_residual", *TINY]
        process = subprocess.Popen(
            [sys.executable, *program, *first, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def descendants(parent: int) -> dict[int, str]:
    """Return the processes below a process: number and command line."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            number = int(folder.name)
            parents[number] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            names[number] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    below = {parent}
    while more := {number for number, its in parents.items() if its in below} - below:
        below |= more
    return {number: names[number] for number in below - {parent}}


def curves(run: Path) -> list[dict[str, Any]]:
    """Return what a run's journal says of its trials, but for the time they took."""
    from search.runs.journal import Journal
    from search.runs.run import open_run

    copy = run.parent / f"{run.name}-copy"
    shutil.copytree(run, copy)
    with open_run(copy) as opened:
        trials = Journal(opened.journal, opened.name, opened.plan.space).trials()
    shutil.rmtree(copy)
    for trial in trials:
        for metrics in trial.epochs.values():
            del metrics["seconds"]
    return [
        {"number": t.number, "params": t.params, "epochs": t.epochs, "state": t.state, "reason": t.reason}
        for t in trials
    ]


def without_order(trial: dict[str, Any]) -> dict[int, dict[str, float]]:
    """Return a trial's epochs without their place in the search: a single given trial has none."""
    return {
        epoch: {name: value for name, value in metrics.items() if name != "order"}
        for epoch, metrics in trial["epochs"].items()
    }
