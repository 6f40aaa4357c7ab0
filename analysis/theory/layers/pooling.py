"""Question 12: how much the maps of a network change when the image moves, before and after pooling."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.document.document import picture
from analysis.explain.graph import unfold
from analysis.figures.style import TEXT, VERMILION, light_frame, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.layers.probe import maps
from analysis.theory.material import Material

Array = NDArray[np.float32]
SHIFTS = (1, 2, 3, 4)  # pixels
POOLS = (1, 2, 4, 8)  # width of the pooled squares; 1: no pooling
DRAWN = 4  # width of the pooling whose maps are drawn
IMAGES, IMAGE = 200, 1  # validation images of the network, and the one that is drawn


def pooled(features: Array, width: int) -> Array:
    """Return the max pooling of maps over squares of this width, with the same stride."""
    return np.asarray(keras.ops.convert_to_numpy(keras.layers.MaxPooling2D(width)(features)))


def change(before: Array, after: Array) -> float:
    """Return the size of a change compared with the size of what changes: 0 for none."""
    return float(np.linalg.norm(after - before) / np.linalg.norm(before))


def demonstrate(material: Material) -> Demonstration:
    """Shift images to the right, and compare the maps of the first convolution."""
    network = material.network
    graph = unfold(network.model)
    model = keras.Model(graph.image, graph.output(graph.activation(graph.convolutions()[0])))
    # Parts of the same image: what comes in at the border is real.
    images = network.validation.images[:IMAGES]
    width = 32 - SHIFTS[-1]
    windows = {shift: images[:, :, SHIFTS[-1] - shift :][:, :, :width] for shift in (0, *SHIFTS)}
    padded = {
        shift: np.pad(part, ((0, 0), (0, 0), (0, 4), (0, 0)), "edge") for shift, part in windows.items()
    }
    # The last columns see the added border, and are cut off again.
    features = {shift: maps(model, part)[0][:, :, : 32 - 8] for shift, part in padded.items()}
    changes = {
        size: [change(pooled(features[0], size), pooled(features[shift], size)) for shift in SHIFTS]
        for size in POOLS
    }
    one = slice(IMAGE, IMAGE + 1)
    channel = int(features[0][IMAGE].std(axis=(0, 1)).argmax())
    pairs = {
        size: [pooled(features[shift][one], size)[0, ..., channel] for shift in (0, 1)] for size in (1, DRAWN)
    }
    return Demonstration(
        {
            "figure": picture(
                "pooling",
                figure(pairs, changes),
                "Left: one channel of one image, before and after the image is shifted by one pixel, and how "
                "much each value changed. See squares that stay dark below, although values in them "
                "changed above. Right: see how far the lines of wider pooling lie below the line without.",
            )
        },
        {
            "images": str(IMAGES),
            "unpooled": f"{100 * changes[1][0]:.0f}",
            "two": f"{100 * changes[2][0]:.0f}",
            "four": f"{100 * changes[4][0]:.0f}",
            "eight": f"{100 * changes[8][0]:.0f}",
        },
    )


def figure(pairs: Mapping[int, Sequence[Array]], changes: Mapping[int, Sequence[float]]) -> Figure:
    """Draw maps before and after a shift with their difference, and the change against the shift.

    Args:
        pairs: width of the pooling → a map before and after a shift by one pixel.
        changes: width of the pooling → relative change for each of SHIFTS.
    """
    fig = new_figure(
        "Max pooling makes a map smaller, and less different when the image moves",
        "First convolution of the small network. Change: length of the difference divided by the length of "
        f"the map. Left: one channel of one image, all on one scale. Right: {IMAGES} validation images and "
        "all channels.",
        height=3.8,
    )
    left, right = fig.subfigures(1, 2, width_ratios=(1.1, 1), squeeze=False)[0]
    most = max(float(shown.max()) for pair in pairs.values() for shown in pair)
    for (size, (before, after)), row in zip(
        pairs.items(), left.subplots(len(pairs), 3, squeeze=False), strict=True
    ):
        name = "not pooled" if size == 1 else f"pooled {size}×{size}"
        panels = {
            name: before,
            "shifted by 1 pixel": after,
            f"difference: {100 * change(before, after):.0f} %": np.abs(after - before),
        }
        for panel, (title, shown) in zip(row, panels.items(), strict=True):
            panel.imshow(shown, cmap="viridis", vmin=0, vmax=most)
            panel.set(xticks=[], yticks=[])
            panel.set_title(title, fontsize=TEXT)
    axes = right.subplots()
    light_frame(axes)
    for number, (size, values) in enumerate(changes.items()):
        label = "not pooled" if size == 1 else f"pooled {size}×{size}"
        colour = VERMILION if size == 1 else str(0.6 - 0.2 * (number - 1))
        axes.plot(SHIFTS, [100 * value for value in values], marker="o^sD"[number], color=colour, label=label)
    axes.set(xlabel="shift of the image in pixels", ylabel="change in %", ylim=(0, 130))
    axes.set_xticks(SHIFTS)
    axes.legend(frameon=False, fontsize=TEXT, ncols=2, loc="upper left")
    return fig
