"""Question 6: along a network, maps become smaller and more, and each value sees more of the image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import layers
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from analysis.document.document import Table, picture
from analysis.explain.graph import unfold
from analysis.figures.style import BLUE, TEXT, VERMILION, light_frame, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.material import Material, untrained


@dataclass(frozen=True)
class Stage:
    """The output of a convolution or pooling.

    Attributes:
        name: kind of layer, with its kernel.
        shape: (height, width, channels) of the output.
        field: width in pixels of the part of the image that one value depends on.
        multiplications: for one image; 0 for a pooling.
    """

    name: str
    shape: tuple[int, int, int]
    field: int
    multiplications: int


def stages(model: Any) -> list[Stage]:
    """Return the convolutions and poolings of a network without branches, from the image on.

    The receptive field grows with each layer by (kernel − 1) × the product of the strides before it (Araujo,
    Norris & Sim 2019, Computing receptive fields of convolutional neural networks).
    """
    result: list[Stage] = []
    field, step = 1, 1
    for call in unfold(model).steps.values():
        layer = call.layer
        if isinstance(layer, layers.Conv2D):
            kernel, strides, name = layer.kernel_size[0], layer.strides[0], "convolution"
            weights = int(np.prod(layer.kernel.shape))
        elif isinstance(layer, layers.MaxPooling2D):
            kernel, strides, name, weights = layer.pool_size[0], layer.strides[0], "max pooling", 0
        else:
            continue
        field, step = field + (kernel - 1) * step, step * strides
        height, width, channels = call.output.shape[1:]
        stage = Stage(f"{name} {kernel}×{kernel}", (height, width, channels), field, weights * height * width)
        result.append(stage)
    return result


def demonstrate(material: Material) -> Demonstration:
    """Count along the default network of the study `cifar_basic`."""
    model = untrained()
    every = stages(model)
    rows = [
        [
            stage.name,
            " × ".join(map(str, stage.shape)),
            f"{np.prod(stage.shape):,}",
            f"{stage.field} × {stage.field}",
            f"{stage.multiplications:,}" if stage.multiplications else "–",
        ]
        for stage in every
    ]
    columns = ("layer", "height × width × channels", "values", "receptive field", "multiplications")
    positions = [stage.shape[0] * stage.shape[1] for stage in every]
    image = np.asarray(material.cifar.training.images[IMAGE])
    return Demonstration(
        {
            "table": Table(columns, "lrrrr", rows, "The default network of the study cifar_basic"),
            "figure": picture(
                "receptive-field",
                figure(image, every),
                "Left: the part of the image that one value in the middle of a map depends on. Right: see "
                "that the positions become fewer faster than the channels become more.",
            ),
        },
        {
            "field": f"{every[-1].field}",
            "fewer": f"{positions[0] // positions[-1]}",
            "more": f"{every[-1].shape[2] // every[0].shape[2]}",
        },
    )


IMAGE = 4  # of CIFAR-10's training split


def figure(image: NDArray[Any], every: list[Stage]) -> Figure:
    """Draw the receptive fields on an image, and positions, channels and values by layer.

    Args:
        image: (height, width, 3) uint8.
        every: the stages of a network for such images.
    """
    fig = new_figure(
        "From layer to layer: fewer positions, more channels, and a larger part of the image behind each",
        "Boxes: receptive fields after each pooling. A field may reach beyond the border, where there are "
        "zeros.",
        height=3.6,
    )
    left, right = fig.subplots(1, 2, width_ratios=(1, 1.5))
    left.imshow(image)
    pools = [stage for stage in every if not stage.multiplications]
    lines: tuple[Any, ...] = ("-", "--", ":")
    for stage, line in zip(pools, lines, strict=False):
        low = image.shape[0] / 2 - stage.field / 2 - 0.5
        box = Rectangle((low, low), stage.field, stage.field, fill=False, edgecolor=VERMILION, linewidth=2)
        box.set_linestyle(line)
        left.add_patch(box)
        label = left.text(low + 0.5, low - 0.6, f"{stage.field} × {stage.field}", fontsize=TEXT)
        label.set_bbox({"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1})
    left.set(xticks=[], yticks=[])
    numbers = range(1, len(every) + 1)
    light_frame(right)
    for values, label, colour, marker in (
        ([np.prod(stage.shape) for stage in every], "values", "black", "o"),
        ([stage.shape[0] * stage.shape[1] for stage in every], "positions (height × width)", BLUE, "s"),
        ([stage.shape[2] for stage in every], "channels", VERMILION, "^"),
    ):
        right.plot(numbers, values, color=colour, marker=marker, label=label)
    right.set_yscale("log", base=2)
    right.set_xticks(numbers, [stage.name.replace(" ", "\n", 1) for stage in every], fontsize=7)
    right.legend(frameon=False, fontsize=TEXT)
    return fig
