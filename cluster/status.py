"""What a job, its Ray and its search are doing, on one screen. Text in, text out."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cluster.folder import JobFolder
from cluster.slurm import JobState

_LINES = 12  # of the story


def screen(folder: JobFolder, states: Sequence[JobState]) -> str:
    """Return the screen of a run.

    Args:
        folder: of its jobs.
        states: what SLURM knows of its last job.
    """
    session = folder.session()
    rows = [
        ("run", str(folder.run)),
        *[("job", _job(state)) for state in states],
        *([] if states else [("job", f"{folder.number or 'none'}: ended, SLURM does not know it any more")]),
        *[("ray", line) for line in _ray(folder.story)],
        ("search", _last_line(session / "search.log") if session else "has not begun"),
        ("trained", trained(folder.run / "journal.log")),
    ]
    story = [f"  {line}" for line in folder.story[-_LINES:]]
    return "\n".join([*(f"{label:8} {text}" for label, text in rows), "story", *story])


def line(folder: JobFolder, states: Sequence[JobState]) -> str:
    """Return a run, its job's state and the last event, in one line."""
    state = ", ".join(f"{state.id} {state.state}" for state in states) or f"{folder.number or '-'} ended"
    last = folder.story[-1] if folder.story else "nothing happened yet"
    return f"{folder.run.parent.name}/{folder.run.name}  {state}  {last}"


def trained(journal: Path) -> str:
    """Return how many epochs a journal has, and how many segments of trials each host trained.

    The journal is read as text: a search may be writing it, and nothing of the search is imported here.
    """
    text = journal.read_text(encoding="utf-8", errors="replace") if journal.is_file() else ""
    epochs = len(re.findall(r'"epoch \d+":', text))
    hosts = Counter(re.findall(r'"host \d+":"([^"]*)"', text))
    where = ", ".join(f"{host} {number}" for host, number in sorted(hosts.items()))
    return f"{epochs} epochs" + (f"; segments: {where}" if where else "")


def _job(state: JobState) -> str:
    place = f" on {state.nodes}" if state.nodes else f" ({state.reason})"
    return f"{state.id}: {state.state}{place}, {state.elapsed} of {state.limit}"


def _ray(story: Sequence[str]) -> list[str]:
    """Return the lines about Ray's nodes since the last start."""
    starts = [number for number, event in enumerate(story) if re.match(r"\S+ \S+  Job ", event)]
    recent = story[starts[-1] :] if starts else []
    return [event.split("  ", 1)[1] for event in recent if "  Ray on " in event]


def _last_line(file: Path) -> str:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    return next((line for line in reversed(lines) if line.strip()), "has not begun")
