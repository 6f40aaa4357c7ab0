"""Ray Tune: `AsyncHyperBandScheduler` with its defaults, and random configurations or `OptunaSearch`."""

import math
from types import SimpleNamespace
from typing import Any

from optuna.samplers import TPESampler
from ray.tune.schedulers import AsyncHyperBandScheduler
from ray.tune.schedulers.trial_scheduler import TrialScheduler
from ray.tune.search.optuna import OptunaSearch

from search.algorithm.trial import OBJECTIVE, Trial, best
from search.benchmark.peers.nearest import Nearest
from search.benchmark.replay import Table


class RayTune:
    """Ray Tune's own objects; what it returns is the best last value, as `ResultGrid.get_best_result`.

    Args:
        table: to search.
        optuna: whether `OptunaSearch` suggests.
    """

    def __init__(self, table: Table, *, optuna: bool) -> None:
        self._table = table
        self._trials: list[Trial] = []
        self._scheduler = AsyncHyperBandScheduler(metric=OBJECTIVE, mode="max", max_t=table.recording.epochs)
        self._search = None
        if optuna:
            sampler = Nearest(TPESampler(seed=table.seed), table)
            space: dict[str, Any] = dict(table.recording.space)
            self._search = OptunaSearch(space=space, metric=OBJECTIVE, mode="max", sampler=sampler)

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a new trial: Ray's ASHA pauses none."""
        if self._table.full:
            return None
        number = len(self._trials)
        params = self._search.suggest(str(number)) if self._search else self._table.random()
        assert params is not None
        trial = Trial(number, params)
        self._trials.append(trial)
        self._scheduler.on_trial_add(None, _named(trial))
        return trial

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Tell the scheduler, and the searcher; a training that diverges is told as an error."""
        result = {OBJECTIVE: metrics[OBJECTIVE], "training_iteration": epoch}
        trial.epochs[epoch] = metrics
        if not math.isfinite(metrics[OBJECTIVE]):
            trial.state = "failed"
            if self._search:
                self._search.on_trial_complete(str(trial.number), error=True)
            return False
        action = self._scheduler.on_trial_result(None, _named(trial), result)
        goes_on = action == TrialScheduler.CONTINUE
        if self._search:
            if goes_on:
                self._search.on_trial_result(str(trial.number), result)
            else:
                self._search.on_trial_complete(str(trial.number), result)
        return bool(goes_on)

    @property
    def best(self) -> Trial | None:
        """The trial with the best last value."""
        return best(self._trials)


def _named(trial: Trial) -> Any:
    """Return what Ray's scheduler reads of a trial."""
    return SimpleNamespace(trial_id=str(trial.number), config=trial.params)
