"""An answer as it is written: one short Markdown file, with places for what the code computes.

The first line is the heading, `# 1. …`. A paragraph that is only `[name]` is a block of the demonstration,
and `{name}` is one of its numbers. Where a demonstration cannot be made, because data are missing, a notice
with the command that prepares them stands in the place of its first block, and what depends on it is left
out.
"""

import re
from pathlib import Path

from analysis.document.document import Block, Commands, Notice, Section, Text
from analysis.theory.demonstration import Demonstration

ANSWERS = Path(__file__).parent / "answers"
_BLOCK = re.compile(r"\[(\w+)\]")
_NUMBER = re.compile(r"\{(\w+)\}")


def numbers() -> list[int]:
    """Return the numbers of the questions."""
    return sorted(int(file.stem) for file in ANSWERS.glob("*.md"))


def section(number: int, demonstration: Demonstration | Notice) -> Section:
    """Return the answer to a question.

    Args:
        number: of the question, 1 to 21.
        demonstration: what the code computed; or a notice that says why it could not.
    """
    first, _, text = (ANSWERS / f"{number:02}.md").read_text(encoding="utf-8").partition("\n")
    blocks: list[Block] = []
    for paragraph in re.split(r"\n\n+", text.strip("\n")):
        if isinstance(demonstration, Notice):
            blocks += _without(paragraph, demonstration, blocks)
        else:
            blocks.append(_with(paragraph, demonstration))
    return Section(first.removeprefix("# "), blocks)


def _with(paragraph: str, demonstration: Demonstration) -> Block:
    if place := _BLOCK.fullmatch(paragraph):
        return demonstration.blocks[place[1]]
    filled = _NUMBER.sub(lambda number: demonstration.numbers[number[1]], paragraph)
    return _plain(filled)


def _without(paragraph: str, notice: Notice, before: list[Block]) -> list[Block]:
    if _BLOCK.fullmatch(paragraph):
        return [] if notice in before else [notice]
    return [] if _NUMBER.search(paragraph) else [_plain(paragraph)]


def _plain(paragraph: str) -> Block:
    lines = paragraph.split("\n")
    if all(line.startswith("    ") for line in lines):
        return Commands([line.strip() for line in lines])
    return Text(" ".join(lines))
