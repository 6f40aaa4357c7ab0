"""Every link of the documents leads to a file of the project, and to a heading where it names one."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.documents import DOCUMENTS, code_lines

LINK = re.compile(r"\]\(([^)\s]+)\)")
LINKS = [(document, target) for document in DOCUMENTS for target in LINK.findall(document.read_text())]
PATH = re.compile(r"(?<![\w/.])(?:tests|docs|\.ci)/[\w./-]*\w")


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    ("document", "target"), LINKS, ids=[f"{document.name}:{target}" for document, target in LINKS]
)
def test_a_link_leads_to_a_file(document: Path, target: str) -> None:
    if re.match(r"https?://", target):
        return
    path, _, anchor = target.partition("#")
    file = document.parent / path if path else document
    assert file.resolve().is_relative_to(ROOT)
    assert file.exists()
    assert not anchor or anchor in anchors(file)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_path_in_a_block_of_code_exists(document: Path) -> None:
    paths = [path for _, line in code_lines(document) for path in PATH.findall(line)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_document_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        if document not in reached:
            reached.add(document)
            targets = [target.partition("#")[0] for target in LINK.findall(document.read_text())]
            waiting += [(document.parent / target).resolve() for target in targets if target.endswith(".md")]
    assert reached >= {ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")}
