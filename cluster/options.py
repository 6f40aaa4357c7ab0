"""What a user can ask of a job. Whatever cannot be written into a job script safely is refused here."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CPUS_PER_GPU = 4  # where the number of CPUs is not given
# SLURM looks at the time limit every 30 seconds, and ends a job late rather than early.
CLOCK = 60

_NAME = r"[A-Za-z0-9][A-Za-z0-9_.+-]*"
_PATTERNS: Mapping[str, tuple[str, str]] = {
    "partition": (rf"{_NAME}(,{_NAME})*", "the name of a partition, or several with commas"),
    "account": (r"[A-Za-z0-9][A-Za-z0-9_.:@+-]*", "the name of an account"),
    "qos": (_NAME, "the name of a quality of service"),
    "reservation": (_NAME, "the name of a reservation"),
    "constraint": (r"[A-Za-z0-9][A-Za-z0-9_.&|()\[\]*,+-]*", "features of nodes, like 'a100&ib'"),
    "gpus_per_node": (rf"({_NAME}:)?[1-9][0-9]*", "a number, or TYPE:NUMBER, like a100:8 or 1g.5gb:7"),
    "memory_per_node": (r"[1-9][0-9]*[MGT]", "a number with M, G or T, like 64G"),
}
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"


class OptionError(ValueError):
    """An option is out of its range; the message names the valid values."""


@dataclass(frozen=True)
class JobOptions:
    """The options of a job; each is a flag of `python -m cluster submit` too.

    Attributes:
        nodes: how many.
        cpus_per_node: None: 4 for each GPU, or without GPUs whole nodes.
        gpus_per_node: "4", or with the site's type "a100:8"; None for a search on CPUs.
        memory_per_node: like "64G"; None for the site's default, or of whole nodes all of it.
        hours: walltime of one job.
        partition, account, qos, reservation, constraint: as SLURM has them; None for the site's default.
        notice: seconds before the end of the walltime at which the search stops after its epoch.
        requeues: how often the job may start again, whatever the reason.
        jobs: more than 1: so many jobs one after another, instead of one that is requeued.
        image: a Singularity image in which every step runs; None for this Python.
        modules: environment modules to load.
        env: environment variable → value.

    Raises:
        OptionError: a value is out of its range.
    """

    nodes: int = 1
    cpus_per_node: int | None = None
    gpus_per_node: str | None = None
    memory_per_node: str | None = None
    hours: float = 1.0
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    reservation: str | None = None
    constraint: str | None = None
    notice: int = 300
    requeues: int = 20
    jobs: int = 1
    image: Path | None = None
    modules: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("nodes", "cpus_per_node", "jobs", "notice"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise OptionError(f"{_flag(name)} {value}: it is a whole number from 1 on")
        if self.requeues < 0:
            raise OptionError(f"--requeues {self.requeues}: it is a whole number from 0 on")
        for name, (pattern, meaning) in _PATTERNS.items():
            value = getattr(self, name)
            if value is not None and not re.fullmatch(pattern, value):
                raise OptionError(f"{_flag(name)} {value!r}: it is {meaning}")
        self._check_time()
        self._check_environment()

    def _check_time(self) -> None:
        if not 0 < self.hours <= 10_000:
            raise OptionError(f"--hours {self.hours:g}: it is above 0, up to 10000")
        if self.minutes * 60 < self.notice + CLOCK:
            raise OptionError(
                f"--notice {self.notice}: a job of {self.minutes} minutes can be stopped at most "
                f"{self.minutes * 60 - CLOCK} seconds before its end"
            )

    def _check_environment(self) -> None:
        for name, value in self.env.items():
            if not re.fullmatch(_VARIABLE, name):
                raise OptionError(f"--env {name!r}: it is no name of an environment variable")
            check_line(f"--env {name}", value)
        for module in self.modules:
            check_line("--module", module)
        if self.image is not None:
            check_line("--image", str(self.image))

    @property
    def minutes(self) -> int:
        """Walltime in minutes, SLURM's unit, rounded up."""
        return math.ceil(round(self.hours * 60, 6))

    @property
    def gpus(self) -> int:
        """GPUs of each node; 0 for a search on CPUs."""
        return int(self.gpus_per_node.rpartition(":")[2]) if self.gpus_per_node else 0

    @property
    def cpus(self) -> int | None:
        """CPUs of each node; None for all of them."""
        return self.cpus_per_node or (CPUS_PER_GPU * self.gpus or None)


def check_line(what: str, value: str) -> None:
    """Raise an OptionError for a value that is no single line of text.

    Quotes make every other character harmless in a shell, and a line break too; but a comment ends there.
    """
    if not value.isprintable():
        raise OptionError(f"{what} {value!r}: it holds a line break or another control character")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
