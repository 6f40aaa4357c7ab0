"""The executor in this process, one trial at a time: for a debugger, for pytest, for a look."""

from search.search import Work
from search.training.trainer import Trainer, attempt


def run(work: Work) -> None:
    """Train until nothing is left to train, or the work stops."""
    trainer = Trainer(work.plan, work.run.checkpoints)
    trial = None
    while trial := work.next(after=trial):
        records = trainer.stretch(trial.number, trial.params, trial.epoch, trial.seed)
        while work.outcome(trial, attempt(records)):
            pass
