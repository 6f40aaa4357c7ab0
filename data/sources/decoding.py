"""Decode candidates in a given order, on all cores, and find the same picture under several names."""

import contextlib
import functools
import hashlib
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from data.sources.files import Unusable
from data.sources.layout import Candidate
from data.sources.picture import Picture, decode
from data.sources.source_report import OddFile
from data.terminal.output import console

BATCH = 1_000  # pictures that are decoded before `enough` is asked again
CORES = len(os.sched_getaffinity(0))

Groups = dict[bytes, list[Candidate]]  # SHA-256 of the pixels → candidates with these pixels, in order


def decode_candidates(
    candidates: Sequence[Candidate],
    height_and_width: tuple[int, int],
    store: IO[bytes],
    enough: Callable[[Groups], bool],
) -> tuple[Groups, list[OddFile]]:
    """Decode candidates in order, in batches, until there are enough; append each new picture to `store`.

    Args:
        candidates: files that may be pictures.
        height_and_width: of the decoded pictures, in pixels.
        store: receives each distinct picture once, as (height, width, 3) uint8.
        enough: tells whether the groups so far are enough; asked before each batch.

    Returns:
        Candidates grouped by their pixels, in the order of the store; and the files that cannot be decoded or
        are unusual.
    """
    groups: Groups = {}
    odd_files: list[OddFile] = []
    decode_one = functools.partial(_decoded, height_and_width=height_and_width)
    # Threads suffice, as Pillow releases Python's lock while it decodes. Its warnings, about bad EXIF for
    # example, concern pictures that are usable.
    with progress(len(candidates)) as advance, ThreadPoolExecutor(CORES) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for start in range(0, len(candidates), BATCH):
            if enough(groups):
                break
            batch = candidates[start : start + BATCH]
            for candidate, outcome in zip(batch, pool.map(decode_one, batch), strict=True):
                odd_files += _store(candidate, outcome, groups, store)
                advance()
    store.flush()
    return groups, odd_files


def unique_pictures(groups: Groups, classes: int) -> tuple[list[list[int]], list[OddFile]]:
    """Return the positions in the store of each class's pictures, and the files that are left out.

    Of several files in one class with the same pixels the first is used; pixels that occur in two classes are
    used in neither.
    """
    positions: list[list[int]] = [[] for _ in range(classes)]
    odd_files = []
    for position, (first, *others) in enumerate(groups.values()):
        if all(other.label == first.label for other in others):
            positions[first.label].append(position)
            outcome = f"left out: the same picture as {first.file.name}"
            odd_files += [OddFile(other.file.name, "duplicate", outcome) for other in others]
        else:
            odd_files += [OddFile(candidate.file.name, "in both classes") for candidate in (first, *others)]
    return positions, odd_files


def _decoded(candidate: Candidate, height_and_width: tuple[int, int]) -> Picture | Unusable:
    try:
        return decode(candidate.file.read(), *height_and_width)
    except Unusable as reason:
        return reason


def _store(
    candidate: Candidate, outcome: Picture | Unusable, groups: Groups, store: IO[bytes]
) -> Iterator[OddFile]:
    """Add a picture to its group, and to the store if it is the first of its group; yield what is unusual."""
    name = candidate.file.name
    if isinstance(outcome, Unusable):
        yield OddFile(name, str(outcome))
        return
    group = groups.setdefault(hashlib.sha256(outcome.pixels.data).digest(), [])
    if not group:
        store.write(outcome.pixels.data)
    group.append(candidate)
    if not name.lower().endswith((".jpg", ".jpeg")):
        yield OddFile(name, "extension other than .jpg", "kept")
    yield from (OddFile(name, reason, "kept") for reason in outcome.odd)


@contextlib.contextmanager
def progress(total: int) -> Iterator[Callable[[], None]]:
    """Show on stderr how many pictures are decoded; the function that is yielded counts one more."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console()) as bar:
        row = bar.add_task("pictures", total=total)
        yield lambda: bar.advance(row)
        bar.update(row, total=bar.tasks[row].completed)  # fewer were enough
