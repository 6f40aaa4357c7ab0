"""Look at candidates in a given order, on all cores, and tell the same picture under several names."""

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
from data.sources.odd_files import Odd
from data.sources.picture import Picture, decode

PART = 1_000  # pictures that are looked at before it is asked whether they are enough
CORES = len(os.sched_getaffinity(0))

Groups = dict[bytes, list[Candidate]]  # candidates by the SHA-256 of their pixels, each group in its order


def look_at(
    candidates: Sequence[Candidate],
    height_and_width: tuple[int, int],
    store: IO[bytes],
    enough: Callable[[Groups], bool],
) -> tuple[Groups, list[Odd]]:
    """Decode candidates in their order, by parts, until there are enough; append each new picture to `store`.

    The groups are in the order in which their pictures (height, width, 3) uint8 lie in the store. What
    cannot be decoded, and what is odd about the rest, is listed.
    """
    groups: Groups = {}
    odd: list[Odd] = []
    look = functools.partial(_outcome, height_and_width=height_and_width)
    # Pillow lets other threads run while it decodes. Its warnings, of bad EXIF for instance, are about
    # pictures that are usable all the same.
    with _progress(len(candidates)) as bar, ThreadPoolExecutor(CORES) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for start in range(0, len(candidates), PART):
            if enough(groups):
                break
            part = candidates[start : start + PART]
            for candidate, outcome in zip(part, pool.map(look, part), strict=True):
                odd += _keep(candidate, outcome, groups, store)
                bar()
    store.flush()
    return groups, odd


def distinct(groups: Groups, classes: int) -> tuple[list[list[int]], list[Odd]]:
    """Positions in the store of each class's pictures, each picture once, and the names that are left out.

    Of several names in one class the first stands; a picture that stands in two classes tells neither.
    """
    positions: list[list[int]] = [[] for _ in range(classes)]
    odd = []
    for position, (first, *others) in enumerate(groups.values()):
        if all(other.label == first.label for other in others):
            positions[first.label].append(position)
            same = f"left out: the same picture as {first.file.name}"
            odd += [Odd(other.file.name, "duplicate", same) for other in others]
        else:
            odd += [Odd(candidate.file.name, "in both classes") for candidate in (first, *others)]
    return positions, odd


def _outcome(candidate: Candidate, height_and_width: tuple[int, int]) -> Picture | Unusable:
    try:
        return decode(candidate.file.read(), *height_and_width)
    except Unusable as unusable:
        return unusable


def _keep(
    candidate: Candidate, outcome: Picture | Unusable, groups: Groups, store: IO[bytes]
) -> Iterator[Odd]:
    """Put a picture into its group, and into the store where it is the first of it; give what is odd."""
    name = candidate.file.name
    if isinstance(outcome, Unusable):
        yield Odd(name, str(outcome))
        return
    group = groups.setdefault(hashlib.sha256(outcome.pixels.data).digest(), [])
    if not group:
        store.write(outcome.pixels.data)
    group.append(candidate)
    if not name.lower().endswith((".jpg", ".jpeg")):
        yield Odd(name, "another extension than .jpg", "kept")
    yield from (Odd(name, reason, "kept") for reason in outcome.odd)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("pictures", total=total)
        yield lambda: bar.advance(task)
        bar.update(task, total=bar.tasks[task].completed)  # fewer were enough
