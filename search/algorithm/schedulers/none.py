"""No early stopping: every trial is trained to its full length."""

from search.algorithm.early_stopping import EarlyStopping
from search.algorithm.pool import Pool
from search.algorithm.scheduler import Description, Scheduler

GOOD = 4  # pictures call the best quarter of the trials good


def settings(epochs: int) -> dict[str, int]:
    """Return the settings for trials of so many epochs: there are none."""
    return {}


def make(pool: Pool) -> Scheduler:
    """Return the scheduler of a search."""
    return EarlyStopping(
        pool,
        stops=lambda _: False,
        expected=lambda: _expected_epochs(pool),
        description=Description("no trial is stopped early", (pool.epochs,), GOOD),
    )


def _expected_epochs(pool: Pool) -> int:
    ahead = sum(pool.epochs - trial.epoch for trial in pool.unfinished)
    return ahead + pool.epochs * (pool.target - len(pool.trials))
