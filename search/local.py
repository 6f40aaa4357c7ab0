"""The executor in this process, one trial at a time: for a debugger, for pytest, for a look."""

from search.search import Search
from search.trainer import Trainer, attempt


def run(search: Search) -> None:
    """Train until nothing is left to train, or the search stops."""
    trainer = Trainer(search.plan, search.run.checkpoints)
    while trial := search.next():
        records = trainer.stretch(trial.number, trial.params, trial.epoch)
        while search.outcome(trial, attempt(records)):
            pass
