"""Syne Tune 0.13, the last version with its promotion ASHA and MOBSTER: driven in an environment of its own.

It needs other versions of NumPy and its friends than this program. Make an environment once, and name its
Python:

    python3 -m venv syne && syne/bin/pip install 'syne-tune[gpsearchers]==0.13.0'
    CNN_SEARCH_SYNE_TUNE=syne/bin/python python -m search bench --contestants default syne-asha --curves DIR
"""

import json
import math
import os
import subprocess
from pathlib import Path
from typing import Any

from optuna.distributions import distribution_to_json

from search.algorithm.trial import OBJECTIVE, Trial
from search.benchmark.replay import Table

PYTHON = "CNN_SEARCH_SYNE_TUNE"
_PROCESS = Path(__file__).with_name("syne_tune_process.py")


class SyneTune:
    """One of Syne Tune's own schedulers; what it returns is the best value seen, as its `best_config`.

    It draws from the points of the table by itself, so nothing is mapped.

    Args:
        table: to search.
        scheduler: `asha`, `asha-stopping`, `mobster` or `hyper-tune`.
    """

    def __init__(self, table: Table, scheduler: str) -> None:
        self._table = table
        self._trials: dict[int, Trial] = {}
        self._process = subprocess.Popen(
            [os.environ[PYTHON], "-P", str(_PROCESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        space = {name: distribution_to_json(values) for name, values in table.recording.space.items()}
        self._ask(
            scheduler=scheduler, space=space, points=table.recording.params, seed=table.seed,
            epochs=table.recording.epochs,
        )  # fmt: skip

    def __del__(self) -> None:
        """End the process: its input ends."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a promoted trial or a new one."""
        if self._table.full:
            return None
        answer = self._ask(trial=len(self._trials))
        number = answer["trial"]
        if number is not None and number not in self._trials:
            self._trials[number] = Trial(number, self._table.nearest(answer["params"]))
        return None if number is None else self._trials[number]

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Tell the value; a training that diverges is told as an error."""
        trial.epochs[epoch] = metrics
        value = metrics[OBJECTIVE]
        answer = self._ask(trial=trial.number, epoch=epoch, value=value if math.isfinite(value) else None)
        return bool(answer["goes_on"])

    @property
    def best(self) -> Trial | None:
        """The trial with the best value of any epoch."""
        seen = [
            (metrics[OBJECTIVE], -trial.number)
            for trial in self._trials.values()
            for metrics in trial.epochs.values()
            if math.isfinite(metrics[OBJECTIVE])
        ]
        return self._trials[-max(seen)[1]] if seen else None

    def _ask(self, **message: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"Syne Tune ended: is syne-tune[gpsearchers]==0.13.0 installed for {PYTHON}?")
        return json.loads(answer)
