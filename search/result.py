"""What a session of a search came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from search.algorithm.trial import Trial


@dataclass(frozen=True)
class Result:
    """What a session of a search came to.

    Attributes:
        folder: of the run.
        params: the best hyperparameters; None before the first epoch.
        value: their objective, validation accuracy in [0, 1], plain or balanced; None before the first epoch.
        trials: all of them.
        finished: whether the search has ended; otherwise `resume` goes on with it.
        stopped: why it stopped before its end; "" if it did not.
        signal: number of the signal that stopped it, or None.
        summary: the result in words, as the command prints it.
    """

    folder: Path
    params: Mapping[str, Any] | None
    value: float | None
    trials: list[Trial] = field(repr=False)
    finished: bool
    stopped: str
    signal: int | None
    summary: str = field(repr=False)
