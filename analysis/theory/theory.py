"""The answers to the theory questions as one document.

    runs/theory/theory.html        one self-contained file
               /theory.md          the same as Markdown, with theory-pictures/

The text of each answer is a file of answers/. What can be computed or measured is computed when the document
is made, from prepared data; where data are missing, the answer says which command prepares them.
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.document import document
from analysis.document.document import Document, Notice, Section
from analysis.theory import answer
from analysis.theory.demonstration import Demonstration, Missing
from data import DataError
from models.parts.keras_import import import_keras

if TYPE_CHECKING:
    from analysis.theory.material import Material

# Question → module of this package, and its function that computes the answer's numbers and pictures.
DEMONSTRATIONS = {
    1: "layers.arithmetic:unpadded_answer",
    2: "layers.arithmetic:padded_answer",
    3: "layers.arithmetic:dilated_answer",
    4: "layers.template:demonstrate",
    5: "layers.pyramid:demonstrate",
    6: "layers.receptive_field:demonstrate",
    7: "layers.arithmetic:size_answer",
    8: "layers.arithmetic:strided_size_answer",
    9: "layers.pointwise:demonstrate",
    10: "layers.kernels:demonstrate",
    11: "layers.arithmetic:pooling_answer",
    12: "layers.pooling:demonstrate",
    13: "training.augmentation:demonstrate",
    14: "training.transfer:demonstrate",
    15: "training.freezing:demonstrate",
    16: "training.fine_tuning:demonstrate",
    17: "layers.inception:demonstrate",
    18: "training.residual:demonstrate",
    19: "layers.sight:activations_answer",
    20: "layers.sight:patterns_answer",
    21: "layers.sight:heatmap_answer",
}


def write(runs: Path, weights: Path | None = None, questions: Sequence[int] = ()) -> Path:
    """Compute the answers, and write them; return the HTML file.

    Args:
        runs: folder of the runs; the document is written to its subfolder `theory`.
        weights: pretrained weights of VGG16; with them, some pictures are of VGG16 and real photographs.
        questions: numbers of the questions to answer; none for all.

    Raises:
        WeightsError: the weights cannot be read.
        OSError: the document cannot be written.
    """
    content = Document(
        title="How do convolutional networks see?",
        subject="Answers to the theory questions",
        answer="Questions 1 to 3, 7, 8 and 11 are computed with Keras layers; the others are explained, and "
        "shown with small models and the project’s own data.",
        opening=[],
        sections=sections(weights, questions),
    )
    return document.write(content, runs / "theory", "theory")


def sections(weights: Path | None, questions: Sequence[int] = ()) -> list[Section]:
    """Return the answers, each as a section; progress goes to stderr."""
    import_keras()
    from analysis.theory.material import Material  # imported late, because it imports Keras

    material = Material(weights)
    material.check()
    return [_section(number, material) for number in questions or answer.numbers()]


def _section(number: int, material: "Material") -> Section:
    print(f"Question {number} of {len(DEMONSTRATIONS)} …", file=sys.stderr)
    return answer.section(number, _demonstration(number, material))


def _demonstration(number: int, material: "Material") -> Demonstration | Notice:
    module, _, function = DEMONSTRATIONS[number].partition(":")
    compute = getattr(importlib.import_module(f"analysis.theory.{module}"), function)
    try:
        result: Demonstration = compute(material)
        return result
    except Missing as missing:
        return Notice(f"The figure of this question is missing: {missing}. Make it with:", missing.command)
    except DataError as error:
        return Notice(f"The figure of this question is missing: {error}")
