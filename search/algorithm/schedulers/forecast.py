"""An epoch goes where it is expected to raise the result most: the default scheduler.

Trials pause at rungs. One half of the epochs goes to new trials, up to their first rung, the other half to
paused ones. Of these, the trial that the search would return goes on first: a curve may fall after its peak,
and an answer is only known at its end. Which other goes on is decided by a model of learning curves: for
each, and for each of its later rungs, it says how much its forecast of the final value may change by training
so far, and so by how much the forecast of the best trial may rise on average: the knowledge gradient (Frazier
et al. 2009). The trial with the largest rise an epoch goes on to its next rung.

A search of n trials trains as many epochs as one full training and a quarter of one for each other trial, or,
where trainings are short, twice the epochs up to the first rung. At its end, the best trial and the default
configuration are trained to their end, to be compared.
"""

import numpy as np
from numpy.typing import NDArray

from search.algorithm.curve_model import CurveModel, model
from search.algorithm.curve_values import NotReady
from search.algorithm.pool import Pool
from search.algorithm.rungs import doubling
from search.algorithm.samplers.forecast import expected_improvement
from search.algorithm.scheduler import Description, Scheduler
from search.algorithm.trial import Trial, best

# Chosen on three recordings with `python -m search bench`, together with the model and the sampler: see
# tests/benchmarks/README.md.
GRACE_PERIOD = 2  # a value after one epoch misleads,
SHORT = 6  # … but of a training shorter than this, two epochs are too much to see what it is worth
FIRST_TRIALS = 10  # before any of them goes on: a model needs some to compare
NEW_PERCENT = 50  # of the epochs
PART = 4  # each further trial adds a quarter of a full training to the length of a search
CONSIDERED = 20  # paused trials, the most promising ones: the others would not be taken

Array = NDArray[np.float64]


def settings(epochs: int) -> dict[str, int]:
    """Return the settings for trials of so many epochs; a run keeps them."""
    return {
        "grace_period": GRACE_PERIOD if epochs >= SHORT else 1,
        "new_percent": NEW_PERCENT,
        "part": PART,
    }


def make(pool: Pool, *, grace_period: int, new_percent: int, part: int) -> Scheduler:
    """Return the scheduler; see `Forecast`."""
    return Forecast(pool, doubling(pool.epochs, grace_period), new_share=new_percent / 100, part=part)


