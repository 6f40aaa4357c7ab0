"""What a user can ask of a search."""

import math
import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from data.terminal.arguments import LARGEST, is_address, not_a_path

RUNS = Path(os.environ.get("CNN_SEARCH_RUNS") or "runs")  # the folder of the runs, where no other is named
SEEDS = 2**31  # a seed is below it
_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


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
        dataset: its name, or a folder or archive of pictures; None: the study's own, or the parent's.
        objective: "val_accuracy" or "balanced_accuracy", which counts each class the same, or with a cost:
            "val_accuracy,parameters" (`search.algorithm.objectives`).
        at_most: cost → the most of it that a trial may have; others are not trained.

    Raises:
        OptionError: a value is out of its range, whatever the study is.
    """

    trials: int = 50
    epochs: int | None = None
    train_images: int | None = None
    concurrent: int | None = None
    gpus_per_trial: float | None = None
    seed: int | None = None
    budget: float | None = None
    sampler: str = "forecast"
    scheduler: str = "forecast"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    weights: Path | None = None
    parent: str | None = None
    local: bool = False
    address: str | None = None
    runs: Path = RUNS
    name: str | None = None
    dataset: str | None = None
    objective: str = "val_accuracy"
    at_most: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("trials", "epochs", "train_images", "concurrent"):
            self._check(name, lambda number: number >= 1, "it is a whole number from 1 on")
            self._check(name, lambda number: number <= LARGEST, f"it is at most {LARGEST:,}")
        self._check("gpus_per_trial", is_share, "it is a share above 0 up to 1, or a whole number")
        self._check("seed", lambda seed: 0 <= seed < SEEDS, f"it is a whole number from 0 to {SEEDS - 1}")
        self._check("budget", lambda seconds: seconds > 0, "it is above 0 seconds")
        self._check(
            "name", is_name, "it is letters, digits, '.', '_' and '-', and begins with a letter or digit"
        )

        for name in ("runs", "weights", "parent"):
            value = getattr(self, name)
            if value is not None and is_address(value):
                raise OptionError(f"--{name}: {not_a_path(value)}")

    def _check(self, name: str, valid: Callable[[Any], bool], range_: str) -> None:
        value = getattr(self, name)
        if value is not None and not valid(value):
            raise OptionError(f"--{name.replace('_', '-')} {value}: {range_}")

    def command(self, study: str) -> str:
        """Return the command that asks for the same."""
        flags = [f"--trials={self.trials}"]
        for option in fields(self):
            value, flag = getattr(self, option.name), f"--{option.name.replace('_', '-')}"
            if option.name == "fixed":
                flags += [f"--set={name}={only}" for name, only in value.items()]
            elif option.name == "at_most":
                flags += [f"--at-most={name}={limit:g}" for name, limit in value.items()]
            elif option.name == "budget" and value:
                flags.append(f"--budget={math.ceil(value)}s")
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


def is_share(gpus: float) -> bool:
    """Return whether a trial can have so many GPUs: a share of one, or a whole number of them."""
    return 0 < gpus <= 1 or (1 <= gpus < 1024 and float(gpus).is_integer())


def is_name(text: str) -> bool:
    """Return whether a run can have this name: it is one folder's, and needs no quotes in a shell."""
    return re.fullmatch(_NAME, text) is not None
