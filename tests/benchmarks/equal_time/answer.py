"""What a search returned: written by each contestant, evaluated for all in the same way."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

FILE = "answer.json"


@dataclass(frozen=True)
class Answer:
    """What a search returned.

    Attributes:
        number: of the trial.
        params: its hyperparameters.
        epoch: its last one.
        value: its validation accuracy then.
        trials: begun.
        epochs: trained, all trials together.
    """

    number: int
    params: dict[str, Any]
    epoch: int
    value: float
    trials: int
    epochs: int

    def write(self, folder: Path) -> None:
        """Keep the answer in the folder of a search."""
        (folder / FILE).write_bytes(msgspec.json.encode(self))


def read(folder: Path) -> Answer | None:
    """Return the answer of a search; None where it has none."""
    file = folder / FILE
    return msgspec.json.decode(file.read_bytes(), type=Answer) if file.exists() else None
