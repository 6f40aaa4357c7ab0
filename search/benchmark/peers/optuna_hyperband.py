"""Optuna: its TPE with its Hyperband pruner, asked and told."""

import math

import optuna
from optuna.pruners import HyperbandPruner
from optuna.samplers import TPESampler
from optuna.trial import TrialState

from search.algorithm.trial import OBJECTIVE, Trial
from search.benchmark.peers.nearest import Nearest
from search.benchmark.replay import Table


class OptunaHyperband:
    """Optuna's own objects; what it returns is `study.best_trial`, the best complete one.

    Args:
        table: to search.
    """

    def __init__(self, table: Table) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._table = table
        self._trials: list[Trial] = []
        self._asked: list[optuna.Trial] = []
        self._study = optuna.create_study(
            study_name="replay",  # the brackets follow from the name
            direction="maximize",
            sampler=Nearest(TPESampler(seed=table.seed), table),
            pruner=HyperbandPruner(max_resource=table.recording.epochs),
        )

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a new trial: a pruner pauses none."""
        if self._table.full:
            return None
        self._asked.append(self._study.ask(dict(self._table.recording.space)))
        self._trials.append(Trial(len(self._trials), self._asked[-1].params))
        return self._trials[-1]

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Report the value, and ask whether to prune; a training that diverges is told as failed."""
        trial.epochs[epoch] = metrics
        asked, value = self._asked[trial.number], metrics[OBJECTIVE]
        if not math.isfinite(value):
            self._study.tell(asked, state=TrialState.FAIL)
            return False
        asked.report(value, epoch)
        if epoch >= self._table.recording.epochs:
            self._study.tell(asked, value)
            return False
        if asked.should_prune():
            self._study.tell(asked, state=TrialState.PRUNED)
            return False
        return True

    @property
    def best(self) -> Trial | None:
        """The best complete trial."""
        complete = self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        return self._trials[self._study.best_trial.number] if complete else None
