"""The documents of the project, and what stands in their blocks of code."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "tests").rglob("*.md"),
    ]
)

FENCE = re.compile(r"^```(\w*)$")


def code_lines(document: Path) -> Iterator[tuple[str, str]]:
    """Yield each line of a document's blocks of code, with its language: "" where it is indented."""
    language, indented, before = None, False, ""
    for line in document.read_text(encoding="utf-8").splitlines():
        fence = FENCE.match(line)
        if fence:
            language = None if language is not None else fence[1]
        elif language is not None:
            yield language, line
        else:
            # An indented block starts after an empty line; a line that continues a list does not.
            indented = line.startswith("    ") and (indented or not before.strip())
            if indented:
                yield "", line
        before = line


def commands(document: Path) -> list[str]:
    """Return the command lines of a document, without the explanations after two spaces or more."""
    lines = [line.strip() for language, line in code_lines(document) if language != "python"]
    return [re.split(r"\s{2,}", line)[0] for line in lines if re.search(r"cnn-search |python -m ", line)]


def python_examples(document: Path) -> list[str]:
    """Return the text of each Python block."""
    text = document.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
