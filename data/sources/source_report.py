"""The report on a source: which files are not ordinary pictures, and what was done with each."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

LEFT_OUT = "left out"
NAME_LIMIT = 1_000  # characters of a name that are shown; a zip allows 65,535


class OddFile(NamedTuple):
    """A file's path in its source, the reason why it is listed, in a few words, and what was done with it."""

    file: str
    reason: str
    outcome: str = LEFT_OUT


def to_csv(odd_files: Iterable[OddFile]) -> str:
    """Return the report as CSV, sorted by file; untrusted names are escaped."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("file", "reason", "what happened"))
    lines.writerows(sorted((escaped(odd.file), odd.reason, escaped(odd.outcome)) for odd in odd_files))
    return text.getvalue()


def summary(odd_files: Iterable[OddFile]) -> list[str]:
    """Return two lines, for the files left out and kept: the number of each reason, most frequent first."""
    left_out, kept = Counter[str](), Counter[str]()
    for odd in odd_files:
        (left_out if odd.outcome.startswith(LEFT_OUT) else kept)[odd.reason] += 1
    return [f"left out     {_listed(left_out)}", f"odd, kept    {_listed(kept)}"]


def most_frequent(odd_files: Iterable[OddFile], except_for: str = "") -> str:
    """Return the most frequent reason to leave a file out, with its count; "" if none is left out."""
    reasons = Counter(odd.reason for odd in odd_files if odd.outcome.startswith(LEFT_OUT))
    del reasons[except_for]
    return _listed(Counter(dict(reasons.most_common(1)))) if reasons else ""


def read_report(path: Path) -> list[OddFile]:
    """Read what `to_csv` wrote. Raises OSError, or ValueError if it is damaged."""
    with path.open(encoding="utf-8", newline="") as file:
        try:
            return [OddFile(*line) for line in csv.reader(file)][1:]
        except (csv.Error, TypeError) as error:
            raise ValueError(str(error)) from error


def escaped(name: str) -> str:
    """Escape control characters and invalid ones; no cell begins like a formula of a spreadsheet."""
    name = name if len(name) <= NAME_LIMIT else name[:NAME_LIMIT] + "…"
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return f"./{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def _listed(reasons: Counter[str]) -> str:
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {reason}" for reason, count in ordered) or "none"
