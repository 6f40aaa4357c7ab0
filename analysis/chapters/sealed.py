"""How often the test set was opened, when, and for which weights."""

from analysis.document.document import Block, Notice, Section, Table, Text, Time
from analysis.evidence import Evidence
from analysis.retraining.openings import Opening


def section(evidence: Evidence) -> Section:
    """Return the chapter on the test set."""
    opened = evidence.record.opened if evidence.record else ()
    if not opened:
        return Section(
            "The test set", [Text("It has not been opened: nothing in this report was measured on it.")]
        )
    columns = ("opening", "when", "epochs", "images an epoch", "model", "SHA-256 of its weights")
    rows = [row for number, each in enumerate(opened, start=1) for row in _rows(number, each)]
    blocks: list[Block] = [
        *again(evidence),
        Text(
            "It was opened after the configuration was fixed and the trainings had ended; which of their "
            "models is kept was decided by validation images."
        ),
        Table(
            columns, "rlrrll", rows, "Every opening of the test set, and the weights that it was opened for"
        ),
    ]
    return Section("The test set", blocks)


def _rows(number: int, opening: Opening) -> list[list[str | Time]]:
    when: list[str | Time] = [str(number), Time(opening.time.replace("T", " "))]
    about = [*when, str(opening.epochs), f"{opening.train_images:,}"]
    blank = ["", "", "", ""]
    return [
        [*(about if place == 0 else blank), model, weights[:12]]
        for place, (model, weights) in enumerate(opening.weights.items())
    ]


def again(evidence: Evidence) -> list[Block]:
    """Return a warning where the test set was opened more than once."""
    record = evidence.record
    if record is None or len(record.opened) < 2:
        return []
    which = f"The figures here are of opening {record.tested}. " if record.tested else ""
    return [
        Notice(
            f"The test set was opened {len(record.opened)} times. {which}Whatever was decided after the "
            "first opening could be decided knowing its result: the accuracy on the test images may "
            "flatter."
        )
    ]
