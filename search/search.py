"""A search: scheduler and sampler, driven over the trials of a run; each step goes to the journal."""

from collections.abc import Callable
from typing import Any

from search.algorithm import samplers
from search.algorithm.trial import ENDED, REFUSED, Trial
from search.executors.driver import Callback, Driver
from search.runs import checkpoint, study_copy
from search.runs.journal import Journal, repair
from search.runs.journal_lines import JournalError
from search.runs.run import Run, RunError

# When the first so many trials have all failed, something is wrong with more than the points.
HOPELESS = 5


class Search:
    """A search of one run. It is the first callback of its driver, and keeps the journal.

    Args:
        run: open and locked. Its journal is read, and the search goes on from there.
        deadline: `time.monotonic()` at which to stop, or None.

    Attributes:
        driver: gives the trials to an executor.
        dropped: bytes cut off a journal whose last line was not whole.
        images_before: training images that earlier sessions trained.
    """

    def __init__(self, run: Run, deadline: float | None = None) -> None:
        self.run, self.plan = run, run.plan
        self.dropped = repair(run.journal)
        try:
            self.journal = Journal(
                run.journal, run.name, self.plan.space, self.plan.objective, self.plan.cost
            )
            trials = self.journal.trials()
        except JournalError as error:
            raise RunError(str(error)) from None
        self.images_before = sum(trial.images for trial in trials)
        self._written = len(trials)
        unfinished = [trial for trial in trials if trial.state == "waiting"]
        compiled = study_copy.load(self.plan, run.folder).compiled
        self.scheduler = self.plan.make_scheduler(trials, self._suggest, compiled)
        self.driver = Driver(self.plan, run.folder, self.scheduler, deadline=deadline)
        self.driver.callbacks.append(self)
        for trial in unfinished:  # a kill may fall between a trial's last epoch and its end
            if trial.state in ENDED:
                self.journal.end(trial)
        self._tidy()

    @property
    def trials(self) -> list[Trial]:
        """All trials so far."""
        return self.driver.trials

    @property
    def best(self) -> Trial | None:
        """The best trial so far."""
        return self.scheduler.best

    def watch(self, make: Callable[["Search"], Callback]) -> None:
        """Add a callback that may write when it is made."""
        self.driver.guard(lambda: self.driver.callbacks.append(make(self)))

    def started(self, trial: Trial) -> None:
        """Write a new trial to the journal."""
        if trial.number >= self._written:
            self.journal.add(trial)
            self._written += 1

    def epoch(self, trial: Trial) -> None:
        """Write an epoch to the journal."""
        self.journal.epoch(trial, trial.epoch, trial.epochs[trial.epoch], trial.hosts.get(trial.epoch))

    def ended(self, trial: Trial) -> None:
        """Write the end of a trial to the journal, and remove checkpoints that nobody needs any more."""
        if trial.lost:
            self.journal.lost(trial)
            self._check_hope()
        elif trial.state in ENDED:
            self.journal.end(trial)
            self._tidy()
            self._check_hope()

    def _suggest(self, trials: list[Trial]) -> dict[str, Any]:
        plan = self.plan
        if not trials:
            return dict(plan.default)
        fixed = {name: plan.default[name] for name in plan.space}
        return fixed | samplers.suggest(
            plan.sampler, plan.free, trials, plan.seed, plan.epochs, cost=plan.cost
        )

    def _check_hope(self) -> None:
        first = [trial for trial in self.trials if not trial.reason.startswith(REFUSED)][:HOPELESS]
        if len(first) == HOPELESS and all(trial.state == "failed" for trial in first):
            self.driver.cannot_go_on(f"the first {HOPELESS} trials all failed; trial 0: {first[0].reason}")

    def _tidy(self) -> None:
        """Remove checkpoints, but for those of unfinished trials, the best one and the default one."""
        complete = [trial for trial in self.trials if trial.state == "complete"]
        # The best may still be paused, and fall behind the best complete one when it goes on.
        best = [trial.number for trial in (self.best, self.plan.judge(complete).best) if trial]
        for trial in self.trials:
            if trial.state in ENDED and not trial.lost and trial.number not in {0, *best}:
                checkpoint.remove(checkpoint.path(self.run.checkpoints, trial.number))
