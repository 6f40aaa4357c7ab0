"""Cats and dogs: 4,000 photographs of 150 by 150 pixels in two classes, 1,000 of them the test split.

    python -m data cats_dogs [--source PATH] [--images N] [--show]

A subset of the Asirra photographs (Elson, Douceur, Howell, Saul, Asirra: A CAPTCHA that exploits
interest-aligned manual image categorization, ACM CCS 2007), which Microsoft publishes as PetImages and Kaggle
as the competition Dogs vs. Cats. PATH is the published zip, or a zip or folder in the layout of either:
PetImages/Cat/N.jpg and PetImages/Dog/N.jpg, or train/cat.N.jpg and train/dog.N.jpg.

Photographs are stretched to a square; their aspect ratio is not kept. So nothing is cut off (a centre crop
loses the head in many of them) and nothing is added (a network learns from borders, too). Most photographs
are 4:3, where stretching leaves the animal recognizable; the course's ImageDataGenerator stretches, too.

The choice of photographs depends on class, number and seed alone: not on pixels, which differ slightly
between JPEG decoders, nor on the order in which a disk or an archive lists them. Broken files are left out.
Of several files with the same pixels one is used, and none if they are labelled both cat and dog. Files that
are left out, and unusual files that are kept, are listed in a report beside the prepared data.

All files of the source are decoded. For a smaller set, they are decoded a thousand at a time until there are
enough; then the report and the search for duplicates cover only these.
"""

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import IO

import numpy as np

from data.sources.decoding import Groups, decode_candidates, unique_pictures
from data.sources.download import OutOfReach, download
from data.sources.files import open_source
from data.sources.layout import NEITHER, Candidate, find_candidates
from data.sources.source_report import OddFile, most_frequent, summary, to_csv
from data.store.preparation import Prepared
from data.store.split import DataError, Split, fingerprint

INPUT_SHAPE = (150, 150, 3)
CLASSES = ("cat", "dog")
SIZES = {"training": 2_000, "validation": 1_000, "test": 1_000}
IMAGES = range(8, 4_001, 8)  # half of each class in each split, and splits of 2:1:1
SEED = 4

# The link of the course, which no longer works, and its successor at Microsoft. Neither has a published
# checksum. The zip's own CRC-32 of each file shows damage; the fingerprint of the prepared data is recorded
# in every run and shows a difference.
HOME = "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
PUBLISHED = ("kagglecatsanddogs_5340.zip", "kagglecatsanddogs_3367a.zip")

LAYOUTS = (
    "PetImages/Cat/N.jpg and PetImages/Dog/N.jpg, train/cat.N.jpg and train/dog.N.jpg, "
    "nor pictures in folders called cats and dogs"
)


def read(source: Path | None, downloads: Path, images: int | None = None) -> Prepared:
    """Return the splits, from the published archive, or from an archive or folder in one of its layouts.

    Args:
        source: archive or folder; None downloads it.
        downloads: folder for the download.
        images: one of IMAGES, for all splits together; None takes the largest.

    Raises:
        DataError: the data is not available, or has too few usable photographs.
    """
    images = images or IMAGES[-1]
    per_class = images // len(CLASSES)
    source = source or _fetch(downloads)
    with open_source(source) as files, tempfile.TemporaryFile(dir=downloads) as store:
        candidates, odd_files = find_candidates(files)
        if not candidates:
            raise DataError(_no_candidates(source, [file.name for file in files], odd_files))

        def enough(groups: Groups) -> bool:
            return (
                images < IMAGES[-1] and min(map(len, unique_pictures(groups, len(CLASSES))[0])) >= per_class
            )

        groups, broken = decode_candidates(
            sorted(candidates, key=_seeded_rank), INPUT_SHAPE[:2], store, enough
        )
        positions, duplicates = unique_pictures(groups, len(CLASSES))
        odd_files += broken + duplicates
        _print_counts(source, sum(not file.name.endswith("/") for file in files), positions, odd_files)
        chosen = _choose(positions, per_class, source, most_frequent(odd_files, except_for=NEITHER))
        return _splits(store, len(groups), chosen, to_csv(odd_files))


def _seeded_rank(candidate: Candidate) -> tuple[str, str]:
    """Return a photograph's key in the seeded order; it does not depend on the others. Names decide ties."""
    identity = f"{SEED} {CLASSES[candidate.label]} {candidate.number}"
    return hashlib.sha256(identity.encode()).hexdigest(), candidate.file.name


def _choose(positions: list[list[int]], per_class: int, source: Path, trouble: str) -> np.ndarray:
    """Return the first of each class: positions (per_class, classes). Raises DataError if too few."""
    fewest = min(map(len, positions))
    if fewest >= per_class:
        return np.array([of_class[:per_class] for of_class in positions]).T
    usable = " and ".join(
        f"{len(of_class):,} usable {name}s" for of_class, name in zip(positions, CLASSES, strict=True)
    )
    possible = fewest * len(CLASSES) // IMAGES.step * IMAGES.step
    raise DataError(
        f"{source} has {usable}, but {per_class:,} of each are needed"
        + (f". Most of the files that are left out: {trouble}" if trouble else "")
        + (f". For a smaller set, add --images {possible}" if possible else "")
    )


def _splits(store: IO[bytes], stored: int, chosen: np.ndarray, report: str) -> Prepared:
    """Divide the chosen photographs: of every four, two are training, one validation and one test.

    So each split of a smaller set is a subset of the same split of a larger one, unless one of its pictures
    is later found in both classes.
    """
    pictures = np.memmap(store, np.uint8, "r", shape=(stored, *INPUT_SHAPE))

    def split(*ranks: int) -> Split:
        positions = chosen[np.isin(np.arange(len(chosen)) % 4, ranks)]
        labels = np.tile(np.arange(len(CLASSES)), len(positions))
        return Split(np.asarray(pictures[positions.ravel()]), labels)

    splits = split(0, 1), split(2), split(3)
    arrays = [array for part in splits for array in (part.images, part.labels)]
    return Prepared(*splits, fingerprint(*arrays), report)


def _print_counts(source: Path, files: int, positions: list[list[int]], odd_files: list[OddFile]) -> None:
    usable = ", ".join(
        f"{len(of_class):,} {name}s" for of_class, name in zip(positions, CLASSES, strict=True)
    )
    print(f"{source}: {files:,} files, usable: {usable}", *summary(odd_files), sep="\n", file=sys.stderr)


def _no_candidates(source: Path, names: list[str], odd_files: list[OddFile]) -> str:
    if any(name.endswith("train.zip") for name in names):
        return f"{source} contains a train.zip: extract that file, and use it as --source"
    if trouble := most_frequent(odd_files, except_for=NEITHER):
        return f"{source} has no usable cat or dog. Most of the files that are left out: {trouble}"
    return f"{source} contains neither {LAYOUTS}"


def _fetch(downloads: Path) -> Path:
    """Download the published archive, the newer one first. Raises DataError if neither is available."""
    failures = []
    for name in PUBLISHED:
        archive = downloads / name
        try:
            # Both are on one server: with 5 seconds for each, a failure takes 10 at most.
            download(HOME + name, archive, None, timeout=5.0)
        except OutOfReach as failure:
            failures.append(str(failure))
            continue
        try:
            with open_source(archive):
                return archive
        except DataError:
            archive.unlink()
            failures.append(f"{HOME}{name} is not a zip archive; it was removed")
    raise DataError(
        f"{'; '.join(failures)}. If you have an archive or folder of cats and dogs: "
        "python -m data cats_dogs --source PATH"
    )
