"""The search's arguments, checked by its own dry run before a job waits in a queue for hours."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

from cluster.job import Job
from cluster.options import OptionError

PATIENCE = 120  # seconds; a dry run trains nothing
# They are checked against the hardware, which is the nodes', and not that of this machine.
_OF_THE_NODES = ("--concurrent", "--gpus-per-trial")
_SAYS = "python -m search: "


class SearchError(Exception):
    """The search cannot begin; the message is its own."""


def check(job: Job) -> None:
    """Check what stands after "--"; say on stderr where this machine cannot.

    Raises:
        OptionError: the search calls it a usage error.
        SearchError: the search would fail.
    """
    if job.options.image:
        print("Not checked: the arguments after --, for the search runs in the image.", file=sys.stderr)
        return
    status, printed = _dry_run(job)
    lines = [line for line in printed.splitlines() if line.strip()]
    said = next((line.removeprefix(_SAYS) for line in reversed(lines) if line.startswith(_SAYS)), "")
    if status == 2 and said:
        raise OptionError(f"after --: {said.removeprefix('error: ')}")
    if status == 1 and said:
        raise SearchError(f"the search would fail: {said}")
    if status:  # a login node need not have what the nodes have, like the libraries of a module
        why = lines[-1] if lines else f"status {status}"
        print(f"Not checked: the arguments after --. The search does not run here: {why}", file=sys.stderr)


def _dry_run(job: Job) -> tuple[int, str]:
    """Return the status of the search's dry run, and its messages."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    variables |= job.options.env
    packages = filter(None, (str(job.source), variables.get("PYTHONPATH")))
    try:
        done = subprocess.run(
            [job.python, "-P", "-m", "search", *_independent(job.new), "--dry-run"],
            cwd=job.work,
            env={**variables, "PYTHONPATH": os.pathsep.join(packages)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -1, f"no answer in {PATIENCE} seconds"
    return done.returncode, done.stderr


def _independent(search: Sequence[str]) -> Iterator[str]:
    """Leave out the flags that depend on the hardware.

    >>> list(_independent(["s", "--concurrent", "4", "--gpus-per-trial=0.5", "--trials", "9"]))
    ['s', '--trials', '9']
    """
    arguments = iter(search)
    for argument in arguments:
        if argument in _OF_THE_NODES:
            next(arguments, None)
        elif argument.partition("=")[0] not in _OF_THE_NODES:
            yield argument
