"""The picture of augmentations: 24 tiles, each what training would see."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.parts.augmentation import augment
from models.parts.augmentation_sheet import write_augmentation_sheet

IMAGE = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
PARAMS = {"flip": True, "shift": 4, "cutout": 8}


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_the_tiles_are_the_augmentations_enlarged_without_smoothing(tmp_path: Path) -> None:
    write_augmentation_sheet(IMAGE, tmp_path / "sheet.png", 7, **PARAMS)
    sheet = pixels(tmp_path / "sheet.png")
    assert sheet.shape == (4 * 98, 6 * 98, 3), "32 pixels, enlarged three times, and a gap on both sides"
    augmented = augment(np.repeat(IMAGE[None], 24, axis=0), np.random.default_rng(7), **PARAMS)
    for index, expected in enumerate(augmented):
        row, column = divmod(index, 6)
        tile = sheet[row * 98 : (row + 1) * 98, column * 98 : (column + 1) * 98]
        assert (tile[1:-1, 1:-1] == expected.repeat(3, axis=0).repeat(3, axis=1)).all()
        assert (tile[0] == 255).all() and (tile[:, 0] == 255).all()


def test_a_wide_image_keeps_its_size(tmp_path: Path) -> None:
    write_augmentation_sheet(np.zeros((60, 150, 3), np.uint8), tmp_path / "sheet.png", 0, flip=False)
    assert pixels(tmp_path / "sheet.png").shape == (4 * 62, 6 * 152, 3)


def test_the_seed_decides_the_picture(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_augmentation_sheet(IMAGE, tmp_path / name, seed, **PARAMS)
    first, same, other = (tmp_path.joinpath(name).read_bytes() for name in "abc")
    assert first == same != other


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_augmentation_sheet(IMAGE, tmp_path / "missing" / "sheet.png", 0, **PARAMS)
