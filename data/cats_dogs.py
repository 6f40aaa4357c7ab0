"""Cats and dogs: 4,000 photographs of 150 by 150 pixels in two classes, 1,000 of them the test split.

    python -m data cats_dogs [--source PATH] [--images N] [--show]

A subset of the Asirra photographs (Elson, Douceur, Howell, Saul, Asirra: A CAPTCHA that exploits
interest-aligned manual image categorization, ACM CCS 2007), which Microsoft publishes as PetImages and Kaggle
as the competition Dogs vs. Cats. PATH is the published zip, or a zip or folder in the layout of either:
PetImages/Cat/N.jpg and PetImages/Dog/N.jpg, or train/cat.N.jpg and train/dog.N.jpg.

Photographs are stretched to the square, their aspect ratio is not kept: nothing is cut off (a centre crop
loses a head in many of them) and nothing is added (a network learns borders too). The published ones are
mostly 4:3, a distortion that leaves the animal what it is, and the course's ImageDataGenerator stretches too.

Which photographs are chosen is a matter of class, number and seed alone: not of pixels, which differ a little
between JPEG decoders, nor of the order in which a disk or an archive lists them. Broken ones are passed over;
of the same pixels under several numbers one stands, and none where they are said to be cat and dog. What is
left out, and what is odd but kept, is listed in a report beside the prepared data.

All files of the source are looked at. For a smaller set they are looked at a thousand at a time until there
are enough, so that the report and the search for duplicates cover only these.
"""

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import IO

import numpy as np

from data.sources.decoding import Groups, distinct, look_at
from data.sources.download import OutOfReach, download
from data.sources.files import opened
from data.sources.layout import Candidate, find
from data.sources.odd_files import Odd, as_csv, summary
from data.store.dataset import Prepared
from data.store.split import DataError, Split, fingerprint

INPUT_SHAPE = (150, 150, 3)
CLASSES = ("cat", "dog")
SIZES = {"training": 2_000, "validation": 1_000, "test": 1_000}
IMAGES = range(8, 4_001, 8)  # half of each class in each split, and splits of 2:1:1
SEED = 4

# The course's link, which is gone, and what Microsoft has put in its place. No checksum is published for
# either. The zip's own CRC-32 of each file shows damage; the fingerprint of what comes out is recorded in
# every run and shows a difference.
HOME = "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
PUBLISHED = ("kagglecatsanddogs_5340.zip", "kagglecatsanddogs_3367a.zip")

LAYOUTS = "PetImages/Cat/N.jpg and PetImages/Dog/N.jpg, or train/cat.N.jpg and train/dog.N.jpg"


def read(source: Path | None, downloads: Path, images: int | None = None) -> Prepared:
    """The splits, from the published archive or what is laid out as it is; `images` is one of IMAGES.

    Raises DataError for what cannot be had, and where there are too few usable photographs.
    """
    images = images or IMAGES[-1]
    per_class = images // len(CLASSES)
    source = source or _fetch(downloads)
    with opened(source) as files, tempfile.TemporaryFile(dir=downloads) as store:
        candidates, odd = find(files)
        if not candidates:
            raise DataError(_nothing_found(source, [file.name for file in files]))

        def enough(groups: Groups) -> bool:
            return images < IMAGES[-1] and min(map(len, distinct(groups, len(CLASSES))[0])) >= per_class

        groups, broken = look_at(sorted(candidates, key=_chance), INPUT_SHAPE[:2], store, enough)
        positions, repeated = distinct(groups, len(CLASSES))
        odd += broken + repeated
        _say(source, sum(not file.name.endswith("/") for file in files), positions, odd)
        chosen = _choose(positions, per_class, source)
        return _splits(store, len(groups), chosen, as_csv(odd))


def _chance(candidate: Candidate) -> tuple[str, str]:
    """Where a photograph stands in the seeded order, whatever others there are; names only decide ties."""
    said = f"{SEED} {CLASSES[candidate.label]} {candidate.number}"
    return hashlib.sha256(said.encode()).hexdigest(), candidate.file.name


def _choose(positions: list[list[int]], per_class: int, source: Path) -> np.ndarray:
    """The first of each class: positions (per_class, classes). Raises DataError where there are too few."""
    fewest = min(map(len, positions))
    if fewest >= per_class:
        return np.array([of_class[:per_class] for of_class in positions]).T
    there = " and ".join(
        f"{len(found):,} usable {name}s" for found, name in zip(positions, CLASSES, strict=True)
    )
    possible = fewest * len(CLASSES) // IMAGES.step * IMAGES.step
    raise DataError(
        f"{source} has {there}, {per_class:,} of each are needed"
        + (f": a smaller set is --images {possible}" if possible else "")
    )


def _splits(store: IO[bytes], stored: int, chosen: np.ndarray, report: str) -> Prepared:
    """Of every four ranks two train, one validates and one tests.

    So the splits of a smaller set lie in those of a larger one, unless a picture of it turns out to be in
    both classes.
    """
    pictures = np.memmap(store, np.uint8, "r", shape=(stored, *INPUT_SHAPE))

    def split(*ranks: int) -> Split:
        positions = chosen[np.isin(np.arange(len(chosen)) % 4, ranks)]
        labels = np.tile(np.arange(len(CLASSES)), len(positions))
        return Split(np.asarray(pictures[positions.ravel()]), labels)

    splits = split(0, 1), split(2), split(3)
    arrays = [array for part in splits for array in (part.images, part.labels)]
    return Prepared(*splits, fingerprint(*arrays), report)


def _say(source: Path, files: int, positions: list[list[int]], odd: list[Odd]) -> None:
    """Tell on stderr what was found."""
    usable = ", ".join(f"{len(found):,} {name}s" for found, name in zip(positions, CLASSES, strict=True))
    print(f"{source}: {files:,} files, usable: {usable}", *summary(odd), sep="\n", file=sys.stderr)


def _nothing_found(source: Path, names: list[str]) -> str:
    if any(name.endswith("train.zip") for name in names):
        return f"{source} holds a train.zip: take that out of it, and give it as --source"
    return f"{source} holds neither {LAYOUTS}"


def _fetch(downloads: Path) -> Path:
    """The published archive, the newer one first. Raises DataError where neither is to be had."""
    failures = []
    for name in PUBLISHED:
        archive = downloads / name
        try:
            # Both have one server: 5 seconds for each are 10 until it is given up.
            download(HOME + name, archive, md5=None, timeout=5.0)
        except OutOfReach as failure:
            failures.append(str(failure))
            continue
        try:
            with opened(archive):
                return archive
        except DataError:
            archive.unlink()
            failures.append(f"{HOME}{name} gave no zip archive; it was removed")
    raise DataError(
        f"{', '.join(failures)}: with an archive or folder of yours that holds {LAYOUTS}, "
        "python -m data cats_dogs --source PATH"
    )
