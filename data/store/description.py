"""What is written down beside prepared data: description.json, with a format number."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, TypedDict

import msgspec

from data.store.split import DataError

FILE = "description.json"
FORMAT = 1  # the newest that this version writes and reads; files without a number are of format 1

Count = Annotated[int, msgspec.Meta(ge=0)]


class LaterFormat(DataError):
    """Prepared data of a later version of this program: not damaged, but not readable here."""


class Sizes(TypedDict):
    """Images in each split."""

    training: Count
    validation: Count
    test: Count


@dataclass(frozen=True)
class Description:
    """Prepared data, described: SHA-256 of the data in hexadecimal, and images in each split."""

    fingerprint: str
    sizes: Sizes
    format: int = FORMAT


def write_description(folder: Path, fingerprint: str, sizes: Sizes) -> None:
    """Describe the prepared data in a folder. Raises OSError."""
    fields = asdict(Description(fingerprint, sizes))
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
        number = fields.get("format", FORMAT) if isinstance(fields, dict) else FORMAT
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
