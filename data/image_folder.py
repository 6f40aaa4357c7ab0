"""Pictures of a user's own: a folder, a zip or a tar archive with one folder for each class.

    python -m data ./flowers [--pixels N] [--fit stretch|crop|pad] [--show]
    python -m search cifar_residual --dataset ./flowers

Layout (data/sources/class_folders.py): one folder a class, with pictures at any depth below it, or the same
inside of folders `train`, `val` and `test`, whose splits are then kept.

Size: pictures become squares. Their side is the largest of SIDES that is not above the median of the
shorter sides, 32 at least; `--pixels` overrides it. The time of a search grows with the square of the side.

Splits: 70 % training, 15 % validation and 15 % test of each class, by a rule that depends on the content of
the pictures alone. Of several files with the same pixels one is used; none if they are in several classes.
Near duplicates (data/sources/near_duplicates.py) are kept in one split: no test picture is trained on.

What is prepared lies in the cache as FOLDER-DIGEST, and stays as it is when the folder changes: a changed
folder is another dataset, with another digest.
"""

import hashlib
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from data.sources.class_folders import Candidate, find_candidates
from data.sources.files import Unusable
from data.sources.fitting import shorter_side
from data.sources.own_pictures import Pictures as Decoded
from data.sources.own_pictures import Selection, decode_pictures, select
from data.sources.source_report import OddFile, escaped, summary, to_csv
from data.sources.tar_files import open_pictures
from data.store import folder_index
from data.store.dataset import SPLITS, Dataset, cache, load, names, own_names
from data.store.description import FITS, Fit, Origin, Pictures
from data.store.folder_index import Copy
from data.store.lock import locked
from data.store.preparation import Prepared, publish, tell_waiting
from data.store.split import DataError, Split, fingerprint
from data.terminal.arguments import nearest, shortened

SIDES = (32, 48, 64, 96)
PIXELS = range(16, 513)  # what --pixels may be
SAMPLE = 1_000  # pictures whose size decides
MAX_FILES = 1_000_000
CHUNK = 1_000  # pictures that are copied at a time
STRONG = 3  # times as many pictures in the largest class as in the smallest: worth a remark
VERSION = 1  # of these rules: part of the digest


def find(dataset: str) -> str:
    """Return the name of a dataset: of this package, of a prepared copy, or of a folder or archive.

    A folder or archive is prepared first, if it is not yet, as the copy of it that was used last.

    Raises:
        DataError: there is none; the message lists the names. Or it cannot be prepared.
    """
    if dataset in [*names(), *own_names()]:
        return dataset
    if not is_known(dataset):
        raise DataError(unknown(dataset))
    return prepare(Path(dataset)).name


def is_known(dataset: str) -> bool:
    """Return whether there is a dataset, a prepared copy, or a folder or file of this name."""
    try:
        return dataset in [*names(), *own_names()] or Path(dataset).exists()
    except (OSError, ValueError):  # too long for a path, or with a character that none has
        return False


def unknown(dataset: str) -> str:
    """Return the message for what is neither a dataset nor a folder."""
    choices = [*names(), *own_names()]
    match = nearest(dataset, choices)
    hint = f". Did you mean {match}?" if match else ""
    return (
        f"no dataset {shortened(dataset)!r}; choose from: {', '.join(choices)}, or a folder of pictures{hint}"
    )


def prepare(source: Path, pixels: int | None = None, fit: str | None = None) -> Dataset:
    """Open the prepared copy of a folder or archive as it is now; prepare it first if there is none.

    Args:
        source: the folder, zip or tar.
        pixels: height and width of the prepared pictures, one of PIXELS; None: as in the copy that was used
            last, or else by the rule.
        fit: one of FITS; None: as in that copy, or else "stretch".

    Raises:
        DataError: it is no such source, has fewer than two classes with enough pictures, or cannot be read.
    """
    _check(pixels, fit)
    source = source.resolve()
    try:
        listing = folder_index.listing(source)
        if dataset := _prepared(source, listing, pixels, fit):
            return dataset
        lock = folder_index.lock_file(source)
        with locked(lock, on_wait=lambda: tell_waiting(str(source))):
            return _prepared(source, listing, pixels, fit) or _build(source, listing, pixels, fit)
    except OSError as error:
        raise DataError(f"cannot prepare {source} in {cache()}: {error}") from error


def _check(pixels: int | None, fit: str | None) -> None:
    if pixels is not None and pixels not in PIXELS:
        raise DataError(f"--pixels {pixels}: it is a whole number from {PIXELS[0]} to {PIXELS[-1]}")
    if fit is not None and fit not in FITS:
        raise DataError(f"--fit {fit}: it is one of {', '.join(FITS)}")


def _prepared(source: Path, listing: str, pixels: int | None, fit: str | None) -> Dataset | None:
    """Return the copy of a source that was used last, if it is as asked for, and the source is unchanged."""
    for copy in reversed(folder_index.copies(source)):
        if copy.listing == listing and pixels in (None, copy.pixels) and fit in (None, copy.fit):
            try:
                dataset = load(copy.name)
            except DataError:  # removed from the cache, or damaged
                continue
            folder_index.remember(source, copy)
            return dataset
    return None


