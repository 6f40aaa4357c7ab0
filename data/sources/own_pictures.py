"""Decode the pictures of a folder once, and decide which of them are kept, and in which split."""

import hashlib
import os
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.sources.class_folders import Candidate
from data.sources.decoding import BATCH, CORES, progress
from data.sources.files import Unusable
from data.sources.fitting import fitted
from data.sources.grouped_split import LEAST, divided
from data.sources.near_duplicates import difference_hashes, grey_cells, near_duplicates
from data.sources.source_report import OddFile
from data.store.dataset import SplitName
from data.store.description import Fit

# Of the same picture in two given splits, the one in the first of these is kept.
PRECEDENCE: tuple[SplitName, ...] = ("test", "validation", "training")


class _Decoded(NamedTuple):
    """Pixels (side, side, 3) uint8, oddities, size in the file, SHA-256 of the file and of the pixels."""

    pixels: NDArray[np.uint8]
    odd: tuple[str, ...]
    size: tuple[int, int]
    content: bytes
    identity: bytes
    hashes: tuple[int, int]
    cells: NDArray[np.uint8]


@dataclass
class Pictures:
    """The pictures that were decoded, one entry of each list for each; their pixels are in the store."""

    candidates: list[Candidate] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    identities: list[bytes] = field(default_factory=list)
    hashes: list[tuple[int, int]] = field(default_factory=list)
    cells: list[NDArray[np.uint8]] = field(default_factory=list)
    odd: list[OddFile] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.candidates)

    def add(self, candidate: Candidate, decoded: _Decoded) -> None:
        """Add a picture."""
        self.candidates.append(candidate)
        self.sizes.append(decoded.size)
        self.contents.append(decoded.content)
        self.identities.append(decoded.identity)
        self.hashes.append(decoded.hashes)
        self.cells.append(decoded.cells)
        unusual = (reason for reason in decoded.odd if not reason.endswith("instead of JPEG"))
        self.odd += [OddFile(candidate.file.name, reason, "kept") for reason in unusual]

    def content(self) -> str:
        """Return the SHA-256 over the names and the bytes of all pictures, in hexadecimal."""
        lines = sorted(
            os.fsencode(candidate.file.name) + b"\0" + content
            for candidate, content in zip(self.candidates, self.contents, strict=True)
        )
        return hashlib.sha256(b"\n".join(lines)).hexdigest()


def decode_pictures(candidates: Sequence[Candidate], side: int, fit: Fit, store: IO[bytes]) -> Pictures:
    """Decode candidates on all cores, and append the pixels of each to `store`, as (side, side, 3) uint8.

    A batch of them is in memory at a time. A file that cannot be decoded is listed with its reason.
    """
    pictures = Pictures()

    def decode_one(candidate: Candidate) -> _Decoded | Unusable:
        return _decoded(candidate, side, fit)

    with progress(len(candidates)) as advance, ThreadPoolExecutor(CORES) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, about bad EXIF for example, in usable pictures
        for start in range(0, len(candidates), BATCH):
            batch = candidates[start : start + BATCH]
            for candidate, outcome in zip(batch, pool.map(decode_one, batch), strict=True):
                if isinstance(outcome, Unusable):
                    pictures.odd.append(OddFile(candidate.file.name, str(outcome)))
                else:
                    store.write(outcome.pixels.data)
                    pictures.add(candidate, outcome)
                advance()
    store.flush()
    return pictures


def _decoded(candidate: Candidate, side: int, fit: Fit) -> _Decoded | Unusable:
    try:
        content = candidate.file.read()
        picture = fitted(content, side, fit)
    except Unusable as reason:
        return reason
    pixels = np.ascontiguousarray(picture.pixels)
    return _Decoded(
        pixels=pixels,
        odd=picture.odd,
        size=picture.size,
        content=hashlib.sha256(content).digest(),
        identity=hashlib.sha256(pixels.data).digest(),
        hashes=difference_hashes(pixels),
        cells=grey_cells(pixels),
    )


@dataclass
class Selection:
    """What is kept of the pictures.

    Attributes:
        classes: names of the labels, sorted.
        splits: split → positions of its pictures.
        odd: files that are left out or kept with a remark.
        small: classes that are left out, as they have too few pictures.
        near: groups of near duplicates that are kept together.
    """

    classes: tuple[str, ...]
    splits: dict[SplitName, list[int]]
    odd: list[OddFile]
    small: list[str]
    near: int


