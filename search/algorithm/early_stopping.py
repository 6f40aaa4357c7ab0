"""Schedulers that pause nothing: a trial trains on until it is complete, or is stopped for good."""

from collections.abc import Callable

from search.algorithm.pool import Pool
from search.algorithm.scheduler import Description
from search.algorithm.trial import Trial, best


class EarlyStopping:
    """Trains each trial in one go, and asks a rule after each epoch whether to stop it.

    The first trial, the default configuration, is never stopped: the best is compared with it.

    Args:
        pool: of the search.
        stops: whether a trial is to be stopped after its last epoch.
        expected: estimates how many epochs are still to be trained, if no trial fails.
        description: how trials are compared.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        stops: Callable[[Trial], bool],
        expected: Callable[[], int],
        description: Description,
    ) -> None:
        self.pool = pool
        self._stops, self._expected, self._description = stops, expected, description
        for trial in pool.unfinished:
            self._judge(trial)

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train: one that waits, else a new one."""
        return self.pool.start(self.pool.waiting(after) or self.pool.new())

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Record an epoch; return whether the trial goes on. If it does not, it has ended."""
        self.pool.record(trial, epoch, metrics)
        self._judge(trial)
        if trial.state == "waiting":
            trial.state = "running"
        return trial.state == "running"

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return not self.pool.busy and self.pool.full

    @property
    def best(self) -> Trial | None:
        """The trial that the search would return now."""
        return best(self.pool.trials)

    def expected_epochs(self) -> int:
        """Estimate how many epochs are still to be trained."""
        return self._expected()

    def describe(self) -> Description:
        """Return how trials are compared."""
        return self._description

    def _judge(self, trial: Trial) -> None:
        self.pool.judge(trial)
        if trial.state == "waiting" and trial.number and trial.epochs and self._stops(trial):
            trial.state = "stopped"
