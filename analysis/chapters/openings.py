"""The chapter on the test set: how often it was opened, when, and for which weights."""

from analysis.document.document import Block, Notice, Section, Table, Text, Time
from analysis.evidence import Evidence
from analysis.retraining.openings import Opening


def section(evidence: Evidence) -> Section:
    """Return the chapter."""
    record = evidence.record
    if record is None or not record.opened:
        closed = "The test set has not been opened: nothing in this report was measured on it."
        return Section("The test set", [Text(closed)])
    columns = ("opening", "time", "epochs", "images per epoch", "model", "SHA-256 of its weights")
    rows = [row for number, opening in enumerate(record.opened, start=1) for row in _rows(number, opening)]
    blocks: list[Block] = [
        *reopening_warning(evidence),
        Text(
            "The test set was opened after the configuration was chosen and the trainings had ended. The "
            f"kept model is the one with the {record.chosen_by}."
        ),
        Table(columns, "rlrrll", rows, "Every opening of the test set, with the tested weights"),
    ]
    return Section("The test set", blocks)


def _rows(number: int, opening: Opening) -> list[list[str | Time]]:
    time = Time(opening.time.replace("T", " "))
    first: list[str | Time] = [str(number), time, str(opening.epochs), f"{opening.train_images:,}"]
    others: list[str | Time] = ["", "", "", ""]
    return [
        [*(others if index else first), model, weights[:12]]
        for index, (model, weights) in enumerate(opening.weights.items())
    ]


def reopening_warning(evidence: Evidence) -> list[Block]:
    """Return a warning if the test set was opened more than once."""
    record = evidence.record
    if record is None or len(record.opened) < 2:
        return []
    source = f"The results in this report are of opening {record.tested}. " if record.tested else ""
    return [
        Notice(
            f"The test set was opened {len(record.opened)} times. {source}Decisions made after the first "
            "opening may have used its result, so the accuracy on the test images may be too optimistic."
        )
    ]