def select(pictures: Pictures) -> Selection:
    """Decide which pictures are kept, and divide those that no folder's name has put into a split."""
    odd: list[OddFile] = []
    distinct = _distinct(pictures, odd)
    groups = _groups(pictures, distinct)
    groups, small = _of_large_classes(pictures, groups, odd)
    classes = tuple(sorted({pictures.candidates[group[0]].label for group in groups}))
    splits = _splits(pictures, groups, odd)
    near = 0
    for group in groups:
        near += len(group) > 1
        first = pictures.candidates[group[0]].file.name
        outcome = f"kept, in the same split as {first}"
        odd += [
            OddFile(pictures.candidates[other].file.name, "near duplicate", outcome) for other in group[1:]
        ]
    return Selection(classes, splits, odd, small, near)


def _distinct(pictures: Pictures, odd: list[OddFile]) -> list[int]:
    """Return the positions of distinct pictures in a seeded order: of equal pixels, one, or none.

    The order is that of their content, so it does not depend on names.
    """
    equal: dict[bytes, list[int]] = defaultdict(list)
    for position in sorted(range(len(pictures)), key=lambda position: _rank(pictures.candidates[position])):
        equal[pictures.identities[position]].append(position)
    kept = []
    for first, *others in equal.values():
        candidates = [pictures.candidates[position] for position in (first, *others)]
        if len({candidate.label for candidate in candidates}) > 1:
            odd += [OddFile(candidate.file.name, "in several classes") for candidate in candidates]
            continue
        kept.append(first)
        outcome = f"left out: the same picture as {candidates[0].file.name}"
        odd += [OddFile(candidate.file.name, "duplicate", outcome) for candidate in candidates[1:]]
    return sorted(kept, key=lambda position: pictures.identities[position])


def _rank(candidate: Candidate) -> tuple[int, str]:
    return PRECEDENCE.index(candidate.split or "training"), candidate.file.name


def _groups(pictures: Pictures, distinct: list[int]) -> list[list[int]]:
    """Return the near duplicates among distinct pictures as groups; most pictures are one by themselves."""
    if not distinct:
        return []
    hashes = np.array([pictures.hashes[position] for position in distinct], np.uint64)
    cells = np.stack([pictures.cells[position] for position in distinct])
    groups: dict[int, list[int]] = defaultdict(list)
    for position, group in zip(distinct, near_duplicates(hashes, cells), strict=True):
        groups[int(group)].append(position)
    return list(groups.values())


def _of_large_classes(
    pictures: Pictures, groups: list[list[int]], odd: list[OddFile]
) -> tuple[list[list[int]], list[str]]:
    """Leave out classes with too few groups for three splits; return the groups, and the classes left out."""
    labels = [{pictures.candidates[position].label for position in group} for group in groups]
    counts = Counter(label for group in labels for label in group)
    small = sorted(label for label, count in counts.items() if count < LEAST)
    kept = []
    for group in groups:
        stays = [position for position in group if counts[pictures.candidates[position].label] >= LEAST]
        odd += [
            OddFile(pictures.candidates[position].file.name, "class with too few pictures")
            for position in group
            if position not in stays
        ]
        kept += [stays] if stays else []
    return kept, small


def _splits(pictures: Pictures, groups: list[list[int]], odd: list[OddFile]) -> dict[SplitName, list[int]]:
    """Return the positions of each split: that of a picture's folder, or one that is chosen by content."""
    splits: dict[SplitName, list[int]] = {"training": [], "validation": [], "test": []}
    given = {pictures.candidates[position].split for group in groups for position in group}
    free = []
    for number, group in enumerate(groups):
        named = [pictures.candidates[position].split for position in group]
        first = next((split for split in PRECEDENCE[:2] if split in named), None)
        if first is None:
            free.append(number)
            continue
        for position, split in zip(group, named, strict=True):
            if split == first:
                splits[first].append(position)
            else:
                outcome = f"left out: nearly the same as a picture of the {first} split"
                odd.append(OddFile(pictures.candidates[position].file.name, "near duplicate", outcome))
        group[:] = [position for position, split in zip(group, named, strict=True) if split == first]
    missing = [split for split in PRECEDENCE[:2] if split not in given]
    labels = [pictures.candidates[position].label for position in range(len(pictures))]
    numbers = {label: number for number, label in enumerate(sorted(set(labels)))}
    chosen = divided([groups[number] for number in free], [numbers[label] for label in labels], missing)
    for number, split in zip(free, chosen, strict=True):
        splits[split] += groups[number]
    return splits
