"""An Optuna sampler that suggests the unused point of a table nearest to what another sampler suggests."""

from collections.abc import Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from search.benchmark.replay import Table


class Nearest(BaseSampler):
    """Suggests points of a table, so that the inner sampler learns from what was trained.

    Args:
        inner: one of Optuna's samplers.
        table: of the search.
    """

    def __init__(self, inner: BaseSampler, table: Table) -> None:
        self._inner, self._table = inner, table

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the whole space: the nearest point can only be found for all hyperparameters at once."""
        return dict(self._table.recording.space)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Ask the inner sampler for each hyperparameter, as Optuna does; return the nearest point."""
        together = self._inner.infer_relative_search_space(study, trial)
        params = dict(self._inner.sample_relative(study, trial, together))
        for name, distribution in search_space.items():
            if name not in params:
                params[name] = self._inner.sample_independent(study, trial, name, distribution)
        return self._table.nearest(params)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Not asked: all hyperparameters are suggested together."""
        raise NotImplementedError

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Tell the inner sampler."""
        self._inner.after_trial(study, trial, state, values)
