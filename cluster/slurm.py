"""SLURM's commands: what they are asked, and what their answers mean."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.options import JobOptions, OptionError
from data.terminal.arguments import nearest

PATIENCE = 60.0  # seconds for one of SLURM's commands


class SlurmError(Exception):
    """SLURM is not here, or refuses; the message says what it answered."""


@dataclass(frozen=True)
class Partition:
    """A partition.

    Attributes:
        name: of it.
        nodes: how many it has, of whatever state.
        minutes: the longest walltime; None for no limit.
    """

    name: str
    nodes: int
    minutes: int | None


@dataclass(frozen=True)
class JobState:
    """A job that SLURM knows; of several jobs one after another, one of them.

    Attributes:
        id: its number; "12_3" for the third of several.
        state: PENDING, RUNNING, COMPLETING, …
        elapsed, limit: as SLURM prints them.
        nodes: where it runs; "" before.
        reason: why it waits.
    """

    id: str
    state: str
    elapsed: str
    limit: str
    nodes: str
    reason: str


def partitions(patience: float = PATIENCE) -> list[Partition]:
    """Return the partitions of this site.

    Args:
        patience: seconds for SLURM to answer.

    Raises:
        SlurmError: there is no SLURM here, or it does not answer.
    """
    rows: dict[str, Partition] = {}
    for line in _call("sinfo", "--noheader", "--format=%R|%D|%l", patience=patience).splitlines():
        name, nodes, limit = line.split("|")
        before = rows[name].nodes if name in rows else 0  # a line for each group of equal nodes
        rows[name] = Partition(name, before + int(nodes), minutes(limit))
    return list(rows.values())


def minutes(limit: str) -> int | None:
    """Return a time limit in minutes; None for infinite.

    >>> minutes("1-12:30:00"), minutes("30:00"), minutes("infinite")
    (2190, 30, None)
    """
    days, _, rest = limit.rpartition("-")
    if not rest.replace(":", "").isdecimal():
        return None
    parts = [int(part) for part in rest.split(":")]
    hours, of_hour, _ = [0] * (3 - len(parts)) + parts
    return (int(days or 0) * 24 + hours) * 60 + of_hour


def check(options: JobOptions, available: Sequence[Partition]) -> None:
    """Check a job against the partitions of a site.

    Raises:
        OptionError: there is no such partition, or it has fewer nodes or shorter jobs.
    """
    if options.partition is None:
        return
    chosen = [_partition(name, available) for name in options.partition.split(",")]
    most = max(chosen, key=lambda partition: partition.nodes)
    if options.nodes > most.nodes:
        raise OptionError(f"--nodes {options.nodes}: {most.name} has {most.nodes}")
    limits = [partition.minutes for partition in chosen]
    longest = None if None in limits else max(limit for limit in limits if limit is not None)
    if longest is not None and options.minutes > longest:
        hours = longest / 60
        raise OptionError(
            f"--hours {options.hours:g}: {options.partition} allows {hours:g}. It starts again by itself "
            f"and goes on; where a site does not allow that: --hours {hours:g} --jobs N"
        )


def _partition(name: str, available: Sequence[Partition]) -> Partition:
    names = [partition.name for partition in available]
    if name not in names:
        hint = f" Did you mean {match}?" if (match := nearest(name, names)) else ""
        raise OptionError(f"--partition {name}: choose from {', '.join(names)}.{hint}")
    return available[names.index(name)]


def submit(script: Path) -> str:
    """Submit a job script from its folder; return the job's number.

    Raises:
        SlurmError: SLURM refuses it.
    """
    return _call("sbatch", "--parsable", script.name, folder=script.parent).strip().partition(";")[0]


def jobs(number: str) -> list[JobState]:
    """Return what SLURM knows of a job; nothing when it has ended some time ago.

    Raises:
        SlurmError: there is no SLURM here, or it does not answer.
    """
    try:
        text = _call("squeue", "--noheader", f"--jobs={number}", "--states=all", "--format=%i|%T|%M|%l|%N|%r")
    except SlurmError as error:
        if "Invalid job id" in str(error):
            return []
        raise
    return [JobState(*line.strip().split("|", 5)) for line in text.splitlines()]


def stop(number: str) -> None:
    """Let the script of a running job end its search after the epochs in flight, and not start again."""
    _call("scancel", "--batch", "--signal=USR2", "--state=RUNNING", number)


def cancel(number: str, *states: str) -> None:
    """Take a job out of the queue, or end it at once.

    Args:
        number: of the job.
        states: of several jobs only those in one of these; none: all.
    """
    _call("scancel", *(f"--state={state}" for state in states), number)


def seconds_left(number: str) -> int | None:
    """Return how long a job may still run; None without a limit."""
    text = _call("squeue", "--noheader", f"--jobs={number}", "--format=%L").strip()
    whole = minutes(text)
    return None if whole is None else whole * 60 + int(text.rpartition(":")[2])


def _call(*command: str, folder: Path | None = None, patience: float = PATIENCE) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=patience, check=False
        )
    except FileNotFoundError:
        raise SlurmError(f"there is no {command[0]} here: this is no machine of a SLURM cluster") from None
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{command[0]} has not answered in {patience:g} seconds") from None
    if "Could not establish a configuration source" in done.stderr:
        raise SlurmError(f"{command[0]} knows no cluster: there is no slurm.conf here, and no SLURM_CONF")
    if done.returncode:
        raise SlurmError(" ".join(done.stderr.split()) or f"{command[0]} has failed ({done.returncode})")
    return done.stdout
