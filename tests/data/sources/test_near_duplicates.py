"""Near duplicates: planted copies of real photographs are found, and photographs that differ are not."""

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from data.sources.near_duplicates import difference_hashes, grey_cells, near_duplicates
from tests.conftest import ROOT
from tests.data.pets import blocks

PHOTOGRAPHS = ROOT.parent / "shared/assets/PetImages.zip"
COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "encoded again": lambda picture: Image.open(io.BytesIO(_jpeg(picture, 60))),
    "resized": lambda picture: picture.resize((picture.width * 7 // 10, picture.height * 7 // 10)),
    "mirrored": ImageOps.mirror,
}


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def groups(pictures: list[Image.Image]) -> np.ndarray:
    pixels = [np.asarray(picture.convert("RGB").resize((96, 96))) for picture in pictures]
    hashes = np.array([difference_hashes(each) for each in pixels], np.uint64)
    return near_duplicates(hashes, np.stack([grey_cells(each) for each in pixels]))


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_found_and_other_pictures_are_not(kind: str) -> None:
    pictures = [blocks(number, width=200, height=150) for number in range(30)]
    found = groups([*pictures, *(COPIES[kind](picture) for picture in pictures[:5])])
    assert found[30:].tolist() == found[:5].tolist()
    assert len(set(found)) == 30


def test_pictures_without_edges_are_compared_by_brightness() -> None:
    plain = [Image.new("RGB", (50, 50), (grey, grey, grey)) for grey in (0, 4, 200)]
    first, second, third = groups(plain)
    assert first == second != third


def test_there_may_be_none() -> None:
    assert near_duplicates(np.zeros((0, 2), np.uint64), np.zeros((0, 16, 16), np.uint8)).tolist() == []


@pytest.mark.slow
@pytest.mark.skipif(not PHOTOGRAPHS.exists(), reason="needs shared/assets/PetImages.zip")
def test_planted_copies_among_4000_photographs() -> None:
    """All of 200 copies of each kind, and no pair but the two that were there before."""
    with zipfile.ZipFile(PHOTOGRAPHS) as archive:
        names = [f"PetImages/{name}/{n}.jpg" for n in range(2_000) for name in ("Cat", "Dog")]
        pictures = [Image.open(io.BytesIO(archive.read(name))) for name in names]
        chosen = np.random.default_rng(0).choice(len(pictures), 200, replace=False)
        for copy in COPIES.values():
            copies = [copy(pictures[position].convert("RGB")) for position in chosen]
            found = groups([*pictures, *(Image.open(io.BytesIO(_jpeg(each, 90))) for each in copies)])
            assert (found[len(pictures) :] == found[chosen]).sum() == 200
            assert len(set(found)) == len(pictures) - 2, "two photographs are in the published set twice"
