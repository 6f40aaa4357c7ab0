"""Which files of a source are pictures of which class, told by their names in one of two layouts.

    PetImages/Cat/N.jpg, PetImages/Dog/N.jpg    as Microsoft publishes it
    train/cat.N.jpg, train/dog.N.jpg            as Kaggle does

N is a number without leading zeros. Folders above are passed over, and PetImages and train may themselves
be the source.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from data.sources.files import File
from data.sources.odd_files import Odd

PET_IMAGES = re.compile(r"(?:(?:.*/)?PetImages/)?(Cat|Dog)/([^/]+/?)", re.DOTALL)
TRAIN = re.compile(r"(?:(?:.*/)?train/)?(cat|dog)\.([^/]+/?)", re.DOTALL)
NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})\.[A-Za-z0-9]+")
LABELS = {"cat": 0, "dog": 1}


@dataclass(frozen=True)
class Candidate:
    """A file that may be a picture: its class's label, and the number that it has for a name."""

    file: File
    label: int
    number: int


def find(files: Iterable[File]) -> tuple[list[Candidate], list[Odd]]:
    """The candidates, in the layout that there is, and the files that are none, each with the reason."""
    files = list(files)
    layout = PET_IMAGES if any(_candidate(file, PET_IMAGES) for file in files) else TRAIN
    candidates, odd = [], []
    for file in files:
        if candidate := _candidate(file, layout):
            candidates.append(candidate)
        elif reason := _reason(file, layout):
            odd.append(Odd(file.name, reason))
    return candidates, odd


def _candidate(file: File, layout: re.Pattern[str]) -> Candidate | None:
    named = layout.fullmatch(file.name)
    number = NUMBER.fullmatch(named[2]) if named else None
    if named is None or number is None or file.problem:
        return None
    return Candidate(file, LABELS[named[1].lower()], int(number[1]))


def _reason(file: File, layout: re.Pattern[str]) -> str:
    """Why a file is no candidate; empty for a folder that is only on the way to the pictures."""
    last = file.name.rstrip("/").rpartition("/")[2]
    if file.problem:
        return file.problem
    if last.startswith("."):
        return "hidden"
    if last.lower() == "thumbs.db":
        return "thumbnails of Windows"
    if file.name.endswith("/"):
        return "folder" if layout.fullmatch(file.name) else ""
    return "name without a number" if layout.fullmatch(file.name) else "neither of Cat nor of Dog"
