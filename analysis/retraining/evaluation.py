"""What trained models make of the test images, once these have been opened (retrain.py)."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.document.conclusion import conclusion
from analysis.explain.class_activation import right_and_wrong
from analysis.figures.wrong import most_confidently_wrong
from analysis.retraining.kept_model import top, whole
from analysis.retraining.record import Record
from analysis.retraining.trainings import Configuration, Examples
from analysis.statistics import intervals as statistics
from analysis.statistics import seeds_and_images
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
    rows = [f"{record.run} on {len(record.labels):,} test images (the test set was opened {times}):"]
    right = {
        configuration.name: _right(configuration, record.labels) for configuration in record.configurations
    }
    rows += [
        f"  {_line(configuration, right[configuration.name])}" for configuration in record.configurations
    ]
    if all(len(value) for value in right.values()) and "default" in right:
        difference = seeds_and_images.difference(right["best"], right["default"])
        rows.append(f"  {conclusion('best', 'default', difference, difference.p)}")
    return rows


def _right(configuration: Configuration, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    logits = [training.logits for training in configuration.trainings if training.logits is not None]
    classes = [logit.argmax(axis=1) for logit in logits]
    return np.array(classes).reshape(len(classes), len(labels)) == labels


def _line(configuration: Configuration, right: NDArray[np.bool_]) -> str:
    name = f"{configuration.name} (trial {configuration.trial})"
    failed = sum(bool(training.failed) for training in configuration.trainings)
    also = f"; {failed} of {len(configuration.trainings)} trainings failed" if failed else ""
    if not len(right):
        return f"{name}: no accuracy{also}"
    summary = statistics.over_seeds([float(each) for each in right.mean(axis=1)])
    interval = seeds_and_images.accuracy(right)
    if summary.deviation is None:
        over = "1 seed, 95 % interval of this model over images"
    else:
        over = (
            f"{summary.seeds} seeds, deviation {summary.deviation:.4f}, 95 % interval over seeds and images"
        )
    over += f" {interval.low:.4f} to {interval.high:.4f}"
    return f"{name}: accuracy {summary.mean:.4f} ({over}){also}"
