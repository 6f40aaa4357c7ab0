"""What trained models make of the test images, once these have been opened (retrain.py)."""

from dataclasses import replace

import numpy as np

from analysis.document.conclusion import conclusion
from analysis.explain.class_activation import right_and_wrong
from analysis.figures.wrong import most_confidently_wrong
from analysis.retraining.kept_model import top, whole
from analysis.retraining.record import Record
from analysis.retraining.tested import Tested, tested_of
from analysis.retraining.trainings import Configuration, Examples
from analysis.statistics.intervals import over_seeds
from data import Split
from data.store.split import fingerprint
from search.training.batches import Batches
from search.training.trainer import Trainer

RIGHT_AND_WRONG, MOST_WRONG = 12, 24  # examples kept of each kind


def evaluate(trainer: Trainer, record: Record, test: Split) -> Record:
    """Return a record with the logits of every training that had none; one that failed has no model.

    Args:
        trainer: of the retraining's plan and checkpoints.
        record: the record, with nothing missing.
        test: the test images.
    """
    configurations = tuple(
        _evaluated(trainer, index, configuration, test)
        for index, configuration in enumerate(record.configurations)
    )
    return replace(
        record,
        configurations=configurations,
        test_fingerprint=fingerprint(test.images, test.labels),
        labels=np.asarray(test.labels),
        examples=_examples(configurations[0], test),
    )


def _evaluated(trainer: Trainer, index: int, configuration: Configuration, test: Split) -> Configuration:
    images = test.images
    if trainer.study.base:  # once for all seeds
        base = trainer.inputs.frozen(configuration.params)
        images = base.predict(Batches(images, test.labels, 32), verbose=0)
    trainings, parameters = [], configuration.parameters
    for training in configuration.trainings:
        if training.logits is None and not training.failed:
            model = top(trainer, training, index, configuration)
            parameters = whole(trainer, model, configuration).count_params()
            logits = model.predict(Batches(images, test.labels, 500), verbose=0)
            training = replace(training, logits=np.asarray(logits, np.float32))
        trainings.append(training)
    return replace(configuration, trainings=tuple(trainings), parameters=parameters)


def _examples(best: Configuration, test: Split) -> Examples:
    chosen = best.chosen()
    assert chosen and chosen.logits is not None
    wrong = most_confidently_wrong(chosen.logits, test.labels, MOST_WRONG)
    mixed = right_and_wrong(chosen.logits, test.labels, RIGHT_AND_WRONG)
    positions = np.union1d(wrong, mixed)
    return Examples(positions, np.asarray(test.images[positions]))


def lines(record: Record) -> list[str]:
    """Return what is printed of a tested record: each configuration over its seeds, and their difference."""
    assert record.labels is not None
    times = "once" if len(record.opened) == 1 else f"{len(record.opened)} times"
    tested = tested_of(record)
    rows = [f"{record.run} on {len(record.labels):,} test images (the test set was opened {times}):"]
    rows += [f"  {_line(item, tested.get(item.name))}" for item in record.configurations]
    if "default" in tested and "best" in tested:
        difference = tested["best"].over(tested["default"])
        rows.append(f"  {conclusion('best', 'default', difference, difference.p)}")
    return rows


def _line(configuration: Configuration, tested: Tested | None) -> str:
    name = f"{configuration.name} (trial {configuration.trial})"
    failed = sum(bool(training.failed) for training in configuration.trainings)
    also = f"; {failed} of {len(configuration.trainings)} trainings failed" if failed else ""
    if tested is None:
        return f"{name}: no accuracy{also}"
    summary, interval = over_seeds(tested.accuracies), tested.interval
    if summary.deviation is None:
        over = "1 seed, 95 % interval of this model over images"
    else:
        over = (
            f"{summary.seeds} seeds, deviation {summary.deviation:.4f}, 95 % interval over seeds and images"
        )
    over += f" {interval.low:.4f} to {interval.high:.4f}"
    return f"{name}: {tested.measure} {summary.mean:.4f} ({over}){also}"
