"""Recorded learning curves: published files with the results of training at many points of a space.

Two layouts are known, by the end of the file's name:

- `*.jsonl.gz`, as Klein et al. (ICLR 2017) recorded convolutional networks on CIFAR-10: a line for each point
  with its `config`, `learning_curve` (validation error, an epoch each) and `time_steps` (seconds since the
  start).
- `*.json.gz`, as TaskSet (Metz et al., 2020) is handed out with DyHPO: one list of points with their `hp` and
  `valid.loss` (the first before training), without times: every step counts as a second.
"""

import gzip
import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import FloatDistribution

# These files are not trusted. The largest known one has 3 MB.
_MOST_BYTES = 32 * 2**20
_LARGEST = 1e100  # single precision ends at 3e38
_VALID = "valid are Klein et al.'s *.jsonl.gz and TaskSet's *.json.gz"
_DAMAGE = (
    *(OSError, EOFError, zlib.error),
    *(ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError),
)

# hyperparameters, objective of each epoch, seconds of each epoch
_Row = tuple[dict[str, float], np.ndarray, np.ndarray]


class BadCurves(Exception):
    """There are no recorded curves, or they are damaged; the message names the file and the valid layouts."""


@dataclass(frozen=True)
class Recording:
    """Learning curves at many points of one search space.

    Attributes:
        name: of the file, without its endings.
        space: hyperparameter → distribution, from the lowest to the highest value recorded; logarithmic where
            these are positive and more than a factor of 100 apart.
        params: hyperparameters of each point.
        curves: (points, epochs), float64, the objective, maximized; NaN or infinite where training diverged.
        seconds: (points, epochs), float64, of each epoch.
    """

    name: str
    space: Mapping[str, FloatDistribution]
    params: list[dict[str, float]]
    curves: np.ndarray
    seconds: np.ndarray

    @property
    def epochs(self) -> int:
        """The full length of a training."""
        return self.curves.shape[1]

    @cached_property
    def full_seconds(self) -> float:
        """Seconds of a training at full length, the mean of all points."""
        return float(self.seconds.sum(axis=1).mean())

    def nearest(self, params: Mapping[str, float] | None, used: Collection[int]) -> int:
        """Return the unused point nearest to `params`, or to the centre of the space without any.

        Distances are Euclidean, each hyperparameter scaled to [0, 1].
        """
        place = self._place(params) if params else 0.5
        distance = ((self._places - place) ** 2).sum(axis=1)
        distance[list(used)] = np.inf
        return int(distance.argmin())

    def regret(self, point: int | None) -> float:
        """Return how far a point falls short of the best one at full length, at least 0.

        It is capped at that of the median point, which also counts where a training diverges or there is no
        point: otherwise a single exploding loss would dominate the mean.
        """
        last = np.where(np.isfinite(self.curves[:, -1]), self.curves[:, -1], -np.inf)
        worst = float(last.max() - np.median(last[np.isfinite(last)]))
        return worst if point is None else min(worst, float(last.max() - last[point]))

    @cached_property
    def _places(self) -> np.ndarray:
        return np.array([self._place(params) for params in self.params])

    def _place(self, params: Mapping[str, float]) -> np.ndarray:
        return np.array([_scaled(params[name], values) for name, values in self.space.items()])


def read(folder: Path) -> list[Recording]:
    """Return the recordings in a folder, ordered by file name.

    Raises:
        BadCurves: there are none, or a file is damaged, too large or of another layout.
    """
    files = sorted([*folder.glob("*.jsonl.gz"), *folder.glob("*.json.gz")])
    if not files:
        raise BadCurves(f"there are no recorded curves in {folder}: {_VALID}")
    return [_read(path) for path in files]


def _read(path: Path) -> Recording:
    try:
        text = _unzipped(path)
        if path.name.endswith(".jsonl.gz"):
            rows = [_klein(json.loads(line)) for line in text.splitlines()]
        else:
            rows = [_taskset(point) for point in json.loads(text)]
        return _recording(path.name.split(".")[0], rows)
    except _DAMAGE as error:
        what = f"{type(error).__name__}: {error}"
        raise BadCurves(f"{path} is damaged, or not recorded curves ({what:.200}); {_VALID}") from None


def _unzipped(path: Path) -> str:
    if not path.is_file():  # reading a pipe might never end
        raise ValueError("not a regular file")
    with gzip.open(path) as file:
        text = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ValueError(f"more than {_MOST_BYTES >> 20} MB unzipped")
    return text.decode()


def _klein(row: Any) -> _Row:
    times = np.array(row["time_steps"], float)
    return row["config"], 1 - np.array(row["learning_curve"], float), np.diff(times, prepend=0.0)


def _taskset(row: Any) -> _Row:
    loss = np.array(row["valid"]["loss"][1:], float)
    # A momentum is drawn by the logarithm of its distance from 1.
    params = {
        f"1-{name}" if name.startswith("beta") else name: 1 - value if name.startswith("beta") else value
        for name, value in row["hp"].items()
    }
    return params, -loss, np.ones_like(loss)


def _recording(name: str, rows: list[_Row]) -> Recording:
    names = list(rows[0][0])
    values = np.array([[params[name] for name in names] for params, _, _ in rows], float)
    curves = np.array([curve for _, curve, _ in rows], float)
    seconds = np.array([each for _, _, each in rows], float)
    if curves.ndim != 2 or not curves.size or curves.shape != seconds.shape:
        raise ValueError("curves and times are not lists of one length")
    # The difference of two of the largest numbers is none any more.
    largest = max(np.abs(array[np.isfinite(array)]).max(initial=0) for array in (values, curves, seconds))
    if largest > _LARGEST:
        raise ValueError(f"a number is beyond {_LARGEST:g} in size")
    if not (np.isfinite(values).all() and np.isfinite(seconds).all() and (seconds >= 0).all()):
        raise ValueError("a hyperparameter or a time is not a number, or time runs back")
    if not np.isfinite(curves[:, -1]).any() or not seconds.any():
        raise ValueError("no training came to an end")
    space = {
        each: FloatDistribution(low, high, log=0 < 100 * low < high)
        for each, low, high in zip(
            names, values.min(axis=0).tolist(), values.max(axis=0).tolist(), strict=True
        )
        if low < high
    }
    if not space:
        raise ValueError("all points are the same")
    params = [dict(zip(names, row, strict=True)) for row in values.tolist()]
    return Recording(name, space, params, curves, seconds)


def _scaled(value: float, within: FloatDistribution) -> float:
    low, high = within.low, within.high
    if within.log:
        value, low, high = np.log([value, low, high])
    return float((value - low) / (high - low))
