"""From what the user typed to a job: which run it is, and the arguments of its search."""

import datetime
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from cluster.job import Job
from cluster.options import JobOptions, OptionError

RUNS = Path("runs")  # as `python -m search` has it
SOURCE = Path(__file__).resolve().parents[1]

# What the job itself says to the search.
_OWN = {
    "--name": "put it before --",
    "--runs": "put it before --",
    "--address": "the job has a Ray of its own",
    "--local": "a job trains on its nodes",
    "--dry-run": "put it before --",
}


def split(arguments: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Return the arguments before and after the first "--"; None where there is none.

    >>> split(["submit", "--nodes", "2", "--", "cifar_residual", "--trials", "5"])
    (['submit', '--nodes', '2'], ['cifar_residual', '--trials', '5'])
    """
    if "--" not in arguments:
        return list(arguments), None
    at = arguments.index("--")
    return list(arguments[:at]), list(arguments[at + 1 :])


def make(options: JobOptions, search: list[str], *, runs: Path, name: str | None, command: str) -> Job:
    """Return the job of a search.

    Args:
        options: what is asked of SLURM.
        search: the arguments of `python -m search`.
        runs: folder of the runs.
        name: of the run; None: date and time.
        command: as the user typed it.

    Raises:
        OptionError: the arguments do not say which search, or say what the job decides.
    """
    if not search:
        raise OptionError("say after -- what to search, like: submit --nodes 2 -- cifar_residual --trials 50")
    for argument in search:
        if reason := _OWN.get(argument.partition("=")[0]):
            raise OptionError(f"{argument} after --: {reason}")
    if search[0].partition("=")[0] == "--resume":
        run, new = _existing(runs, search)
        if name is not None:
            raise OptionError(f"--name {name}: the run that goes on has a name")
        resume = new
    else:
        run, new = _new(runs, name, search)
        resume = ["--resume", str(run)]
    return Job(
        options=options,
        command=command,
        run=run,
        new=new,
        resume=resume,
        work=Path.cwd(),
        python=sys.executable,
        source=SOURCE,
    )


def _new(runs: Path, name: str | None, search: list[str]) -> tuple[Path, list[str]]:
    # A study of the user's own is a file; the run's folder has its name.
    study = Path(search[0]).stem if search[0].endswith(".py") else search[0]
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", study):
        raise OptionError(f"{study!r} after --: it begins with the name of a study, or with --resume RUN")
    name = name or f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}"
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise OptionError(
            f"--name {name!r}: it is letters, digits, '.', '_' and '-', and begins with a letter or digit"
        )
    run = runs.resolve() / study / name
    if (run / "run.json").exists():
        raise OptionError(f"--name {name}: {run} exists. Go on with it: submit -- --resume {study}/{name}")
    return run, [*search, "--runs", str(runs.resolve()), "--name", name]


def _existing(runs: Path, search: list[str]) -> tuple[Path, list[str]]:
    """Return the run that is to go on, and the arguments with its whole path."""
    _, equals, name = search[0].partition("=")
    rest = search[1:] if equals else search[2:]
    if not equals:
        name = search[1] if len(search) > 1 else ""
    for folder in (Path(name), runs / name):
        if name and (folder / "run.json").is_file():
            return folder.resolve(), ["--resume", str(folder.resolve()), *rest]
    raise OptionError(f"--resume {name}: there is no such run, neither as a path nor under {runs}")
