"""What the code gives to the text of an answer: blocks and numbers, each with a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.document.document import Block


@dataclass(frozen=True)
class Demonstration:
    """The computed part of an answer.

    Attributes:
        blocks: name → tables and pictures. The text shows them where a paragraph is `[name]`.
        numbers: name → number as text. The text uses it as `{name}`.
    """

    blocks: Mapping[str, Block]
    numbers: Mapping[str, str] = field(default_factory=dict)


class Missing(Exception):
    """Data for a demonstration are not prepared; `command` prepares them."""

    def __init__(self, reason: str, command: str) -> None:
        super().__init__(reason)
        self.command = command
