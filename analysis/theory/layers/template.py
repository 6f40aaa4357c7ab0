"""Question 4: a filter is a template, and its map says where the image looks like it.

The template is cut out of a photograph, so the place where it must be found is known.
"""

from typing import Any

import keras
import numpy as np
from keras import layers
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from analysis.document.document import picture
from analysis.figures.style import TEXT, VERMILION, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.material import Material
from search.training.batches import scaled

Array = NDArray[np.float32]
CORNER, SIZE = (49, 50), 16  # upper left corner (row, column) and width of the template


def filtered(image: Array, kernel: Array) -> Array:
    """Return the map of one filter without padding, from a Keras convolution.

    Args:
        image: (height, width, channels).
        kernel: (size, size, channels).

    Returns:
        (height − size + 1, width − size + 1).
    """
    layer = layers.Conv2D(1, kernel.shape[0], use_bias=False)
    layer.build((None, *image.shape))
    layer.set_weights([kernel[..., None]])
    return np.asarray(keras.ops.convert_to_numpy(layer(image[None])))[0, ..., 0]


def correlation(image: Array, template: Array) -> Array:
    """Return the normalized cross-correlation of a template with an image, in [−1, 1].

    Each window is compared after its mean is subtracted and its length is set to 1, so neither brightness nor
    contrast matters (Lewis 1995, Fast normalized cross-correlation). All of it is convolutions.

    Args:
        image: (height, width, channels).
        template: (size, size, channels).

    Returns:
        (height − size + 1, width − size + 1).
    """
    image = image - image.mean(dtype=np.float64).astype(np.float32)  # against cancellation in the variance
    centred = template - template.mean()
    ones = np.ones_like(template)
    total, squares = filtered(image, ones), filtered(image**2, ones)
    length = np.sqrt(np.maximum(squares - total**2 / template.size, 1e-3))
    return filtered(image, centred) / (length * np.linalg.norm(centred))


def best_position(scores: Array) -> tuple[int, int]:
    """Return row and column of the largest value of a map."""
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(row), int(column)


def demonstrate(material: Material) -> Demonstration:
    """Look for the eye of a cat in its photograph, with the plain and the normalized filter."""
    photograph = material.photograph
    image = scaled(photograph)
    top, left = CORNER
    template = image[top : top + SIZE, left : left + SIZE]
    plain, normalized = filtered(image, template), correlation(image, template)
    elsewhere = normalized.copy()
    elsewhere[max(0, top - SIZE // 2) : top + SIZE // 2, max(0, left - SIZE // 2) : left + SIZE // 2] = -1
    found = best_position(plain)
    return Demonstration(
        {
            "figure": picture(
                "template-matching",
                figure(photograph, template, plain, normalized),
                "The box on the photograph is the template; the boxes on the maps mark their largest "
                "values. See that the plain map is brightest on the white parts, and the normalized one "
                "at the eye.",
            )
        },
        {
            "size": f"{SIZE}×{SIZE}",
            "distance": f"{np.hypot(found[0] - top, found[1] - left):.0f}",
            "top": f"{normalized.max():.2f}",
            "second": f"{elsewhere.max():.2f}",
        },
    )


def figure(photograph: NDArray[Any], template: Array, plain: Array, normalized: Array) -> Figure:
    """Draw a photograph, a template, and its plain and normalized maps.

    Args:
        photograph: (height, width, 3) uint8.
        template: (size, size, 3) float32 in [0, 1], cut out at CORNER.
        plain: map of the template as a filter.
        normalized: map of `correlation`.
    """
    fig = new_figure(
        "A template and its maps: where does the photograph look like the cat’s eye?",
        "Brighter: larger. A pixel of a map belongs to the window whose upper left corner it is.",
        height=3.1,
    )
    panels = fig.subplots(1, 4, width_ratios=(1, 0.4, 1, 1))
    titles = ("the photograph", "the template", "template as the filter", "normalized")
    pictures = (photograph, template, plain, normalized)
    for panel, title, shown in zip(panels, titles, pictures, strict=True):
        panel.imshow(shown, cmap="viridis")
        panel.set(xticks=[], yticks=[])
        panel.set_title(title, fontsize=TEXT)
    mark(panels[0], CORNER, SIZE)
    for panel, scores in zip(panels[2:], (plain, normalized), strict=True):
        row, column = best_position(scores)
        mark(panel, (row - 4, column - 4), 8)
    return fig


def mark(axes: Axes, corner: tuple[int, int], size: int) -> None:
    """Draw a box at an upper left corner (row, column)."""
    axes.add_patch(
        Rectangle((corner[1], corner[0]), size, size, fill=False, edgecolor=VERMILION, linewidth=2)
    )
