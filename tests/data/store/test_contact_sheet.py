"""A contact sheet shows the first images of each class, one class a row."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data import Split
from data.store.contact_sheet import LABEL_WIDTH, contact_sheet

# One colour for each image, and two classes that take turns.
COLOURS = np.array([(200, 0, n) for n in range(6)], np.uint8)


def split(pixels: int) -> Split:
    images = np.broadcast_to(COLOURS[:, None, None], (6, pixels, pixels, 3))
    return Split(images, np.arange(6) % 2)


@pytest.mark.parametrize(("pixels", "shown"), [(32, 64), (60, 120), (64, 64), (150, 150)])
def test_each_class_has_a_row_of_its_first_images(tmp_path: Path, pixels: int, shown: int) -> None:
    contact_sheet(split(pixels), ("cat", "dog"), tmp_path / "sheet.png", per_class=2)
    cell = shown + 2
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (LABEL_WIDTH + 2 * cell, 2 * cell)
        for row in range(2):
            for column in range(2):
                centre = (LABEL_WIDTH + cell * column + cell // 2, cell * row + cell // 2)
                assert sheet.getpixel(centre) == tuple(COLOURS[row + 2 * column])


def test_the_class_name_is_written_before_its_row(tmp_path: Path) -> None:
    contact_sheet(split(64), ("cat", ""), tmp_path / "sheet.png", per_class=2)
    with Image.open(tmp_path / "sheet.png") as sheet:
        names = np.asarray(sheet)[:, :LABEL_WIDTH]
    assert (names[:66] < 128).any() and (names[66:] == 255).all()


def test_fewer_images_than_asked_for_leave_white_space(tmp_path: Path) -> None:
    contact_sheet(split(64), ("cat", "dog"), tmp_path / "sheet.png", per_class=5)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.getpixel((LABEL_WIDTH + 66 * 4, 33)) == (255, 255, 255)


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        contact_sheet(split(32), ("cat", "dog"), tmp_path / "missing" / "sheet.png")
