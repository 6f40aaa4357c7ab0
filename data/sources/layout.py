"""Find the pictures of each class by their names, in one of three layouts.

    PetImages/Cat/N.jpg, PetImages/Dog/N.jpg    as published by Microsoft
    train/cat.N.jpg, train/dog.N.jpg            as published by Kaggle
    cats/NAME.jpg, dogs/cat.N.jpg, dog.N.jpg    as others have arranged them

N is a number without leading zeros. These folders may lie inside of other folders, and PetImages and train
may be the source themselves. The third layout, with or without numbers, with or without capitals, and with
"cat" or "cats", is used only if no file fits the first two.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from data.sources.files import File
from data.sources.source_report import OddFile

PET_IMAGES = re.compile(r"(?:(?:.*/)?PetImages/)?(Cat|Dog)/([^/]+/?)", re.DOTALL)
TRAIN = re.compile(r"(?:(?:.*/)?train/)?(cat|dog)\.([^/]+/?)", re.DOTALL)
ARRANGED = re.compile(
    r"(?:.*/)?(?:(cat|dog)s?/(?:(?:cat|dog)s?[._ -]?)?([^/]+/?)|(cat|dog)s?[._ -]?([0-9]+\.[^/]+/?))",
    re.DOTALL | re.IGNORECASE,
)
NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})\.[A-Za-z0-9]+")
LABELS = {"cat": 0, "dog": 1}
NEITHER = "neither a cat nor a dog"


@dataclass(frozen=True)
class Candidate:
    """A file that may be a picture: the label of its class, and the number in its name, or the name."""

    file: File
    label: int
    number: int | str


def find_candidates(files: Iterable[File]) -> tuple[list[Candidate], list[OddFile]]:
    """Return the candidates of the layout in use, and the other files, each with the reason."""
    files = list(files)
    fitting = (one for one in (PET_IMAGES, TRAIN) if any(_candidate(file, one) for file in files))
    layout = next(fitting, ARRANGED)
    candidates, odd = [], []
    for file in files:
        if candidate := _candidate(file, layout):
            candidates.append(candidate)
        elif reason := _reason(file, layout):
            odd.append(OddFile(file.name, reason))
    return candidates, odd


def _candidate(file: File, layout: re.Pattern[str]) -> Candidate | None:
    match = layout.fullmatch(file.name)
    if match is None or file.problem:
        return None
    of_class, name = (part for part in match.groups() if part is not None)
    label = LABELS[of_class.lower()]
    if number := NUMBER.fullmatch(name):
        return Candidate(file, label, int(number[1]))
    unnumbered = layout is ARRANGED and not name.endswith("/") and not _needless(file.name)
    return Candidate(file, label, name) if unnumbered else None


def _needless(name: str) -> str:
    last = name.rstrip("/").rpartition("/")[2]
    if last.startswith("."):
        return "hidden"
    return "Windows thumbnails" if last.lower() == "thumbs.db" else ""


def _reason(file: File, layout: re.Pattern[str]) -> str:
    """Return why a file is not a candidate; empty for a folder that contains the pictures."""
    if reason := file.problem or _needless(file.name):
        return reason
    if file.name.endswith("/"):
        return "folder" if layout.fullmatch(file.name) else ""
    return "name without a number" if layout.fullmatch(file.name) else NEITHER