def _build(source: Path, listing: str, pixels: int | None, fit: str | None) -> Dataset:
    how: Fit = next((known for known in FITS if known == fit), FITS[0])
    cache().mkdir(parents=True, exist_ok=True)
    with (
        open_pictures(source, MAX_FILES) as files,
        tempfile.TemporaryDirectory(dir=cache(), prefix=".pictures-") as scratch,
    ):
        found = find_candidates(files)
        side = pixels or _side(found.candidates)
        store = Path(scratch, "pictures")
        with store.open("wb") as stream:
            decoded = decode_pictures(found.candidates, side, how, stream)
        selection = select(decoded)
        odd = found.odd + decoded.odd + selection.odd
        empty = sorted(found.classes - {candidate.label for candidate in decoded.candidates})
        if len(selection.classes) < 2:
            raise DataError(_too_few(source, selection, empty, odd))
        origin = Origin(str(source), decoded.content(), side, how)
        prepared = _assembled(store, Path(scratch), decoded, selection, side, to_csv(odd))
        remarks = _remarks(decoded, selection, empty, origin)
        name = _name(source, origin)
        print("\n".join([f"{source}: {len(files):,} files and folders", *summary(odd)]), file=sys.stderr)
        publish(name, prepared, Pictures(selection.classes, (side, side, 3), origin, tuple(remarks)))
    folder_index.remember(source, Copy(name, listing, side, how))
    return load(name)


def _side(candidates: list[Candidate]) -> int:
    """Return the side of the prepared pictures by the rule of this file's docstring."""
    step = max(1, len(candidates) // SAMPLE)
    sides = [side for candidate in candidates[::step] if (side := _shorter_side(candidate))]
    median = float(np.median(sides)) if sides else 0
    return max((side for side in SIDES if side <= median), default=SIDES[0])


def _shorter_side(candidate: Candidate) -> int | None:
    try:
        return shorter_side(candidate.file.read())
    except Unusable:
        return None


def _assembled(
    store: Path, scratch: Path, decoded: Decoded, selection: Selection, side: int, report: str
) -> Prepared:
    """Return the splits, in files: they may be larger than the memory."""
    pixels = np.memmap(store, np.uint8, "r", shape=(len(decoded), side, side, 3))
    numbers = {label: number for number, label in enumerate(selection.classes)}
    splits = []
    for name in SPLITS:
        positions = np.array(selection.splits[name], np.int64)
        images = np.lib.format.open_memmap(
            scratch / f"{name}.npy", "w+", np.uint8, (len(positions), side, side, 3)
        )
        for start in range(0, len(positions), CHUNK):
            images[start : start + CHUNK] = pixels[positions[start : start + CHUNK]]
        labels = [numbers[decoded.candidates[position].label] for position in positions]
        splits.append(Split(images, np.array(labels, np.int64)))
    arrays = [array for split in splits for array in (split.images, split.labels)]
    training, validation, test = splits
    return Prepared(training, validation, test, fingerprint(*arrays), report)


def _name(source: Path, origin: Origin) -> str:
    """Return FOLDER-DIGEST."""
    stem = source.name if source.is_dir() else source.name.partition(".")[0]
    label = re.sub(r"[^A-Za-z0-9_]+", "_", stem).strip("_")[:40] or "pictures"
    key = f"{VERSION} {origin.content} {origin.pixels} {origin.fit}"
    return f"{label}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _remarks(decoded: Decoded, selection: Selection, empty: list[str], origin: Origin) -> list[str]:
    """Return what the user is told of the pictures, a line each."""
    kept = [position for positions in selection.splits.values() for position in positions]
    counts = Counter(decoded.candidates[position].label for position in kept)
    sizes = np.array([decoded.sizes[position] for position in kept])
    low, middle, high = (
        f"{width:.0f}x{height:.0f}"
        for width, height in (sizes.min(axis=0), np.median(sizes, axis=0), sizes.max(axis=0))
    )
    lines = [
        f"pictures     {', '.join(f'{escaped(name)} {count:,}' for name, count in counts.most_common(20))}"
        + (f" and {len(counts) - 20:,} more classes" if len(counts) > 20 else ""),
        f"sizes        {low} to {high}, median {middle} (width x height); prepared as {origin.pixels}x"
        f"{origin.pixels}, {origin.fit}",
    ]
    largest, smallest = max(counts.values()), min(counts.values())
    if largest >= STRONG * smallest:
        lines.append(
            f"imbalance    the largest class has {largest / smallest:.0f} times the pictures of the "
            "smallest; accuracy counts mostly the large classes; with --objective "
            "balanced_accuracy every class counts the same"
        )
    if selection.near:
        lines.append(f"near copies  {selection.near:,} groups of near duplicates, each kept in one split")
    if selection.small:
        lines.append(f"left out     classes with fewer than 3 distinct pictures: {_listed(selection.small)}")
    if empty:
        lines.append(f"left out     classes without a picture: {_listed(empty)}")
    return lines


def _listed(names: list[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")


def _too_few(source: Path, selection: Selection, empty: list[str], odd: list[OddFile]) -> str:
    few = (
        f" Classes with fewer than 3 distinct pictures: {_listed(selection.small)}."
        if selection.small
        else ""
    )
    none = f" Classes without a picture: {_listed(empty)}." if empty else ""
    others = "; ".join(line.replace("     ", ": ", 1) for line in summary(odd)[:1])
    return (
        f"{source} has {len(selection.classes)} class with enough pictures, and at least 2 are needed, one "
        f"folder for each.{few}{none} Files {others}"
    )
