"""The executor in this process, one trial at a time: for debuggers and for tests."""

from models.parts.keras_import import import_keras
from search.executors import machine
from search.executors.driver import Driver
from search.runs.provenance import Hardware


def hardware(address: str | None) -> Hardware:
    """Return this machine's hardware."""
    return machine.hardware()


def run(driver: Driver, address: str | None) -> None:
    """Train until nothing is left to train, or the driver stops."""
    import_keras()
    from search.training.trainer import Trainer, attempt

    trainer = Trainer(driver.plan, driver.checkpoints)
    trial = None
    while trial := driver.next(after=trial):
        records = trainer.segment(trial.number, trial.params, trial.epoch, trial.seed)
        while driver.step(trial, attempt(records)):
            pass
