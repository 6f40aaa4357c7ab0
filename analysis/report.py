"""The report of a run: first the answer, then the search and the tests in pictures, then how to reproduce it.

    runs/STUDY/NAME/report/report.html        one self-contained file
                          /report.md          the same as Markdown, with report-pictures/

It depends only on the content of the run's folder, so the same folder always gives the same report. For a run
that is not finished or not retrained, it says what is missing, and gives the command for it.
"""

from pathlib import Path

from analysis.chapters import classification, explanation, openings, reproduction, retraining, searching
from analysis.document import document
from analysis.document.conclusion import conclusion
from analysis.document.document import Block, Document, Notice
from analysis.document.wording import listed, share, verb
from analysis.evidence import Evidence, read
from analysis.figures.trials import progress
from analysis.retraining.record import Record
from analysis.retraining.trainings import MODEL, REPORT


def write(folder: Path) -> Path:
    """Write the report of a run; return the HTML file.

    Args:
        folder: folder of the run.

    Raises:
        RunError: the folder is not a run, or a file in it is damaged.
        OSError: the report cannot be written.
    """
    evidence = read(folder)
    chapters = (searching, retraining, classification, explanation, openings, reproduction)
    sections = [chapter.section(evidence) for chapter in chapters]
    content = Document(
        title=evidence.question,
        subject=f"Report of the run {evidence.name}",
        answer=answer(evidence),
        opening=[*openings.reopening_warning(evidence), *missing(evidence)],
        sections=[section for section in sections if section],
    )
    return document.write(content, evidence.folder / REPORT, "report")


def answer(evidence: Evidence) -> str:
    """Return the answer in one sentence, from the strongest available result."""
    best, tested = evidence.best, evidence.tested
    plan, measured, gain = evidence.plan, evidence.unused_validation, evidence.gain
    if best is None:
        return "There is no answer yet: no trial has finished an epoch."
    if "best" in tested:
        result = f"The best configuration {verb(plan.measure)} {retraining.summary(tested['best'])}"
        comparison = f"; {retraining.best_over_default(tested)}" if "default" in tested else ""
        return f"{result}{comparison}."
    if measured and gain:
        result = share(measured.best, plan.measure, f"{measured.images:,} validation images")
        return (
            f"The best of {len(evidence.trials)} trials {verb(plan.measure)} {result} that the search did "
            f"not use; {conclusion('best', 'default', gain, gain.p)}."
        )
    return _search_answer(evidence, best.number, best.value)


def _search_answer(evidence: Evidence, number: int, value: float) -> str:
    """Return the answer from the search alone: the value by which the best trial was chosen."""
    images, measure = evidence.plan.validation_images, evidence.plan.measure
    chosen_by = share(value, measure, f"{images:,} validation images it was chosen by")
    result = f"trial {number}, {verb(measure)} {chosen_by}"
    if evidence.finished and number == 0:
        return f"The search found nothing better than the default configuration: {result}."
    best = "The best" if evidence.finished else "The best so far"
    return f"{best}, {result}; this value tends to be too optimistic, because it is the best of many."


def missing(evidence: Evidence) -> list[Block]:
    """Return notices that say what is missing for a complete report, with the commands for it."""
    record, name = evidence.record, evidence.name
    resume, retrain = f"python -m search --resume {name}", f"python -m analysis {name}"
    notices: list[Block] = []
    if not evidence.finished:
        notices.append(_partial(f"{progress(evidence.trials, evidence.plan)} Continue it with:", resume))
    elif not evidence.unused_validation:
        gap = "The best and the default were not measured on validation images that the search did not use."
        notices.append(_partial(f"{gap} Measure them with:", resume))
    if record is None:
        gap = "Nothing is retrained, and the test set is closed. Retrain and test with:"
        return [*notices, _partial(gap, f"{retrain} --seeds 5")]
    return [*notices, *(_partial(gap, retrain) for gap in _retraining_gaps(evidence, record))]


def _partial(gap: str, command: str) -> Notice:
    return Notice(f"This report is partial. {gap}", command)


def _retraining_gaps(evidence: Evidence, record: Record) -> list[str]:
    """Return what is missing in a started retraining, one sentence each."""
    gaps = []
    retrained = next((item.trial for item in record.configurations if item.name == "best"), None)
    if evidence.best and evidence.best.number != retrained:
        gaps.append(
            f"The best is now trial {evidence.best.number}, but trial {retrained} was retrained. Correct "
            "it with:"
        )
    if record.missing:
        names = listed([f"{name} with seed {seed}" for name, seed in record.missing])
        gaps.append(f"These trainings are not finished: {names}. Continue them with:")
    elif not evidence.tested:
        gaps.append("The test set is closed: nothing was tested. Test with:")
    if evidence.tested and not (evidence.folder / REPORT / MODEL).is_file():
        gaps.append(f"The model file {REPORT}/{MODEL} is missing, and so are its pictures. Create it with:")
    if len(record.seeds) == 1:
        gaps.append("One seed says nothing about other seeds. Train more with --seeds 5:")
    return gaps
