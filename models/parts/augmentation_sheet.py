"""A picture of what augmentation does: one image as training sees it in 24 epochs."""

from pathlib import Path

import numpy as np

from models.parts.augmentation import Images, augment

COLUMNS, ROWS = 6, 4
MIN_WIDTH = 96  # pixels; a narrower image is enlarged by a whole factor, without smoothing
GAP = 1  # white pixels on each side of an image


def write_augmentation_sheet(image: Images, path: Path, seed: int, **params: float) -> None:
    """Write a PNG file with 24 augmentations of an image, in 4 rows of 6.

    Args:
        image: (height, width, 3) uint8.
        path: the file, overwritten if it exists.
        seed: of the augmentations.
        params: keyword arguments of `augment`.

    Raises:
        OSError: the file cannot be written.
    """
    from PIL import Image

    copies = np.repeat(image[None], COLUMNS * ROWS, axis=0)
    augmented = augment(copies, np.random.default_rng(seed), **params)  # type: ignore[arg-type]
    height, width = image.shape[:2]
    scale = max(1, -(-MIN_WIDTH // width))
    tile_width, tile_height = width * scale + 2 * GAP, height * scale + 2 * GAP
    sheet = Image.new("RGB", (tile_width * COLUMNS, tile_height * ROWS), "white")
    for position, picture in enumerate(augmented):
        enlarged = Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.NEAREST)
        row, column = divmod(position, COLUMNS)
        sheet.paste(enlarged, (column * tile_width + GAP, row * tile_height + GAP))
    sheet.save(path, format="PNG")
