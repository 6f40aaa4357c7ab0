"""The report of odd files: what in a source is no ordinary picture, and what was done with it."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

LEFT_OUT = "left out"
LONGEST = 1_000  # characters of a name that are shown; a zip may have 65,535


class Odd(NamedTuple):
    """A file's path in its source, the reason why it is listed, in a few words, and what happened to it."""

    file: str
    reason: str
    happened: str = LEFT_OUT


def as_csv(found: Iterable[Odd]) -> str:
    """The report as CSV, ordered by file; names from untrusted sources can do no harm in it."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("file", "reason", "what happened"))
    lines.writerows(sorted((_harmless(odd.file), odd.reason, _harmless(odd.happened)) for odd in found))
    return text.getvalue()


def summary(found: Iterable[Odd]) -> list[str]:
    """Two lines, of what was left out and what was kept: how many of each reason, the most frequent first."""
    left_out, kept = Counter[str](), Counter[str]()
    for odd in found:
        (left_out if odd.happened.startswith(LEFT_OUT) else kept)[odd.reason] += 1
    return [f"left out     {_listed(left_out)}", f"odd, kept    {_listed(kept)}"]


def read_report(path: Path) -> list[Odd]:
    """What `as_csv` wrote. Raises OSError or ValueError for what it did not write."""
    with path.open(encoding="utf-8", newline="") as file:
        try:
            return [Odd(*line) for line in csv.reader(file)][1:]
        except (csv.Error, TypeError) as error:
            raise ValueError(str(error)) from error


def _harmless(name: str) -> str:
    """Control characters and broken ones are written out; no cell begins as a spreadsheet's formula does."""
    name = name if len(name) <= LONGEST else name[:LONGEST] + "…"
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return f"./{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def _listed(reasons: Counter[str]) -> str:
    most_first = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {reason}" for reason, count in most_first) or "none"
