"""The HTML page of a report, parsed: its elements, its text and its answer."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path

# Elements without an end tag, and all elements that a report uses.
VOID = {"meta", "link", "img", "wbr"}
USED = {"html", "head", "title", "style", "body", "header", "main", "nav", "section", "div", "p", "h1", "h2"}
USED |= {"ul", "li", "a", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "time", "figure"}
USED |= {"figcaption"} | VOID


class Page(HTMLParser):
    """A parsed page: its elements, which must be properly nested, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(file: Path) -> Page:
    return Page(file.read_text())


def answer_of(file: Path) -> str:
    match = re.search(r'<p class="answer">(.*?)</p>', file.read_text())
    assert match
    return html.unescape(match[1].replace("<wbr>", "")).replace("\N{NO-BREAK SPACE}", " ")
