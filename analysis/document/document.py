"""A document: text, tables and pictures, written as one self-contained HTML file and as Markdown with PNGs.

Both formats contain the same blocks; the two templates only lay them out. Every string in a block is plain
text and is escaped, so a name or an error message from a file cannot become markup.
"""

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import jinja2
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from data.terminal.output import printable

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Time:
    """A time or a duration: the only content that differs between two documents of the same command.

    In HTML it is a `time` element, which makes it easy to ignore in a comparison.
    """

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Notice:
    """A warning that the reader must not miss, with the command that solves the problem, if there is one."""

    words: str
    command: str = ""
    kind: ClassVar[str] = "notice"


@dataclass(frozen=True)
class Commands:
    """Commands to type, one per line."""

    lines: Sequence[str]
    kind: ClassVar[str] = "commands"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        columns: headings of the columns.
        align: one letter per column: "l" for text, "r" for numbers.
        rows: one cell per column each.
        caption: description of the content.
    """

    columns: Sequence[str]
    align: str
    rows: Sequence[Sequence[str | Time]]
    caption: str = ""
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes:
        name: file name without suffix.
        alt: alternative text for readers who cannot see the picture.
        caption: tells the reader what to look for.
        png: content of the PNG file.
    """

    name: str
    alt: str
    caption: str
    png: bytes = field(repr=False)
    kind: ClassVar[str] = "picture"

    @property
    def uri(self) -> str:
        """The picture as a `data:` address."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


Block = Text | Notice | Commands | Table | Picture


@dataclass(frozen=True)
class Section:
    """A heading and the blocks below it.

    Attributes:
        heading: the heading.
        blocks: what stands below it.
        level: of the heading, 2 or 3; a heading of level 3 belongs to the last one of level 2.
    """

    heading: str
    blocks: Sequence[Block]
    level: int = 2

    @property
    def anchor(self) -> str:
        """The heading as the target of a link."""
        return re.sub(r"[^a-z0-9]+", "-", self.heading.lower()).strip("-")


@dataclass(frozen=True)
class Document:
    """A document.

    Attributes:
        title: the question that the document answers.
        subject: the topic in a few words.
        answer: the answer in one sentence.
        opening: blocks before the first heading, such as warnings.
        sections: all other blocks.
    """

    title: str
    subject: str
    answer: str
    opening: Sequence[Block]
    sections: Sequence[Section]


def picture(name: str, figure: Figure, caption: str) -> Picture:
    """Render a figure as a picture; its title becomes the alternative text."""
    file = io.BytesIO()
    # Without Matplotlib's version in the metadata, the same figure always gives the same bytes.
    figure.savefig(file, format="png", metadata={"Software": None})
    return Picture(name, " ".join(figure.get_suptitle().split()), caption, file.getvalue())


def write(document: Document, folder: Path, name: str) -> Path:
    """Write NAME.html, NAME.md and, for the latter, NAME-pictures/*.png; return the HTML file.

    Raises:
        OSError: the folder cannot be written.
    """
    pictures = folder / f"{name}-pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.png"):
        old.unlink()
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Picture):
                (pictures / f"{block.name}.png").write_bytes(block.png)
    (folder / f"{name}.md").write_text(printable(markdown(document, pictures.name)), encoding="utf-8")
    file = folder / f"{name}.html"
    file.write_text(printable(html(document)), encoding="utf-8")
    return file


def html(document: Document) -> str:
    """Return a document as one HTML page that needs no other file."""
    style = Markup((_TEMPLATES / "document.css").read_text(encoding="utf-8"))
    environment = _environment(autoescape=True)
    # Names of runs are long, so a line may break after an underscore or a slash.
    environment.filters["breakable"] = lambda text: Markup(re.sub("([_/])", r"\1<wbr>", str(escape(text))))
    return environment.get_template("document.html").render(document=document, style=style)


def markdown(document: Document, pictures: str) -> str:
    """Return a document as Markdown (GitHub's).

    Args:
        document: the document.
        pictures: folder of the pictures, relative to the Markdown file.
    """
    environment = _environment(finalize=_escaped)
    environment.filters["verbatim"] = lambda text: Markup(" ".join(str(text).split()))
    return environment.get_template("document.md").render(document=document, pictures=pictures)


def _escaped(value: object) -> str:
    """Escape text for Markdown, except what the template marks as verbatim."""
    if isinstance(value, Markup):
        return str(value)
    plain = " ".join(str(value).split())
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        plain = plain.replace(character, entity)
    return re.sub(r"([\\`*\[\]|~]|(?<!\w)_|_(?!\w))", r"\\\1", plain)


def _environment(**options: Any) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        **options,
    )
