"""A picture of what augmentation does to one image: what the training sees of it in 24 epochs."""

from pathlib import Path

import numpy as np

from models.parts.augmentation import Images, augment

COLUMNS, ROWS = 6, 4
SMALLEST = 96  # pixels an image is wide at least, enlarged without smoothing


def augmentations(image: Images, path: Path, seed: int, **strengths: bool | int) -> None:
    """Write a PNG with 24 augmentations of an image, (height, width, 3) uint8, in rows of 6.

    Raises:
        OSError: the file cannot be written.
    """
    from PIL import Image

    many = np.repeat(image[None], COLUMNS * ROWS, axis=0)
    drawn = augment(many, np.random.default_rng(seed), **strengths)  # type: ignore[arg-type]
    height, width = image.shape[:2]
    scale = max(1, -(-SMALLEST // width))
    sheet = Image.new("RGB", ((width * scale + 2) * COLUMNS, (height * scale + 2) * ROWS), "white")
    for position, each in enumerate(drawn):
        large = Image.fromarray(each).resize((width * scale, height * scale), Image.Resampling.NEAREST)
        row, column = divmod(position, COLUMNS)
        sheet.paste(large, (column * (width * scale + 2) + 1, row * (height * scale + 2) + 1))
    sheet.save(path, format="PNG")
