"""Pictures of coloured blocks, and the files of a small set of them, as the real one is laid out."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from data import Split
from data.store.preparation import Prepared

PER_CLASS = 12  # pictures


def blocks(*seed: int, width: int = 60, height: int = 50) -> Image.Image:
    """An RGB picture of 6 by 5 random colours, another for each seed."""
    # Raw bits: numpy guarantees the same stream in all future versions.
    colours = (np.random.PCG64(seed).random_raw(90) >> 56).astype(np.uint8).reshape(5, 6, 3)
    return Image.fromarray(colours).resize((width, height), Image.Resampling.NEAREST)


def saved(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    if kind in ("JPEG", "MPO") and picture.mode == "RGB":
        options |= {"quality": 95, "subsampling": 0}
    picture.save(file, kind, **options)
    return file.getvalue()


def pictures(per_class: int = PER_CLASS, first: int = 0) -> dict[str, bytes]:
    """PetImages/Cat/N.jpg and PetImages/Dog/N.jpg, N from `first` on."""
    return {
        f"PetImages/{name}/{number}.jpg": saved(blocks(label, number))
        for label, name in enumerate(("Cat", "Dog"))
        for number in range(first, first + per_class)
    }


def write_zip(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tree(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def rows(prepared: Prepared) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(prepared.report.splitlines())][1:]


def images(*splits: Split) -> set[bytes]:
    return {image.tobytes() for split in splits for image in split.images}
