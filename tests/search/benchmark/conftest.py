"""Recorded learning curves, made up."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.benchmark.curves import Recording, read


def points(number: int = 60, epochs: int = 18) -> list[dict[str, Any]]:
    """Return points as Klein et al. wrote them: the error falls deeper where x and y are small."""
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(number):
        x, y = rng.random(2)
        floor = 0.1 + 0.5 * x + 0.2 * y
        error = floor + (0.95 - floor) * np.exp(-np.arange(1, epochs + 1) / (1 + 5 * x))
        times = np.arange(1, epochs + 1) * (1 + 2 * y)
        params = {"x": x, "y": 10 ** (-4 * y)}
        rows.append({"config": params, "learning_curve": error.tolist(), "time_steps": times.tolist()})
    return rows


def write(folder: Path, rows: list[dict[str, Any]], name: str = "made.jsonl.gz") -> Path:
    with gzip.open(folder / name, "wt") as file:
        file.write("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """A recording of 60 points with 18 epochs."""
    return read(write(tmp_path, points()))[0]
