"""What is written down beside prepared data: description.json, with a format number.

1. Fingerprint and sizes; files without a number are of this format. Datasets of this package still have it.
2. Pictures of a user's own: classes, shape and origin, too.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal, TypedDict, get_args

import msgspec

from data.store.split import DataError

FILE = "description.json"
FORMAT = 2  # the newest that this version reads

Fit = Literal["stretch", "crop", "pad"]  # how pictures become squares: data/sources/fitting.py
FITS: tuple[Fit, ...] = get_args(Fit)

Count = Annotated[int, msgspec.Meta(ge=0)]


class LaterFormat(DataError):
    """Prepared data of a later version of this program: not damaged, but not readable here."""


class Sizes(TypedDict):
    """Images in each split."""

    training: Count
    validation: Count
    test: Count


@dataclass(frozen=True)
class Origin:
    """Where pictures of a user's own came from, and how they were prepared.

    Attributes:
        path: of the folder or archive, absolute.
        content: SHA-256 over the names and the bytes of its pictures, in hexadecimal.
        pixels: height and width of the prepared pictures.
        fit: how they were fitted into the square.
    """

    path: str
    content: str
    pixels: int
    fit: Fit


@dataclass(frozen=True)
class Pictures:
    """What a dataset's module says of other datasets.

    Attributes:
        classes: names of the labels 0, 1, ...
        input_shape: (height, width, 3).
        origin: of the pictures.
        remarks: lines for the user about the source, such as its class imbalance.
    """

    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]
    origin: Origin
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Description:
    """Prepared data, described.

    Attributes:
        fingerprint: SHA-256 of the data in hexadecimal.
        sizes: images in each split.
        pictures: of pictures of a user's own; None for a dataset of this package.
        format: of the file.
    """

    fingerprint: str
    sizes: Sizes
    pictures: Pictures | None = None
    format: int = 1


def write_description(folder: Path, fingerprint: str, sizes: Sizes, pictures: Pictures | None = None) -> None:
    """Describe the prepared data in a folder. Raises OSError."""
    fields = asdict(Description(fingerprint, sizes, pictures, FORMAT))
    if pictures is None:  # format 1, which earlier versions read, too
        fields = {"fingerprint": fingerprint, "sizes": sizes, "format": 1}
    (folder / FILE).write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")


def read_description(folder: Path) -> Description:
    """Return the description of prepared data.

    Raises:
        FileNotFoundError: there is none.
        LaterFormat: a later version of this program wrote it.
        DataError: it is damaged.
    """
    try:
        fields = json.loads((folder / FILE).read_text(encoding="utf-8"))
        number = fields.get("format", 1) if isinstance(fields, dict) else 1
        if type(number) is int and number > FORMAT:
            raise LaterFormat(
                f"{folder} was made by a later version of this program (format {number}; this version reads "
                f"up to {FORMAT}). Update the program, or remove that folder and prepare the data again"
            )
        return msgspec.convert(fields, Description)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
        raise damaged(folder, str(error)) from error


def damaged(folder: Path, reason: str) -> DataError:
    """Return the error for prepared data that cannot be used, with the command that prepares it again."""
    return DataError(f"{folder} is damaged ({reason}). Prepare it again with: python -m data {folder.name}")
