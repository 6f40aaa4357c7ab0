"""What a user can ask of a search."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

RUNS = Path("runs")  # the folder of the runs, where no other is named


class OptionError(ValueError):
    """An option is out of its range, or of no use here; the message names the valid values."""


@dataclass(frozen=True)
class SearchOptions:
    """The options of a search; each is a flag of `python -m search` too.

    What is None is chosen from the study, the data and the hardware.

    Attributes:
        trials: how many.
        epochs: of a trial that is never stopped.
        train_images: training images that a trial sees in each epoch.
        concurrent: trials at a time.
        gpus_per_trial: a share of one GPU, or a whole number.
        seed: of everything random; None: 0, or the parent's.
        budget: seconds after which the session stops; the run can be resumed.
        sampler: suggests the trials; a key of `search.algorithm.samplers.SAMPLERS`.
        scheduler: pauses, stops and promotes them; a key of `search.algorithm.schedulers.SCHEDULERS`.
        fixed: hyperparameter → its only value (`--set`).
        weights: file of pretrained weights, for studies that start from some.
        parent: the run to go on from, a path or STUDY/NAME, for studies that fine-tune.
        local: train in this process, one trial at a time, without Ray.
        address: of a running Ray; None: RAY_ADDRESS, or a Ray of our own.
        runs: folder of the runs.
        name: of the run; None: date and time.
    """

    trials: int = 50
    epochs: int | None = None
    train_images: int | None = None
    concurrent: int | None = None
    gpus_per_trial: float | None = None
    seed: int | None = None
    budget: float | None = None
    sampler: str = "tpe"
    scheduler: str = "halving"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    weights: Path | None = None
    parent: str | None = None
    local: bool = False
    address: str | None = None
    runs: Path = RUNS
    name: str | None = None

    def command(self, study: str) -> str:
        """Return the command that asks for the same."""
        flags = [f"--trials={self.trials}"]
        for option in fields(self):
            value, flag = getattr(self, option.name), f"--{option.name.replace('_', '-')}"
            if option.name == "fixed":
                flags += [f"--set={name}={only}" for name, only in value.items()]
            elif option.name == "budget" and value:
                flags.append(f"--budget={value:.0f}s")
            elif value is True:
                flags.append(flag)
            elif option.name != "trials" and value != option.default:
                flags.append(f"{flag}={value}")
        return shlex.join(["python", "-m", "search", study, *flags])

    @property
    def executor(self) -> str:
        """Where trials are trained: a key of `search.executors.EXECUTORS`."""
        return executor(local=self.local)


def executor(*, local: bool) -> str:
    """Return the executor's name: a key of `search.executors.EXECUTORS`."""
    return "local" if local else "ray"
