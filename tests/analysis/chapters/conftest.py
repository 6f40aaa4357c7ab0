"""Fixtures for tests of chapters: a chapter as text, and pictures that cost no time."""

import pytest

from analysis.document.document import Document, Picture, Section, markdown


@pytest.fixture(autouse=True)
def _small_pictures(one_pixel: None) -> None:
    """Every picture of a chapter is one pixel."""


def text_of(section: Section | None) -> str:
    """Return a chapter as Markdown, without escaped characters and with plain spaces."""
    assert section is not None
    text = markdown(Document("", "", "", [], [section]), "pictures")
    return text.replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


def pictures_of(section: Section | None) -> list[str]:
    """Return the names of a chapter's pictures."""
    assert section is not None
    return [block.name for block in section.blocks if isinstance(block, Picture)]
