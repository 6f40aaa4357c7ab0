"""Find the pictures of each class by their names, in one of two layouts.

    PetImages/Cat/N.jpg, PetImages/Dog/N.jpg    as published by Microsoft
    train/cat.N.jpg, train/dog.N.jpg            as published by Kaggle

N is a number without leading zeros. These folders may lie inside of other folders, and PetImages and train
may be the source themselves.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from data.sources.files import File
from data.sources.source_report import OddFile

PET_IMAGES = re.compile(r"(?:(?:.*/)?PetImages/)?(Cat|Dog)/([^/]+/?)", re.DOTALL)
TRAIN = re.compile(r"(?:(?:.*/)?train/)?(cat|dog)\.([^/]+/?)", re.DOTALL)
NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})\.[A-Za-z0-9]+")
LABELS = {"cat": 0, "dog": 1}


@dataclass(frozen=True)
class Candidate:
    """A file that may be a picture: the label of its class, and the number in its name."""

    file: File
    label: int
    number: int


def find_candidates(files: Iterable[File]) -> tuple[list[Candidate], list[OddFile]]:
    """Return the candidates of the layout in use, and the other files, each with the reason."""
    files = list(files)
    layout = PET_IMAGES if any(_candidate(file, PET_IMAGES) for file in files) else TRAIN
    candidates, odd = [], []
    for file in files:
        if candidate := _candidate(file, layout):
            candidates.append(candidate)
        elif reason := _reason(file, layout):
            odd.append(OddFile(file.name, reason))
    return candidates, odd


def _candidate(file: File, layout: re.Pattern[str]) -> Candidate | None:
    match = layout.fullmatch(file.name)
    number = NUMBER.fullmatch(match[2]) if match else None
    if match is None or number is None or file.problem:
        return None
    return Candidate(file, LABELS[match[1].lower()], int(number[1]))


def _reason(file: File, layout: re.Pattern[str]) -> str:
    """Return why a file is not a candidate; empty for a folder that contains the pictures."""
    last = file.name.rstrip("/").rpartition("/")[2]
    if file.problem:
        return file.problem
    if last.startswith("."):
        return "hidden"
    if last.lower() == "thumbs.db":
        return "Windows thumbnails"
    if file.name.endswith("/"):
        return "folder" if layout.fullmatch(file.name) else ""
    return "name without a number" if layout.fullmatch(file.name) else "neither a cat nor a dog"
