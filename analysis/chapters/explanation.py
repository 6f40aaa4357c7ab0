"""The chapter that explains the kept model: activations, filter patterns, and the evidence for a class."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.document.document import Block, Notice, Section, picture
from analysis.evidence import Evidence
from analysis.figures import wrong
from analysis.retraining.record import Record
from analysis.retraining.tested import Tested
from analysis.retraining.trainings import MODEL, REPORT, Examples
from models.parts.keras_import import import_keras
from search.runs.run import RunError

if TYPE_CHECKING:
    import keras

MOST = 6  # largest number of right images with a heatmap, and of wrong ones


def section(evidence: Evidence) -> Section | None:
    """Return the chapter; None if no model is kept."""
    record, best = evidence.record, evidence.tested.get("best")
    if record is None or best is None or not (evidence.folder / REPORT / MODEL).is_file():
        return None
    return Section("What it looks at", _blocks(evidence, record, best))


def _blocks(evidence: Evidence, record: Record, best: Tested) -> list[Block]:
    import_keras()
    from analysis.retraining import kept_model

    try:
        model, _ = kept_model.load(evidence.folder)
    except RunError:
        warning = f"{REPORT}/{MODEL} is damaged, so its pictures are missing. Remove it and run:"
        return [Notice(warning, f"python -m analysis {evidence.name}")]
    try:
        return _pictures(model, record, best)
    except ValueError as error:  # a model without a convolution, or a backend without gradients
        return [Notice(f"The pictures of the model cannot be drawn: {error}.")]


def _pictures(model: "keras.Model", record: Record, best: Tested) -> list[Block]:
    # Imported late, because they import Keras.
    from analysis.explain import activations, class_activation, filter_patterns

    examples, labels = record.examples, record.labels
    assert examples is not None and labels is not None
    chosen = examples_to_explain(best.logits, labels, examples)
    images = examples.images[chosen]
    first = images[0]
    explained = class_activation.grad_cam(model, images)
    chosen_labels = labels[examples.positions[chosen]]
    return [
        picture(
            "activations",
            activations.figure(first, activations.activations(model, first)),
            "From top to bottom: an early, a middle and a late convolution. See which parts of the image "
            "they keep: edges and colours first, then coarser maps that are active in fewer places.",
        ),
        picture(
            "filter-patterns",
            filter_patterns.figure(filter_patterns.filter_patterns(model)),
            "See edges, stripes and plain colours in the first row, and textures in the rows below. A "
            "pattern that looks like noise means that the filter has learned little.",
        ),
        picture(
            "class-activation",
            class_activation.figure(images, chosen_labels, explained, record.classes),
            "Test images, stored when the test set was opened: first some that are classified correctly, "
            "then some that are classified wrongly. See whether the bright part is on the object itself, "
            "or on something beside it.",
        ),
    ]


def examples_to_explain(
    logits: NDArray[np.float32], labels: NDArray[np.int64], examples: Examples
) -> NDArray[np.int64]:
    """Return the indices of some correctly classified examples, then of some wrongly classified ones.

    Of the wrong ones, the most confidently wrong come last, because they are less typical.

    Args:
        logits: output for all test images, (images, classes).
        labels: true classes, (images,).
        examples: some of these images.
    """
    positions = examples.positions
    right = logits[positions].argmax(axis=1) == labels[positions]
    extreme = np.isin(positions, wrong.most_confidently_wrong(logits, labels))
    mistaken = [*np.flatnonzero(~right & ~extreme), *np.flatnonzero(~right & extreme)]
    return np.array([*np.flatnonzero(right)[:MOST], *mistaken[:MOST]], dtype=np.int64)
