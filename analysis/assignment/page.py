"""The assignment as one document: the theory questions, then the programming parts from the newest runs.

    runs/assignment/assignment.html        one self-contained file
                   /assignment.md          the same as Markdown, with assignment-pictures/

It trains no run and opens no test set. Parts without a run say which command makes it.
"""

import dataclasses
from pathlib import Path

import models
from analysis.assignment import parts
from analysis.document import document
from analysis.document.document import Document, Section, Text
from analysis.theory import theory


def write(runs: Path, weights: Path | None = None) -> Path:
    """Write the document; return the HTML file.

    Args:
        runs: folder of the runs; the document is written to its subfolder `assignment`.
        weights: pretrained weights of VGG16, for figures of the theory.

    Raises:
        WeightsError: the weights cannot be read.
        OSError: the document cannot be written.
    """
    questions = [dataclasses.replace(section, level=3) for section in theory.sections(weights)]
    programming = parts.sections(runs)
    content = Document(
        title="The assignment answered",
        subject="Theory and programming: convolutional networks on cats and dogs, and on CIFAR-10",
        answer=_answer(runs),
        opening=[],
        sections=[Section("Theory", [Text(THEORY)]), *questions, *programming],
    )
    return document.write(content, runs / "assignment", "assignment")


THEORY = (
    "Questions 1 to 3, 7, 8 and 11 are computed with Keras layers. The others are explained; their figures "
    "and numbers are made from the project’s own data and models when this document is made."
)


def _answer(runs: Path) -> str:
    studies = [name for name in models.names() if name in {part.study for part in parts.PARTS}]
    found = [parts.newest(runs, study) for study in studies]
    tested = sum(bool(run and run.tested) for run in found)
    return (
        f"21 theory questions are answered; of the {len(studies)} studies that the programming parts need, "
        f"{tested} {'has' if tested == 1 else 'have'} a tested run."
    )
