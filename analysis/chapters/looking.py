"""What the kept model looks at: activations, filter patterns, and where the evidence for a class lies."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.document.document import Block, Notice, Section, picture
from analysis.evidence import Evidence, Tested
from analysis.figures import wrong
from analysis.retraining.record import Record
from analysis.retraining.trainings import MODEL, REPORT, Examples
from models.parts.keras_import import import_keras
from search.runs.run import RunError

if TYPE_CHECKING:
    import keras

EACH = 6  # photographs with a heatmap: as many that are right, and as many that are wrong


def section(evidence: Evidence) -> Section | None:
    """Return the chapter on what the model looks at; None where no model is kept."""
    record, best = evidence.record, evidence.tested.get("best")
    if record is None or best is None or not (evidence.folder / REPORT / MODEL).is_file():
        return None
    return Section("What it looks at", _blocks(evidence, record, best))


def _blocks(evidence: Evidence, record: Record, best: Tested) -> list[Block]:
    import_keras()
    from analysis.retraining import kept_model as model

    try:
        loaded, _ = model.load(evidence.folder)
    except RunError:
        again = f"python -m analysis {evidence.name}"
        return [Notice(f"{REPORT}/{MODEL} is damaged: its pictures are missing. Remove it, and:", again)]
    try:
        return _pictures(loaded, record, best)
    except ValueError as error:  # a model without a convolution, or a backend without gradients
        return [Notice(f"The pictures of the model cannot be drawn: {error}.")]


def _pictures(model: "keras.Model", record: Record, best: Tested) -> list[Block]:
    # Here, because they import Keras.
    from analysis.figures import activations, class_activation, filter_patterns

    examples, labels = record.examples, record.labels
    assert examples is not None and labels is not None
    chosen = examples_to_explain(best.logits, labels, examples)
    images = examples.images[chosen]
    first = images[0]
    explained = class_activation.grad_cam(model, images)
    of_chosen = labels[examples.positions[chosen]]
    return [
        picture(
            "activations",
            activations.figure(first, activations.activations(model, first)),
            "From top to bottom an early, a middle and a late convolution. See what is kept of the image: "
            "edges and colours at first, then coarser maps that answer in fewer places.",
        ),
        picture(
            "filter-patterns",
            filter_patterns.figure(filter_patterns.filter_patterns(model)),
            "See edges, stripes and plain colours in the first row, and textures made of them further down. "
            "Patterns that look like noise say that a filter has learned little.",
        ),
        picture(
            "class-activation",
            class_activation.figure(images, of_chosen, explained, record.classes),
            "Test images, kept when the test set was opened: some that are right, and then some that are "
            "wrong. See whether the bright part lies on the thing that is named, or on what merely stands "
            "beside it.",
        ),
    ]


def examples_to_explain(
    logits: NDArray[np.float32], labels: NDArray[np.int64], examples: Examples
) -> NDArray[np.int64]:
    """Return the indices of examples that are right, then of some that are wrong.

    Among the wrong ones, those that are not the most confidently wrong come first: they are more usual.

    Args:
        logits: on all test images, (images, classes).
        labels: (images,).
        examples: some of these images.
    """
    positions = examples.positions
    right = logits[positions].argmax(axis=1) == labels[positions]
    extreme = np.isin(positions, wrong.most_confidently_wrong(logits, labels))
    mistaken = [*np.flatnonzero(~right & ~extreme), *np.flatnonzero(~right & extreme)]
    return np.array([*np.flatnonzero(right)[:EACH], *mistaken[:EACH]], dtype=np.int64)
