"""What the kept model gets right and wrong on the test images."""

import numpy as np
from numpy.typing import NDArray

from analysis.document.document import Block, Section, Text, picture
from analysis.evidence import Evidence, Tested
from analysis.figures import class_accuracy, confusion, wrong
from analysis.retraining.record import Record


def section(evidence: Evidence) -> Section | None:
    """Return the chapter on right and wrong; None where nothing was tested."""
    record, best = evidence.record, evidence.tested.get("best")
    if record is None or record.labels is None or best is None:
        return None
    predicted, names = best.logits.argmax(axis=1), record.classes
    counts = confusion.confusion(record.labels, predicted, len(names))
    accuracies = class_accuracy.class_accuracy(record.labels, predicted, names)
    hardest, easiest = (pick(accuracies[1:], key=lambda each: each.value) for pick in (min, max))
    blocks: list[Block] = [
        Text(
            "Of the best configuration's trainings, the model with the highest validation accuracy is "
            f"kept: that of seed {best.kept.seed}. This is what it makes of the {len(predicted):,} test "
            "images."
        ),
        picture("confusion", confusion.figure(counts, names), _mistaken(counts, names)),
        picture(
            "class-accuracy",
            class_accuracy.figure(accuracies),
            f"See which intervals lie outside of the grey band. Hardest is {hardest.name}, easiest "
            f"{easiest.name}.",
        ),
        *_wrong(record, best),
    ]
    return Section("What it gets right and wrong", blocks)


def _mistaken(counts: NDArray[np.int64], names: tuple[str, ...]) -> str:
    """Return which class is most often taken for which."""
    off = counts - np.diag(np.diag(counts))
    if not off.any():
        return "See that nothing stands beside the diagonal: no image is taken for another class."
    true, taken = divmod(int(off.argmax()), len(names))
    return (
        f"See the dark cells beside the diagonal. Most often {names[true]} is taken for {names[taken]}: "
        f"{off[true, taken]:,} times, and the other way round {off[taken, true]:,} times."
    )


def _wrong(record: Record, best: Tested) -> list[Block]:
    if record.examples is None or record.labels is None:
        return []
    place = {int(position): index for index, position in enumerate(record.examples.positions)}
    every = wrong.most_confidently_wrong(best.logits, record.labels)
    shown = [int(position) for position in every if int(position) in place]
    images = record.examples.images[[place[position] for position in shown]]
    drawn = wrong.figure(images, best.logits[shown], record.labels[shown], record.classes)
    caption = (
        "Test images, kept when the test set was opened. See whether you would err too: one that is cut off, "
        "hidden or wrongly labelled says less of the model than one that is plain."
    )
    return [picture("wrong", drawn, caption)]
