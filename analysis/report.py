"""The report of a run: the answer first, then how it was come by, in pictures, and how to come by it again.

    runs/STUDY/NAME/report/report.html        one file that needs no other
                          /report.md          the same as Markdown, with report-pictures/

It is made of what the run's folder holds and of nothing else: of the same folder it is always the same. A run
that is not finished, or not retrained, has a report that says what is missing, and the command for it.
"""

from pathlib import Path

from analysis.chapters import judging, looking, reproducing, retraining, sealed, searching
from analysis.document import document
from analysis.document.conclusion import conclusion
from analysis.document.document import Block, Document, Notice
from analysis.document.wording import listed, percent
from analysis.evidence import Evidence, read
from analysis.figures.trials import so_far
from analysis.retraining.record import Record
from analysis.retraining.trainings import MODEL, REPORT


def write(folder: Path) -> Path:
    """Write the report of a run; return the HTML file.

    Args:
        folder: of the run.

    Raises:
        RunError: the run is damaged, or none.
        OSError: the report cannot be written.
    """
    evidence = read(folder)
    chapters = (searching, retraining, judging, looking, sealed, reproducing)
    sections = [chapter.section(evidence) for chapter in chapters]
    made = Document(
        title=evidence.question,
        subject=f"Report of the run {evidence.name}",
        answer=answer(evidence),
        opening=[*sealed.again(evidence), *missing(evidence)],
        sections=[section for section in sections if section],
    )
    return document.write(made, evidence.folder / REPORT, "report")


def answer(evidence: Evidence) -> str:
    """Return the answer in one sentence, from the strongest evidence that there is."""
    best, tested, gain = evidence.best, evidence.tested, evidence.gain
    if best is None:
        return "There is no answer yet: no trial has finished an epoch."
    if "best" in tested:
        said = f"The best configuration found is right on {retraining.summary(tested['best'])}"
        against = f"; {retraining.best_over_default(tested)}" if "default" in tested else ""
        return f"{said}{against}."
    if evidence.measured and gain:
        return (
            f"On {evidence.measured.images:,} validation images that the search did not use, the best of "
            f"{len(evidence.trials)} trials is right on {percent(evidence.measured.best)}; "
            f"{conclusion('best', 'default', gain, gain.p)}."
        )
    return _so_far(evidence, best.number, best.value)


def _so_far(evidence: Evidence, number: int, value: float) -> str:
    """Return what the search alone has come to: the value that the best was chosen by."""
    images = evidence.plan.validation_images
    said = (
        f"trial {number}, is right on {percent(value)} of the {images:,} validation images it was chosen by"
    )
    if evidence.ended and number == 0:
        return f"The search found nothing better than the default configuration, which, {said}."
    so_far = "" if evidence.ended else " so far"
    return f"The best{so_far}, {said}, which flatters the best of many."


def missing(evidence: Evidence) -> list[Block]:
    """Return what a whole report would have besides, with the commands that make it."""
    record, name = evidence.record, evidence.name
    resume, retrain = f"python -m search --resume {name}", f"python -m analysis {name}"
    said: list[Block] = []
    if not evidence.ended:
        state = so_far(evidence.trials, evidence.plan)
        said.append(Notice(f"This report is partial. {state} To go on with it:", resume))
    elif not evidence.measured:
        why = "The best and the default were not measured on validation images that the search did not use."
        said.append(Notice(f"This report is partial. {why} To do it:", resume))
    if record is None:
        why = "Nothing was retrained, and the test set is closed. To do both:"
        return [*said, Notice(f"This report is partial. {why}", f"{retrain} --seeds 5")]
    return [
        *said,
        *(Notice(f"This report is partial. {why}", retrain) for why in _unfinished(evidence, record)),
    ]


def _unfinished(evidence: Evidence, record: Record) -> list[str]:
    """Return what is missing of a retraining that was begun."""
    said = []
    retrained = next((each.trial for each in record.configurations if each.name == "best"), None)
    if evidence.best and evidence.best.number != retrained:
        said.append(
            f"The best is trial {evidence.best.number} by now; trial {retrained} was retrained. To mend it:"
        )
    if record.missing:
        which = listed([f"{name} with seed {seed}" for name, seed in record.missing])
        said.append(f"These trainings have not come to their end: {which}. To go on with them:")
    elif not evidence.tested:
        said.append("The test set is closed: nothing was tested. To open it:")
    if evidence.tested and not (evidence.folder / REPORT / MODEL).is_file():
        said.append(f"The model, {REPORT}/{MODEL}, is not there, and no picture of it. To make it:")
    if len(record.seeds) == 1:
        said.append("One seed says nothing of others. With --seeds 5 more of them are trained:")
    return said
