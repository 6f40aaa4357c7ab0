"""Many small pictures in one array, side by side: drawn as one image, where an axis each would be slow."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def mosaic(pictures: Array, columns: int) -> Array:
    """Lay pictures out in rows, from left to right.

    Args:
        pictures: (n, height, width) or (n, height, width, 3) float32.
        columns: pictures a row.

    Returns:
        (rows × (height + gap) − gap, columns × (width + gap) − gap), and 3 if given. The gaps between
        pictures and the places left over are NaN, which Matplotlib leaves blank.
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
