"""What a user can ask of a retraining."""

from dataclasses import dataclass
from pathlib import Path

from search.options import executor


@dataclass(frozen=True)
class RetrainOptions:
    """The options of a retraining; each is a flag of `python -m analysis RUN` too.

    What is None is as in the retraining that the run has already, or else as in the run itself.

    Attributes:
        seeds: trainings of each configuration.
        epochs: of each training.
        train_images: training images seen in each epoch.
        concurrent: trainings at a time; None: as many as there is room for.
        weights: where the run's pretrained weights lie now.
        local: train in this process, one at a time, without Ray.
        final: train the best alone on all training images, for a whole training's epochs, with one seed,
            where the other options do not say otherwise.
        with_validation: with `final`: train on the validation images, too, so that none is left to measure
            on.
        csv: write the trials of the search and their curves as CSV, too.
        export: format in which the kept model is written, too; a key of `analysis.retraining.export.FORMATS`.
    """

    seeds: int | None = None
    epochs: int | None = None
    train_images: int | None = None
    concurrent: int | None = None
    weights: Path | None = None
    local: bool = False
    csv: bool = False
    export: str | None = None
    final: bool = False
    with_validation: bool = False

    @property
    def executor(self) -> str:
        """Where trainings run: a key of `search.executors.EXECUTORS`."""
        return executor(local=self.local)
