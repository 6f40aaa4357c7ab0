"""The job script: text in, text out. Nothing is written or started here.

The script says first what SLURM is to give, then the values of this search, each quoted. What a job does with
them is the same for all, and stands in `session.sh`.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.options import JobOptions, OptionError, check_line

_SESSION = Path(__file__).with_name("session.sh").read_text(encoding="utf-8")

# SLURM may send its signals in the first second of a job. The search finishes its epochs after the first.
_TRAPS = """\
stop='' search='' # the signal that ends this session early; the process of the search
# shellcheck disable=SC2317 # the traps call it
on_signal() { # the search finishes its epochs after the first SIGTERM
    [ -z "$stop" ] || return 0
    stop=$1
    [ -z "$search" ] || end search "$search"
}
trap 'on_signal USR1' USR1 # the walltime comes to its end
trap 'on_signal USR2' USR2 # python -m cluster cancel
trap 'on_signal TERM' TERM INT # preempted, or ended by hand"""


@dataclass(frozen=True)
class Job:
    """What a job script is made of.

    Attributes:
        options: what is asked of SLURM.
        command: as the user typed it.
        run: folder of the run, absolute; the job's own folder is `job` in it.
        new: the arguments of `python -m search` that make the run.
        resume: those that go on with it.
        work: absolute folder in which the search is started: relative paths in its arguments begin there.
        python: path of the Python that runs each step; in an image it is the image's.
        source: folder of this project's packages.
    """

    options: JobOptions
    command: str
    run: Path
    new: Sequence[str]
    resume: Sequence[str]
    work: Path
    python: str
    source: Path

    @property
    def name(self) -> str:
        """STUDY/NAME."""
        return f"{self.run.parent.name}/{self.run.name}"

    @property
    def again(self) -> str:
        """The command that goes on with the run."""
        return shlex.join(["python", "-m", "cluster", "submit", "--", "--resume", str(self.run)])


def script(job: Job) -> str:
    """Return the job script.

    Raises:
        OptionError: a value cannot be written into it.
    """
    _check(job)
    head = [
        "#!/bin/bash",
        f"# The search {job.name}. Made by: {job.command}",
        f"# By hand: cd {shlex.quote(str(job.run / 'job'))} && sbatch job.sbatch",
        *(f"#SBATCH --{directive}" for directive in _directives(job)),
    ]
    return "\n".join([*head, "", _TRAPS, "", *_values(job), "", _SESSION])


def _check(job: Job) -> None:
    for what, value in (
        ("the command", job.command),
        ("the folder", str(job.run)),
        ("the folder", str(job.work)),
    ):
        check_line(what, value)
    for argument in (*job.new, *job.resume):
        check_line("the argument", argument)
    if job.options.image:
        for path in (job.run, job.work):
            if re.search("[,:]", str(path)):
                raise OptionError(f"{str(path)!r}: a folder with ',' or ':' cannot be given to an image")


def _directives(job: Job) -> Iterator[str]:
    options = job.options
    yield f"job-name={re.sub('[^A-Za-z0-9._-]', '_', f'{job.run.parent.name}-{job.run.name}')}"
    for name in ("partition", "account", "qos", "reservation", "constraint"):
        if value := getattr(options, name):
            yield f"{name}={value}"
    yield f"nodes={options.nodes}"
    yield "ntasks-per-node=1"
    yield f"cpus-per-task={options.cpus}" if options.cpus else "exclusive"
    if options.gpus_per_node:
        yield f"gres=gpu:{options.gpus_per_node}"
    if options.memory_per_node or not options.cpus:
        yield f"mem={options.memory_per_node or 0}"
    yield f"time={options.minutes // 60:02d}:{options.minutes % 60:02d}:00"
    yield f"signal=B:USR1@{options.notice}"
    yield "no-kill"  # a node may die, the others go on
    yield "requeue"
    if options.jobs > 1:
        yield f"array=1-{options.jobs}%1"  # one after another
    # Relative to the folder in which sbatch is called: no path stands in a directive, where % has a meaning.
    yield "output=job.log"
    yield "open-mode=append"


def _values(job: Job) -> Iterator[str]:
    options = job.options
    for module in options.modules:
        yield f"module load {shlex.quote(module)}"
    for name, value in options.env.items():
        yield f"export {name}={shlex.quote(value)}"
    yield f"run={shlex.quote(str(job.run))}"
    yield f"work={shlex.quote(str(job.work))}"
    yield f"new=({shlex.join(job.new)})"
    yield f"resume=({shlex.join(job.resume)})"
    yield f"again={shlex.quote(job.again)}"
    yield f"gpus={options.gpus} notice={options.notice} requeues={options.requeues}"
    if options.image:
        yield "unset PYTHONPATH # the image has its own packages"
        yield "container=$(command -v apptainer || command -v singularity)"
        binds = f"--bind {shlex.quote(str(job.run))} --bind {shlex.quote(str(job.work))}"
        yield f"binds=({binds}) # and the prepared data, where they are not in the home"
        yield '[ -z "${CNN_SEARCH_CACHE:-}" ] || binds+=(--bind "$CNN_SEARCH_CACHE")'
        nv = "--nv " if options.gpus else ""
        yield f'launch=("$container" exec {nv}"${{binds[@]}}" {shlex.quote(str(options.image))})'
        yield "python=python"
    else:
        yield f"export PYTHONPATH={shlex.quote(str(job.source))}${{PYTHONPATH:+:$PYTHONPATH}}"
        yield "launch=() # each step runs as it is, in no image"
        yield f"python={shlex.quote(job.python)}"
