"""The model that a run came to: from images to logits, in one file that stands alone.

report/model.keras   the model
report/model.json    what its input and its output are, and which training it is of
"""

import json
from pathlib import Path
from typing import Any

import keras

from analysis.retraining.record import Record
from analysis.retraining.trainings import MODEL, REPORT, Configuration, Training, number
from data.store.atomic import sync
from models.parts import blocks  # noqa: F401  (Keras finds its layers by their registered names)
from search.runs.run import RunError
from search.training.trainer import Trainer


def top(trainer: Trainer, training: Training, index: int, configuration: Configuration) -> keras.Model:
    """Return the trained part of a training's model: images, or features of a frozen base, to logits.

    Args:
        trainer: of the retraining's plan and checkpoints.
        training: whose checkpoint is there.
        index: of its configuration in the record.
        configuration: that it is of.

    Raises:
        RunError: its checkpoint is not there any more.
    """
    model = trainer.trained(number(index, training.seed), configuration.params, training.seed)
    if model is None:
        raise RunError(f"{training.checkpoint} is not there any more, or damaged")
    return model


def whole(trainer: Trainer, trained: keras.Model, configuration: Configuration) -> keras.Model:
    """Return a model from images (batch, height, width, 3), float32 in [0, 1], to logits (batch, classes).

    Args:
        trainer: that gave the trained part.
        trained: part of it (`top`).
        configuration: that it is of.
    """
    model = keras.Model(trained.inputs, trained.outputs)  # the same layers, without the optimizer
    if not trainer.study.base:
        return model
    base = trainer.inputs.frozen(configuration.params)
    return keras.Model(base.inputs, model(base.outputs[0]))


def save(trainer: Trainer, record: Record, training: Training) -> Path:
    """Write the model of a training of the best configuration, with what is needed to use it.

    Returns:
        Its file.

    Raises:
        RunError: the training's checkpoint is not there any more.
        OSError: it cannot be written.
    """
    best = record.configurations[0]
    model = whole(trainer, top(trainer, training, 0, best), best)
    description = {
        "run": record.run,
        "configuration": best.name,
        "params": dict(best.params),
        "seed": training.seed,
        "val_accuracy": training.value,
        "classes": list(record.classes),
        "input": list(model.input_shape[1:]),
        "fit": origin.fit if (origin := trainer.plan.origin) else None,
        "preparation": "RGB, stretched to height and width, float32 in [0, 1]",
        "output": "logits; softmax makes probabilities of them",
        "versions": dict(record.versions),
    }
    folder = record.folder / REPORT
    beside = folder / "unfinished.keras"  # Keras goes by the suffix
    model.save(beside)
    with beside.open("rb") as stream:
        sync(stream.fileno())
    (folder / "model.json").write_text(json.dumps(description, indent=1), encoding="utf-8")
    beside.replace(folder / MODEL)
    return folder / MODEL


def load(folder: Path) -> tuple[keras.Model, dict[str, Any]]:
    """Return the model of a run's folder, and what `model.json` says of it.

    Raises:
        RunError: there is none, or it is damaged.
    """
    file = folder / REPORT / MODEL
    name = f"{folder.parent.name}/{folder.name}"
    if not file.exists():
        raise RunError(f"{name} has no model yet: python -m analysis {name}")
    try:
        description = json.loads((folder / REPORT / "model.json").read_text(encoding="utf-8"))
        # Without compiling and in safe mode: no code that somebody else has put into the file is run.
        return keras.saving.load_model(file, compile=False, safe_mode=True), description
    except Exception as error:  # of whatever type a damaged file ends in, in Keras
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"{file} is damaged: {type(error).__name__}: {reason}") from None
