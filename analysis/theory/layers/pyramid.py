"""Question 5: one fixed window over a pyramid of shrinking copies sees small and large things."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from analysis.document.document import picture
from analysis.figures.style import TEXT, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.layers.template import best_position, correlation, mark
from analysis.theory.material import Material
from search.training.batches import scaled

Array = NDArray[np.float32]
LEVELS = 4
SCALE = 1 / np.sqrt(2)  # width of each level compared with the one before
WINDOW, CORNER = 32, (14, 18)  # the window cuts the face out of the level of half the width


def pyramid(image: NDArray[Any], levels: int = LEVELS, scale: float = SCALE) -> list[NDArray[Any]]:
    """Return an image and smaller copies of it.

    Args:
        image: (height, width, 3) uint8.
        levels: number of images, the first included.
        scale: width of a level compared with the one before, below 1.

    Returns:
        uint8 images. The pixels that are averaged into one are not left out, so nothing is aliased (Pillow's
        box filter).
    """
    height, width = image.shape[:2]
    sizes = [(round(width * scale**level), round(height * scale**level)) for level in range(levels)]
    whole = Image.fromarray(image)
    return [np.asarray(whole.resize(size, Image.Resampling.BOX, reducing_gap=None)) for size in sizes]


def demonstrate(material: Material) -> Demonstration:
    """Look with one window for a face that is too large for it, in each level of a pyramid."""
    levels = pyramid(material.photograph)
    shares = [scaled(level) for level in levels]
    top, left = CORNER
    template = shares[2][top : top + WINDOW, left : left + WINDOW]
    maps = [correlation(level, template) for level in shares]
    pixels = [level.shape[0] * level.shape[1] for level in levels]
    numbers = {f"level{number}": f"{scores.max():.2f}" for number, scores in enumerate(maps, start=1)}
    return Demonstration(
        {
            "figure": picture(
                "pyramid",
                figure(levels, maps),
                "The box has the same number of pixels in every level. See that it holds the face in the "
                "third, from the forehead to the mouth, and something else in the first two.",
            )
        },
        {
            **numbers,
            "window": f"{WINDOW}×{WINDOW}",
            "first": f"{100 * WINDOW**2 / pixels[0]:.0f}",
            "last": f"{100 * WINDOW**2 / pixels[-1]:.0f}",
            "work": f"{sum(pixels) / pixels[0]:.1f}",
        },
    )


def figure(levels: list[NDArray[Any]], maps: list[Array]) -> Figure:
    """Draw the levels on one scale, each with the window where its map is largest.

    Args:
        levels: images, from large to small.
        maps: normalized correlation of the template in each level.
    """
    fig = new_figure(
        "The same window in smaller and smaller copies of one photograph",
        "All levels are drawn with pixels of one size. The box is where the level is most similar to the "
        "face as the third level shows it; above: that similarity, 1 at most.",
        height=4.3,
    )
    axes = fig.subplots()
    left, bottom = 0, levels[0].shape[0]
    for level, scores in zip(levels, maps, strict=True):
        height, width = level.shape[:2]
        axes.imshow(level, extent=(left, left + width, bottom, bottom - height))
        row, column = best_position(scores)
        mark(axes, (bottom - height + row, left + column), WINDOW)
        axes.text(left, bottom - height - 3, f"{width} × {height}: {scores.max():.2f}", fontsize=TEXT)
        left += width + 8
    axes.set(xlim=(-1, left), ylim=(bottom + 1, -14))
    axes.set_axis_off()
    return fig
