"""Files of published learning curves, and what is in them.

- `*.jsonl.gz`, as Klein et al. (ICLR 2017) recorded convolutional networks on CIFAR-10: a line for each point
  with its `config`, `learning_curve` (validation error, an epoch each) and `time_steps` (seconds since the
  start).
- `*.json.gz`, a list, as TaskSet (Metz et al., 2020) is handed out with DyHPO: points with their `hp` and
  `valid.loss` (the first before training), without times: every step counts as a second.
- `*.json` or `*.json.gz`, an object, as LCBench (Zimmer et al., 2021): dataset → number → `config` and `log`,
  with `Train/val_accuracy` (the first before training, the last a repetition) and `time`, seconds since the
  start.
- `*.json.gz`, an object with `space` and `points`: what `text_of` writes.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    FloatDistribution,
    distribution_to_json,
    json_to_distribution,
)

LAYOUTS = "Klein et al.'s *.jsonl.gz, TaskSet's *.json.gz, LCBench's *.json, and folders of finished runs"

# hyperparameters, objective of each epoch, seconds of each epoch
Row = tuple[dict[str, Any], np.ndarray, np.ndarray]
Rows = tuple[str, list[Row], Mapping[str, BaseDistribution] | None]


def rows_of(name: str, text: str) -> Iterator[Rows]:
    """Give name, points and, where it is known, space of each recording of a file.

    Args:
        name: of the file.
        text: its content, unzipped.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: it has no known layout.
    """
    title = name.split(".")[0]
    if name.endswith(".jsonl.gz"):
        yield title, [_klein(json.loads(line)) for line in text.splitlines()], None
        return
    content = json.loads(text)
    if isinstance(content, list):
        yield title, [_taskset(point) for point in content], None
    elif "points" in content:
        space = {name: json_to_distribution(json.dumps(each)) for name, each in content["space"].items()}
        yield title, [_own(point, space) for point in content["points"]], space
    else:
        for dataset, points in content.items():
            yield str(dataset), [_lcbench(point) for point in points.values()], None


def text_of(space: Mapping[str, BaseDistribution], rows: list[Row]) -> str:
    """Return points as the text of a file of our own layout."""
    written = {name: json.loads(distribution_to_json(values)) for name, values in space.items()}
    points = [
        {"params": params, "values": np.round(values, 5).tolist(), "seconds": np.round(seconds, 2).tolist()}
        for params, values, seconds in rows
    ]
    return json.dumps({"space": written, "points": points})


def space_of(names: list[str], values: np.ndarray) -> dict[str, BaseDistribution]:
    """Return the space that some points come from, as far as they tell.

    Args:
        names: of hyperparameters.
        values: (points, hyperparameters), float64.

    Returns:
        A distribution from the lowest to the highest value for each hyperparameter that varies; logarithmic
        where these are positive and more than a factor of 100 apart.
    """
    ranges = zip(names, values.min(axis=0).tolist(), values.max(axis=0).tolist(), strict=True)
    return {
        name: FloatDistribution(low, high, log=0 < 100 * low < high)
        for name, low, high in ranges
        if low < high
    }


def _klein(row: Any) -> Row:
    times = np.array(row["time_steps"], float)
    return row["config"], 1 - np.array(row["learning_curve"], float), np.diff(times, prepend=0.0)


def _taskset(row: Any) -> Row:
    loss = np.array(row["valid"]["loss"][1:], float)
    # A momentum is drawn by the logarithm of its distance from 1.
    params = {
        f"1-{name}" if name.startswith("beta") else name: 1 - value if name.startswith("beta") else value
        for name, value in row["hp"].items()
    }
    return params, -loss, np.ones_like(loss)


def _lcbench(row: Any) -> Row:
    # The others are settings, the same for all: the name of an optimizer, say.
    params = {name: float(value) for name, value in row["config"].items() if isinstance(value, int | float)}
    times = np.array(row["log"]["time"], float)
    return params, np.array(row["log"]["Train/val_accuracy"], float)[1:-1], np.diff(times)[:-1]


def _own(point: Any, space: Mapping[str, BaseDistribution]) -> Row:
    params = {name: point["params"][name] for name in space}
    for name, values in space.items():
        if not values._contains(values.to_internal_repr(params[name])):
            raise ValueError(f"{name}={params[name]!r} is not in the space")
    return params, np.array(point["values"], float), np.array(point["seconds"], float)
