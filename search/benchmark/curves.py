"""Recorded learning curves: the results of training at many points of a space, published or of a run."""

import gzip
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution

from search.algorithm import unit_cube
from search.benchmark import finished_run
from search.benchmark.layouts import LAYOUTS, Row, rows_of, space_of
from search.runs.run import RunError

# These files are not trusted. The largest known one has 3 MB, LCBench's small one some ten times that.
_MOST_BYTES = 128 * 2**20
_LARGEST = 1e100  # single precision ends at 3e38
_DAMAGE = (
    *(OSError, EOFError, zlib.error, RunError),
    *(ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError),
)


class BadCurves(Exception):
    """There are no recorded curves, or they are damaged; the message names the file and the valid layouts."""


@dataclass(frozen=True)
class Recording:
    """Learning curves at many points of one search space.

    Attributes:
        name: of the file, dataset or run.
        space: hyperparameter → distribution.
        params: hyperparameters of each point.
        curves: (points, epochs), float64, the objective, maximized; NaN or infinite where training diverged.
        seconds: (points, epochs), float64, of each epoch.
    """

    name: str
    space: Mapping[str, BaseDistribution]
    params: list[dict[str, Any]]
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

    def nearest(self, params: Mapping[str, Any] | None, used: Collection[int]) -> int:
        """Return the unused point nearest to `params`, or to the centre of the space without any.

        Distances are Euclidean, each hyperparameter scaled to [0, 1]; two choices are at distance 1.
        """
        place = self._place([dict(params)])[0] if params else 0.5
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
        return self._place(self.params)

    def _place(self, params: list[dict[str, Any]]) -> np.ndarray:
        places = np.array([unit_cube.place_of(self.space, each) for each in params])
        return unit_cube.features(self.space, places)


def read(folder: Path) -> list[Recording]:
    """Return the recordings in a folder, ordered by name: files, and finished runs.

    Raises:
        BadCurves: there are none, or one is damaged, too large or of another layout.
    """
    runs = [path.parent for path in [*folder.glob("run.json"), *folder.glob("*/run.json")]]
    files = [path for ending in ("*.jsonl.gz", "*.json.gz", "*.json") for path in folder.glob(ending)]
    sources = sorted({*runs, *(path for path in files if path.name != "run.json")})
    if not sources:
        raise BadCurves(f"there are no recorded curves in {folder}: valid are {LAYOUTS}")
    return [recording for path in sources for recording in _read(path)]


def _read(path: Path) -> Iterator[Recording]:
    try:
        if path.is_dir():
            yield _recording(*finished_run.rows_of(path))
        else:
            for name, rows, space in rows_of(path.name, _text(path)):
                yield _recording(name, rows, space)
    except _DAMAGE as error:
        what = f"{type(error).__name__}: {error}"
        raise BadCurves(
            f"{path} is damaged, or not recorded curves ({what:.300}); valid are {LAYOUTS}"
        ) from None


def _text(path: Path) -> str:
    if not path.is_file():  # reading a pipe might never end
        raise ValueError("not a regular file")
    with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
        text: bytes = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ValueError(f"more than {_MOST_BYTES >> 20} MB unzipped")
    return text.decode()


def _recording(name: str, rows: list[Row], space: Mapping[str, BaseDistribution] | None) -> Recording:
    params = [params for params, _, _ in rows]
    if space is None:
        names = list(params[0])
        values = np.array([[each[name] for name in names] for each in params], float)
        if not np.isfinite(values).all():
            raise ValueError("a hyperparameter is not a number")
        if np.abs(values).max() > _LARGEST:
            raise ValueError(f"a number is beyond {_LARGEST:g} in size")
        space = space_of(names, values)
        params = [dict(zip(names, row, strict=True)) for row in values.tolist()]
    curves = np.array([curve for _, curve, _ in rows], float)
    seconds = np.array([each for _, _, each in rows], float)
    if curves.ndim != 2 or not curves.size or curves.shape != seconds.shape:
        raise ValueError("curves and times are not lists of one length")
    # The difference of two of the largest numbers is none any more.
    largest = max(np.abs(array[np.isfinite(array)]).max(initial=0) for array in (curves, seconds))
    if largest > _LARGEST:
        raise ValueError(f"a number is beyond {_LARGEST:g} in size")
    if not (np.isfinite(seconds).all() and (seconds >= 0).all()):
        raise ValueError("a time is not a number, or time runs back")
    if not np.isfinite(curves[:, -1]).any() or not seconds.any():
        raise ValueError("no training came to an end")
    if not space:
        raise ValueError("all points are the same")
    return Recording(name, space, params, curves, seconds)
