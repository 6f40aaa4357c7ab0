"""What a scheduler is: it pauses, stops and promotes trials. Results in, decisions out.

No clock, thread, file or Ray: all that a scheduler decides follows from the trials in its pool. A search that
is read back from its journal therefore decides what the uninterrupted search would have decided, and the same
object runs in this process, on Ray and over recorded learning curves.
"""

from dataclasses import dataclass
from typing import Protocol

from search.algorithm.pool import Pool
from search.algorithm.trial import Trial


@dataclass(frozen=True)
class Description:
    """How a scheduler compares trials, for users and for pictures.

    Attributes:
        rule: in words: "about the best 1/3 of each go on". "Each" are the rungs.
        rungs: epochs at which trials are compared, or can be in a picture; ascending, the last is the full
            length.
        one_in: the best 1/one_in of the trials of a rung count as good; at least 2.
    """

    rule: str
    rungs: tuple[int, ...]
    one_in: int


class Scheduler(Protocol):
    """Decides which trial is trained next, and how far.

    Attributes:
        pool: its trials. Failures and deaths of workers are reported to the pool.
    """

    pool: Pool

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train, now `running`, or None while there is none.

        Args:
            after: the trial that the free worker trained last, and has a compiled training step of.
        """

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Record the metrics of an epoch; return whether the trial goes on at once.

        Where it does not, its state says why: waiting, paused, complete, stopped or failed.
        """

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""

    @property
    def best(self) -> Trial | None:
        """The trial that the search would return now; None before the first epoch."""

    def expected_epochs(self) -> int:
        """Estimate how many epochs are still to be trained, all trials together, if no trial fails."""

    def describe(self) -> Description:
        """Return how trials are compared."""
