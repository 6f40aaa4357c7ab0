"""The chapter on what the kept model classifies correctly and wrongly on the test images."""

import numpy as np
from numpy.typing import NDArray

from analysis.document.document import Block, Section, Text, picture
from analysis.evidence import Evidence
from analysis.figures import class_accuracy, confusion, wrong
from analysis.retraining.record import Record
from analysis.retraining.tested import Tested


def section(evidence: Evidence) -> Section | None:
    """Return the chapter; None if nothing was tested."""
    record, best = evidence.record, evidence.tested.get("best")
    if record is None or record.labels is None or best is None:
        return None
    predicted, names = best.logits.argmax(axis=1), record.classes
    counts = confusion.confusion(record.labels, predicted, len(names))
    accuracies = class_accuracy.class_accuracy(record.labels, predicted, names)
    hardest, easiest = (pick(accuracies[1:], key=lambda accuracy: accuracy.value) for pick in (min, max))
    blocks: list[Block] = [
        Text(
            f"Of the best configuration's trainings, the model with the {record.chosen_by} is kept: that of "
            f"seed {best.kept.seed}. This chapter shows its predictions on the {len(predicted):,} test "
            "images."
        ),
        picture("confusion", confusion.figure(counts, names), _confusion_caption(counts, names)),
        picture(
            "class-accuracy",
            class_accuracy.figure(accuracies),
            f"See which intervals are outside of the grey band. The hardest class is {hardest.name}, the "
            f"easiest is {easiest.name}.",
        ),
        *_most_wrong(record, best),
    ]
    return Section("What it gets right and wrong", blocks)


def _confusion_caption(counts: NDArray[np.int64], names: tuple[str, ...]) -> str:
    """Return a caption that names the two classes that are most often confused."""
    mistakes = counts - np.diag(np.diag(counts))
    if not mistakes.any():
        return "All images are on the diagonal: none is classified wrongly."
    true, predicted = divmod(int(mistakes.argmax()), len(names))
    return (
        f"See the dark cells off the diagonal. The most frequent mistake: {names[true]} is classified as "
        f"{names[predicted]}, {mistakes[true, predicted]:,} times; the reverse happens "
        f"{mistakes[predicted, true]:,} times."
    )


def _most_wrong(record: Record, best: Tested) -> list[Block]:
    if record.examples is None or record.labels is None:
        return []
    indices = {int(position): index for index, position in enumerate(record.examples.positions)}
    ranking = wrong.most_confidently_wrong(best.logits, record.labels)
    shown = [int(position) for position in ranking if int(position) in indices]
    images = record.examples.images[[indices[position] for position in shown]]
    figure = wrong.figure(images, best.logits[shown], record.labels[shown], record.classes)
    caption = (
        "Test images, stored when the test set was opened. See whether you would make the same mistake: an "
        "object that is cut off, hidden or wrongly labelled says less about the model than a clear one."
    )
    return [picture("wrong", figure, caption)]
