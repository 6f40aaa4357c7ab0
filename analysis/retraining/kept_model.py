"""The model that a run came to: from images to probabilities, in one file that stands alone.

report/model.keras   the model
report/model.json    what its input and its output are, and which training it is of
"""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np

from analysis.retraining.record import Record
from analysis.retraining.standalone import for_use, logits, without_own_layers
from analysis.retraining.trainings import MODEL, REPORT, Configuration, Training, number
from data.store.atomic import sync
from models.parts import blocks  # noqa: F401  (models of earlier versions have its dropout)
from search.runs.run import RunError
from search.training.trainer import Trainer

LARGEST = 4096  # height and width of an image that a model may ask for

_FITTED = {None: "stretched", "stretch": "stretched", "crop": "cropped", "pad": "padded"}


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
    # Without the optimizer, and without layers that only this project has. One output, not a list of one: a
    # layer behind it would be called with a list once the model is loaded again.
    model = without_own_layers(keras.Model(trained.inputs, trained.outputs[0]))
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
    fit = origin.fit if (origin := trainer.plan.origin) else None  # of a user's own pictures
    description = {
        "run": record.run,
        "configuration": best.name,
        "params": dict(best.params),
        "seed": training.seed,
        training.objective: None if record.with_validation else training.value,
        "classes": list(record.classes),
        "input": list(model.input_shape[1:]),
        "fit": fit,
        "preparation": f"RGB, {_FITTED[fit]} to height and width, uint8 or float32 in 0 to 255",
        "output": "probabilities of the classes, float32",
        "versions": dict(record.versions),
    }
    folder = record.folder / REPORT
    beside = folder / "unfinished.keras"  # Keras goes by the suffix
    for_use(model).save(beside)
    with beside.open("rb") as stream:
        sync(stream.fileno())
    (folder / "model.json").write_text(json.dumps(description, indent=1), encoding="utf-8")
    beside.replace(folder / MODEL)
    return folder / MODEL


@dataclass(frozen=True)
class Description:
    """What `model.json` must say for a model to be used.

    Attributes:
        classes: their names, in the order of the model's outputs.
        input: height, width and channels of an image.
    """

    classes: tuple[str, ...]
    input: tuple[int, int, int]

    def __post_init__(self) -> None:
        height, width, channels = self.input
        if not (1 <= height <= LARGEST and 1 <= width <= LARGEST and channels == 3):
            raise ValueError(f"model.json: its input is {list(self.input)}")
        if len(self.classes) < 2:
            raise ValueError(f"model.json: it has {len(self.classes)} classes")


def _check_size(file: Path) -> None:
    """Raise a ValueError where a file holds more than its size: Keras does not compress."""
    with zipfile.ZipFile(file) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > file.stat().st_size:
        raise ValueError(f"it holds {size:,} bytes in {file.stat().st_size:,}")


def _check(model: keras.Model, description: Description) -> None:
    """Raise a ValueError where a model is not what its description says, or gives no numbers."""
    shapes = [tuple(shape.shape)[1:] for shape in (*model.inputs, *model.outputs)]
    if shapes != [description.input, (len(description.classes),)]:
        raise ValueError(f"it has inputs and outputs {shapes}; model.json says {description}")
    answer = np.asarray(model.predict_on_batch(np.zeros((1, *description.input), np.float32)))
    if not np.isfinite(answer).all():
        raise ValueError("its answers are not finite")


def load(folder: Path) -> tuple[keras.Model, dict[str, Any]]:
    """Return the model of a run's folder, and what `model.json` says of it.

    The model maps images (batch, height, width, 3), float32 in [0, 1], to logits (batch, classes): the part
    of the file between the scaling of the pixels and the softmax.

    Raises:
        RunError: there is none, or it is damaged.
    """
    file = folder / REPORT / MODEL
    name = f"{folder.parent.name}/{folder.name}"
    if not file.exists():
        raise RunError(f"{name} has no model yet: python -m analysis {name}")
    try:
        values = json.loads((folder / REPORT / "model.json").read_text(encoding="utf-8"))
        description = msgspec.convert(values, Description)
        _check_size(file)
        # Without compiling and in safe mode: no code that somebody else has put into the file is run.
        model = logits(keras.saving.load_model(file, compile=False, safe_mode=True))
        _check(model, description)
        return model, values
    except Exception as error:  # of whatever type a damaged file ends in, in Keras
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"{file} is damaged: {type(error).__name__}: {reason}") from None
