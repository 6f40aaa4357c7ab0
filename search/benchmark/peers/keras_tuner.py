"""KerasTuner: the oracle of its Hyperband."""

import math
import os
from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from search.algorithm.trial import OBJECTIVE, Trial
from search.benchmark.replay import Table

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras_tuner
from keras_tuner.oracles import HyperbandOracle

LAST_EPOCH, PREDECESSOR = "tuner/epochs", "tuner/trial_id"


class KerasTuner:
    """KerasTuner's own oracle, sweep after sweep; what it returns is the best score, as `get_best_trials`.

    A trial of a later round goes on from one of the round before: here it is the same trial.

    Args:
        table: to search.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._trials: dict[str, Trial] = {}  # by KerasTuner's name of its latest part
        self._running: dict[int, Any] = {}
        self._asked = 0
        self._oracle = HyperbandOracle(
            objective=keras_tuner.Objective(OBJECTIVE, "max"),
            max_epochs=table.recording.epochs,
            hyperband_iterations=None,  # without end
            seed=table.seed,
            hyperparameters=space_of(table.recording.space),
            max_consecutive_failed_trials=10**9,
        )
        self._oracle.verbose = 0
        # It would write a file at every step.
        self._oracle._save_trial = lambda _: None
        self._oracle.save = lambda: None

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a promoted trial or a new one; None while the oracle waits for others."""
        if self._table.full:
            return None
        self._asked += 1
        asked = self._oracle.create_trial(f"worker {self._asked}")  # one that has a trial is given it again
        if asked.status != "RUNNING":
            return None
        values = asked.hyperparameters.values
        if PREDECESSOR in values:
            trial = self._trials[values[PREDECESSOR]]
        else:
            params = self._table.nearest({name: values[name] for name in self._table.recording.space})
            values.update(params)
            trial = Trial(len({trial.number for trial in self._trials.values()}), params)
        self._trials[asked.trial_id] = trial
        self._running[trial.number] = asked
        return trial

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Tell the value; a training that diverges is told as failed."""
        trial.epochs[epoch] = metrics
        asked = self._running[trial.number]
        if not math.isfinite(metrics[OBJECTIVE]):
            asked.status = "FAILED"
        else:
            self._oracle.update_trial(asked.trial_id, {OBJECTIVE: metrics[OBJECTIVE]}, step=epoch)
            if epoch < asked.hyperparameters.values[LAST_EPOCH]:
                return True
            asked.status = "COMPLETED"
        self._oracle.end_trial(asked)
        return False

    @property
    def best(self) -> Trial | None:
        """The trial with the best score."""
        first = self._oracle.get_best_trials(1)
        return self._trials[first[0].trial_id] if first else None


def space_of(distributions: Mapping[str, BaseDistribution]) -> Any:
    """Return a search space in KerasTuner's words."""
    space = keras_tuner.HyperParameters()
    for name, values in distributions.items():
        if isinstance(values, CategoricalDistribution):
            space.Choice(name, list(values.choices))
            continue
        assert isinstance(values, FloatDistribution | IntDistribution)
        kind = space.Int if isinstance(values, IntDistribution) else space.Float
        if values.log:
            kind(name, values.low, values.high, sampling="log")
        else:
            kind(name, values.low, values.high, step=values.step)
    return space
