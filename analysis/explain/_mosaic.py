"""Many small pictures side by side in one array: one image draws faster than one axis for each picture."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def mosaic(pictures: Array, columns: int) -> Array:
    """Lay pictures out in rows, from left to right.

    Args:
        pictures: (n, height, width) or (n, height, width, 3) float32.
        columns: number of pictures in a row.

    Returns:
        (rows × (height + gap) − gap, columns × (width + gap) − gap), with a last axis of 3 for colour
        pictures. The gaps and the unused places are NaN, which Matplotlib leaves blank.
    """
    n, height, width, *colours = pictures.shape
    gap = max(1, round(width / 20))
    rows = -(-n // columns)
    sheet = np.full((rows * (height + gap), columns * (width + gap), *colours), np.nan, np.float32)
    for position, picture in enumerate(pictures):
        row, column = divmod(position, columns)
        top, left = row * (height + gap), column * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return sheet[:-gap, :-gap]
