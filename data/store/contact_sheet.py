"""A contact sheet: some images of each class of a split, one class a row, to see what a model sees."""

from pathlib import Path

import numpy as np

from data.store.split import Split

LABEL_WIDTH = 90  # pixels
MOST_CLASSES = 50  # rows of a sheet
MINIMUM_WIDTH = 64  # pixels; smaller images are enlarged by a whole number, without smoothing


def contact_sheet(split: Split, classes: tuple[str, ...], path: Path, per_class: int = 10) -> None:
    """Write a PNG with the first `per_class` images of the first MOST_CLASSES classes, after their names.

    Raises OSError.
    """
    from PIL import Image, ImageDraw

    classes = classes[:MOST_CLASSES]
    height, width = split.images.shape[1:3]
    scale = max(1, -(-MINIMUM_WIDTH // width))
    cell = np.array([width, height]) * scale + 2
    sheet = Image.new("RGB", (LABEL_WIDTH + int(cell[0]) * per_class, int(cell[1]) * len(classes)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, name in enumerate(classes):
        draw.text((6, (row + 0.5) * cell[1]), name, fill="black", anchor="lm")
        for column, position in enumerate(np.flatnonzero(split.labels == row)[:per_class]):
            picture = Image.fromarray(np.asarray(split.images[position])).resize(
                (width * scale, height * scale), Image.Resampling.NEAREST
            )
            sheet.paste(picture, (LABEL_WIDTH + int(cell[0]) * column + 1, int(cell[1]) * row + 1))
    sheet.save(path, format="PNG")