class Forecast:
    """Pauses each trial at a rung, and trains on the one that is expected to raise the result most.

    Args:
        pool: of the search.
        rungs: epochs at which trials pause; the last one is the full length.
        new_share: of the epochs, for new trials up to their first rung.
        part: each trial after the first adds 1/part of a full training to the length of the search, or as
            many epochs as leave new trials their share.
    """

    def __init__(self, pool: Pool, rungs: tuple[int, ...], *, new_share: float, part: int) -> None:
        self.pool, self.rungs, self.new_share, self.part = pool, rungs, new_share, part
        for trial in pool.unfinished:
            self._judge(trial)

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train: one that waits, else a paused or a new one."""
        return self.pool.start(self.pool.waiting(after) or self._promoted() or self.pool.new())

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Record an epoch; return whether the trial goes on at once.

        It goes on past a rung where a free worker would take it anyway.
        """
        self.pool.record(trial, epoch, metrics)
        self._judge(trial)
        promoted = trial.state == "paused" and not self.pool.waiting() and self._promoted() is trial
        if trial.state == "waiting" or promoted:
            trial.state = "running"
        return trial.state == "running"

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return not self.pool.busy and self.pool.full and self._promoted() is None

    @property
    def best(self) -> Trial | None:
        """The trial that the search would return now."""
        return best(self.pool.trials)

    def expected_epochs(self) -> int:
        """Estimate how many epochs are still to be trained."""
        reserved = self._reserved()
        spare = max(0, self._epochs_left() - reserved)
        return reserved + (spare if not self.pool.full or self._affordable(spare) else 0)

    def describe(self) -> Description:
        """Return how trials are compared."""
        rule = "an epoch goes where it is expected to raise the result most"
        return Description(rule, self.rungs, self.part)

    def _judge(self, trial: Trial) -> None:
        self.pool.judge(trial)
        if trial.state == "waiting" and trial.epoch in self.rungs:
            trial.state = "paused"

    def _promoted(self) -> Trial | None:
        """Return the paused trial that goes on now; None where a new one comes first, or nothing is left."""
        if not self.pool.full and self._wants_new():
            return None
        affordable = self._affordable(self._epochs_left() - self._reserved())
        answer = self.best
        if answer and answer in affordable:
            return answer
        if affordable:
            try:
                known = model(self.pool.space, self.pool.trials, self.pool.epochs)
                return self._most_promising(known, affordable)
            except NotReady:
                return None if not self.pool.full else min(affordable, key=lambda trial: -trial.value)
        if not self.pool.full:
            return None
        return next((trial for trial in self._to_finish() if trial.state == "paused"), None)

    def _wants_new(self) -> bool:
        """Return whether new trials have had less than their share of the epochs."""
        trials, first = self.pool.trials, self.rungs[0]
        if len(trials) < FIRST_TRIALS:
            return True
        new = further = 0
        for trial in trials:
            active = trial.state in ("running", "waiting")  # a segment that has begun counts as a whole
            reached = trial.epoch + (self._ahead(trial) if active else 0)
            new += min(first, reached)
            further += max(0, reached - first)
        return new * (1 - self.new_share) <= further * self.new_share

    def _most_promising(self, known: CurveModel, paused: list[Trial]) -> Trial:
        """Return the trial that raises the forecast of the best one most, an epoch, on average."""
        trained, mean, deviation = known.ends
        order = np.argsort(-mean, kind="stable")
        leader, highest = trained[order[0]], mean[order[0]]
        second = mean[order[1]] if len(order) > 1 else highest
        promise = {trial.number: mean[at] + deviation[at] for at, trial in enumerate(trained)}
        paused = sorted(paused, key=lambda trial: -promise[trial.number])[:CONSIDERED]
        segments = [(trial, rung) for trial in paused for rung in self.rungs if rung > trial.epoch]
        means, changes = known.lookahead(segments)
        # A change of the leader's own forecast counts where it falls below the second, or by how far it
        # stays.
        against = np.array([second if trial.number == leader.number else highest for trial, _ in segments])
        lengths = np.array([rung - trial.epoch for trial, rung in segments])
        return segments[int(np.argmax(rise(means, changes, against) / lengths))][0]

    def _affordable(self, spare: int) -> list[Trial]:
        """Return the paused trials that can be trained one rung on with so many epochs."""
        paused = [trial for trial in self.pool.trials if trial.state == "paused"]
        return [trial for trial in paused if self._ahead(trial) <= spare]

    def _ahead(self, trial: Trial) -> int:
        """Return how many epochs a trial has to its next rung."""
        return min((rung - trial.epoch for rung in self.rungs if rung > trial.epoch), default=0)

    def _epochs_left(self) -> int:
        """Return how many epochs the search may still train."""
        pool = self.pool
        failed = len(pool.trials) - len(pool.alive)
        by_trial = min(pool.epochs, max(pool.epochs / self.part, self.rungs[0] / self.new_share))
        total = pool.epochs + round((pool.target - 1 - failed) * by_trial)
        return total - sum(len(trial.epochs) for trial in pool.alive)

    def _reserved(self) -> int:
        """Return how many epochs are kept for trials that run, will come, or will be finished."""
        finishing = self._to_finish()
        running = [trial for trial in self.pool.trials if trial.state in ("running", "waiting")]
        return (
            sum(self.pool.epochs - trial.epoch for trial in finishing)
            + sum(self._ahead(trial) for trial in running if trial not in finishing)
            + self.rungs[0] * (self.pool.target - len(self.pool.trials))
        )

    def _to_finish(self) -> list[Trial]:
        """Return the trials that will be trained to their end: the default configuration and the best."""
        ends = [*self.pool.trials[:1], *([self.best] if self.best else [])]
        unique = {trial.number: trial for trial in ends if trial.state != "failed"}
        return list(unique.values())


def rise(means: Array, changes: Array, against: Array) -> Array:
    """Return how much the larger of a forecast and a known value rises on average as the forecast changes.

    Args:
        means: (n,), the forecasts now.
        changes: (n,), standard deviation of their change.
        against: (n,), the known values.
    """
    return expected_improvement(-np.abs(means - against), np.maximum(changes, 1e-6), 0.0)
