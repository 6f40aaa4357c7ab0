"""A document has the same content in HTML and in Markdown, and text never becomes markup."""

import re

from matplotlib.figure import Figure

from analysis.document import document
from analysis.document.document import Commands, Document, Notice, Section, Table, Text, Time, picture

EVIL = "<img src=x onerror=alert(1)> & | `a` *b* [c](d) <!-- \n# e"


def make_document(words: str) -> Document:
    table = Table(("name", words), "lr", [(words, Time("3 min"))], words)
    blocks = [Text(words), Notice(words, words), Commands([words]), table]
    return Document(words, words, words, [Notice(words)], [Section("The first", blocks)])


def test_text_stays_text_in_html() -> None:
    page = document.html(make_document(EVIL))
    assert "<img" not in page and "<!-- " not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt; &amp; | `a` *b* [c](d) &lt;!--") == 13


def test_text_stays_text_in_markdown() -> None:
    text = document.markdown(make_document(EVIL), "pictures")
    prose = [line for line in text.split("\n") if not re.match("(>?    )", line)]
    code = [line for line in text.split("\n") if re.match("(>?    )", line)]
    assert not any("<" in line for line in prose)
    assert not any(line.lstrip("> ").startswith("# e") for line in prose)
    escaped = r"&lt;img src=x onerror=alert(1)&gt; &amp; \| \`a\` \*b\* \[c\](d) &lt;!-- # e"
    assert sum(escaped in line for line in prose) == 9
    # A command is not escaped; it is one line, so it cannot end its block.
    assert [line.lstrip("> ") for line in code] == [" ".join(EVIL.split())] * 2


def test_numbers_stand_to_the_right_and_times_are_marked() -> None:
    page = document.html(make_document("words"))
    assert '<th scope="col" class="r">words</th>' in page
    assert '<td class="r"><time>3 min</time></td>' in page
    assert "| --- | ---: |\n| words | 3 min |\n" in document.markdown(make_document("words"), "pictures")


def test_a_long_name_in_a_table_may_be_broken() -> None:
    page = document.html(make_document("cats_dogs/a&b"))
    assert ">cats_<wbr>dogs/<wbr>a&amp;b</td>" in page


def test_a_picture_has_its_title_for_those_who_do_not_see_it() -> None:
    figure = Figure()
    figure.suptitle("what to\nsee")
    block = picture("name", figure, "caption")
    assert block.alt == "what to see" and block.png.startswith(b"\x89PNG")
    assert b"Matplotlib" not in block.png
