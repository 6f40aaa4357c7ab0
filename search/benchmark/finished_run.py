"""A finished run of this program as recorded learning curves: what would another scheduler have done?

Only trials that were trained to their end tell. A run with all of them is made with
`python -m search STUDY --sampler random --scheduler none`.
"""

from pathlib import Path

import numpy as np

from search.benchmark.layouts import Row, Rows
from search.runs import run

LEAST = 10


def rows_of(folder: Path) -> Rows:
    """Return name, points and space of a run.

    Raises:
        ValueError: too few of its trials were trained to their end.
        search.runs.run.RunError: it is damaged.
    """
    plan = run.read(folder).plan
    rows: list[Row] = [
        (
            dict(trial.params),
            np.array([trial.value_at(epoch) for epoch in range(1, plan.epochs + 1)]),
            np.array([trial.epochs[epoch]["seconds"] for epoch in range(1, plan.epochs + 1)]),
        )
        for trial in run.read_trials(folder)
        if trial.epoch == plan.epochs and plan.objective in trial.epochs[plan.epochs]
    ]
    if len(rows) < LEAST:
        raise ValueError(
            f"{len(rows)} of its trials were trained to their end, at least {LEAST} are needed: "
            f"python -m search {plan.study} --sampler random --scheduler none"
        )
    space = {name: values for name, values in plan.space.items() if not values.single()}
    return f"{plan.study}_{folder.name}", rows, space
