"""Asynchronous successive halving with promotions (ASHA; Li et al., MLSys 2020): the default scheduler.

A trial that reaches a rung is paused there. It goes on when it is among the best 1/reduction_factor of all
trials that have reached that rung.
"""

from collections.abc import Iterable

from search.algorithm.pool import Pool
from search.algorithm.rungs import remaining_epochs, rungs
from search.algorithm.scheduler import Description, Scheduler
from search.algorithm.trial import Trial, best

# Chosen with `python -m search bench` (50 trials, 2 workers, 41 seeds; 265 recorded CIFAR-10 CNNs of Klein et
# al. 2017, two recordings of TaskSet; 2026-11-22). With a first rung at a sixteenth of the full length the
# search hardly gets past the default configuration (on CIFAR-10 mean regret 0.009 instead of 0.003). No
# halving at all takes 2.9 times as long. Halves at 4 rungs have 0.0025 less regret there, in a third more
# time.
REDUCTION_FACTOR = 3
RUNGS = 3


def settings(epochs: int) -> dict[str, int]:
    """Return the settings for trials of so many epochs; a run keeps them."""
    grace_period = max(1, epochs // REDUCTION_FACTOR ** (RUNGS - 1))
    return {"grace_period": grace_period, "reduction_factor": REDUCTION_FACTOR, "finish_best": 1}


def make(pool: Pool, *, grace_period: int, reduction_factor: int, finish_best: int = 0) -> Scheduler:
    """Return the scheduler; see `Halving`."""
    return Halving(
        pool, grace_period=grace_period, reduction_factor=reduction_factor, finish_best=bool(finish_best)
    )


class Halving:
    """Pauses each trial at a rung, and promotes the best.

    The first trial, the default configuration, is never paused: the best is compared with it.

    Args:
        pool: of the search.
        grace_period: no trial is paused before this epoch.
        reduction_factor: a rung passes on the best 1/reduction_factor of its trials; at least 2.
        finish_best: whether the search returns the trial with the best last value, and trains it to its end
            if it is not. Without it, as in runs started before 27 November 2026, the search returns the best
            of those trained furthest: with many workers that is for long the first trial that finishes.
    """

    def __init__(self, pool: Pool, *, grace_period: int, reduction_factor: int, finish_best: bool) -> None:
        self.pool = pool
        self.finish_best = finish_best
        self.reduction_factor = reduction_factor
        self.rungs = rungs(pool.epochs, grace_period, reduction_factor)
        for trial in pool.unfinished:
            self._judge(trial)

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train: one that waits, else a promotion, else a new one."""
        return self.pool.start(self.pool.waiting(after) or self._promotable() or self.pool.new())

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Record an epoch; return whether the trial goes on at once.

        It goes on past a rung where a free slot would take it anyway: a pause would only cost the reading of
        a checkpoint.
        """
        self.pool.record(trial, epoch, metrics)
        self._judge(trial)
        promoted = trial.state == "paused" and not self.pool.waiting() and self._promotable() is trial
        if trial.state == "waiting" or promoted:
            trial.state = "running"
        return trial.state == "running"

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return not self.pool.busy and self.pool.full and self._promotable() is None

    @property
    def best(self) -> Trial | None:
        """The trial that the search would return now."""
        return best(self.pool.trials) if self.finish_best else best_of_furthest(self.pool.trials)

    def expected_epochs(self) -> int:
        """Estimate how many epochs are still to be trained."""
        return remaining_epochs(self.pool, self.rungs, self.reduction_factor)

    def describe(self) -> Description:
        """Return how trials are compared."""
        rule = f"about the best 1/{self.reduction_factor} of each go on"
        return Description(rule, self.rungs, self.reduction_factor)

    def _judge(self, trial: Trial) -> None:
        self.pool.judge(trial)
        if trial.state == "waiting" and trial.epoch in self.rungs and trial.number:
            trial.state = "paused"

    def _promotable(self) -> Trial | None:
        pool = self.pool
        trial = promotable(pool.trials, self.rungs, self.reduction_factor, last_call=pool.full)
        return trial or self._unfinished_best()

    def _unfinished_best(self) -> Trial | None:
        """Return the best trial where it is paused and nothing else is left: it is trained to its end."""
        nothing_left = self.finish_best and self.pool.full and not self.pool.busy
        trial = self.best if nothing_left else None
        return trial if trial and trial.state == "paused" else None


def best_of_furthest(trials: Iterable[Trial]) -> Trial | None:
    """Return the best of the trials that were trained the most epochs; None where none was."""
    trained = [trial for trial in trials if trial.epochs and trial.state != "failed"]
    return max(trained, key=lambda trial: (trial.epoch, trial.value, -trial.number), default=None)


def promotable(
    trials: Iterable[Trial], rungs: tuple[int, ...], reduction_factor: int, *, last_call: bool = False
) -> Trial | None:
    """Return the paused trial that most deserves to go on, or None.

    The highest rung comes first, and in it the best trial. A trial that failed is left out, also of the
    rungs that it had reached.

    Args:
        trials: all of them.
        rungs: the epochs at which trials are compared.
        reduction_factor: a rung passes on the best 1/reduction_factor of its trials.
        last_call: no further trial will come. Then a rung passes on at least one, so that every search,
            however small, ends with a trial at full length.
    """
    alive = [trial for trial in trials if trial.state != "failed"]
    for rung in reversed(rungs[:-1]):
        reached = [trial for trial in alive if rung in trial.epochs]
        reached.sort(key=lambda trial: (-trial.value_at(rung), trial.number))
        below = any(trial.state in ("running", "waiting") and trial.epoch < rung for trial in alive)
        passed_on = len(reached) // reduction_factor
        if last_call and not below:
            passed_on = max(1, passed_on)
        for trial in reached[:passed_on]:
            if trial.state == "paused" and trial.epoch == rung:
                return trial
    return None
