"""Find the pictures of each class by their folders.

    rose/…  tulip/…                           one folder a class, pictures at any depth below it
    train/rose/…  val/rose/…  test/rose/…     the same inside of folders that name the splits

These may lie inside of other folders: a folder that holds everything is looked through.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from data.sources.files import File
from data.sources.source_report import OddFile, escaped
from data.store.dataset import SplitName

SPLIT_FOLDERS: dict[str, SplitName] = {
    "train": "training",
    "training": "training",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
NO_PICTURES = ("__MACOSX", "Thumbs.db", "desktop.ini")  # what systems leave behind


class Candidate(NamedTuple):
    """A file that may be a picture: its class, and the split that its folder names, or None."""

    file: File
    label: str
    split: SplitName | None


class Found(NamedTuple):
    """The candidates, the other files, and the names of the folders of classes, those without a file too."""

    candidates: list[Candidate]
    odd: list[OddFile]
    classes: set[str]


def find_candidates(files: Iterable[File]) -> Found:
    """Return the candidates of a source's files; each other file has its reason."""
    usable: list[tuple[File, Sequence[str]]] = []
    odd: list[OddFile] = []
    for file in files:
        parts: Sequence[str] = file.name.rstrip("/").split("/")
        if file.problem:
            odd.append(OddFile(file.name, file.problem))
        elif any(part.startswith(".") or part in NO_PICTURES for part in parts):
            odd.append(OddFile(file.name, "hidden"))
        else:
            usable.append((file, parts))
    paths = [parts for file, parts in usable if not file.name.endswith("/")]
    depth = _depth(paths)
    named = _names_splits(paths, depth)
    found = Found([], odd, set())
    for file, parts in usable:
        _sort(file, parts[depth:], named, found)
    return found


def _depth(paths: list[Sequence[str]]) -> int:
    """Return how many outer folders hold everything, but for files beside them."""
    depth = 0
    while True:
        deep = [parts for parts in paths if len(parts) > depth + 1]
        if len({parts[depth] for parts in deep}) != 1 or any(len(parts) == depth + 2 for parts in deep):
            return depth
        depth += 1


def _names_splits(paths: list[Sequence[str]], depth: int) -> bool:
    """Return whether the folders name splits, the training split among them."""
    folders = {parts[depth].lower() for parts in paths if len(parts) > depth + 1}
    splits = {SPLIT_FOLDERS.get(folder) for folder in folders}
    return "training" in splits and len(splits) > 1 and None not in splits


def _sort(file: File, parts: Sequence[str], named: bool, found: Found) -> None:
    """Add a file to the candidates or to the odd ones, and a folder to the classes."""
    split = SPLIT_FOLDERS[parts[0].lower()] if named and len(parts) > 1 else None
    below = parts[1:] if named else parts
    label = escaped(below[0]) if below else ""
    if file.name.endswith("/"):
        found.classes.update([label] if len(below) == 1 else [])
    elif len(below) < 2:
        found.odd.append(OddFile(file.name, "not in the folder of a class"))
    else:
        found.classes.add(label)
        found.candidates.append(Candidate(file, label, split))
