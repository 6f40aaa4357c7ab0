"""Grad-CAM: which parts of an image are evidence for a class.

Selvaraju et al. 2017 (Grad-CAM: visual explanations from deep networks via gradient-based localization): the
gradient of the class's logit with respect to the last convolution's maps, averaged over the pixels, is the
weight of each channel; the heatmap is the positive part of the weighted sum of the maps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from scipy.special import softmax

from analysis.explain.gradients import gradient
from analysis.explain.graph import unfold
from analysis.figures.style import BLUE, TEXT, VERMILION, new_figure
from search.training.batches import scaled

Array = NDArray[np.float32]
Labels = NDArray[np.integer]
FOR, AGAINST = BLUE, VERMILION


@dataclass(frozen=True)
class ClassActivation:
    """Grad-CAM of some images, each for one class.

    Attributes:
        layer: the layer whose maps are weighted.
        classes: the class that each heatmap is for, (n,).
        logits: output of the model, (n, classes).
        weights: pooled gradients, (n, channels). If a global average pooling and one dense layer follow, they
            are the same in every image: the class's weights in that layer, divided by height × width.
        heatmaps: (n, height, width), the size of the layer's maps; in logits, not negative.
    """

    layer: str
    classes: Labels
    logits: Array
    weights: Array
    heatmaps: Array


def grad_cam(
    model: keras.Model,
    images: NDArray[Any],
    classes: Sequence[int] | Labels | None = None,
    layer: str | None = None,
) -> ClassActivation:
    """Compute a heatmap of the evidence for a class in each image.

    Args:
        model: maps images to logits, without softmax; it may contain nested models.
        images: (n, height, width, channels), uint8 or float32 in [0, 1].
        classes: the class to explain in each image, (n,); None for the predicted class.
        layer: name of the layer whose maps are weighted; None for the last layer at the size of the last
            convolution, so with parallel branches, normalization and ReLU.

    Raises:
        ValueError: the layer does not exist, or the model has no convolution.
    """
    graph = unfold(model)
    layer = layer or graph.last_maps()
    images = scaled(images)
    submodel = keras.Model(graph.image, [graph.output(layer), graph.logits])
    maps, logits = map(_as_array, submodel(images, training=False))
    explained = logits.argmax(axis=1) if classes is None else np.asarray(classes)
    wanted = np.eye(logits.shape[1], dtype=np.float32)[explained]
    # The image is the second input, because a skip connection may lead from it around the layer.
    head = keras.Model([graph.output(layer), graph.image], graph.logits)
    slope = gradient(head, lambda logits, wanted: ops.sum(logits * wanted))(wanted, maps, images)
    weights = slope.mean(axis=(1, 2))
    heatmaps = np.maximum(np.einsum("nhwc,nc->nhw", maps, weights), 0)
    return ClassActivation(layer, explained, logits, weights, heatmaps)


def _as_array(tensor: Any) -> Array:
    return np.asarray(ops.convert_to_numpy(tensor), dtype=np.float32)


def right_and_wrong(logits: Array, labels: Labels, most: int = 6) -> NDArray[np.int64]:
    """Return the positions of the first `most` correctly classified images, then of the wrong ones."""
    right = logits.argmax(axis=1) == labels
    return np.concatenate([np.flatnonzero(right)[:most], np.flatnonzero(~right)[:most]])


def enlarged(heatmap: Array, height: int, width: int) -> Array:
    """Return a heatmap scaled to a maximum of 1 and enlarged to (height, width)."""
    picture = Image.fromarray(heatmap / max(heatmap.max(), 1e-12))
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))


def figure(images: NDArray[Any], labels: Labels, result: ClassActivation, names: Sequence[str]) -> Figure:
    """Draw two images per row, each with its heatmap and its channels of largest weight.

    Args:
        images: (n, height, width, channels), uint8 or float32 in [0, 1].
        labels: (n,) true classes.
        result: Grad-CAM of these images.
        names: class names.
    """
    rows = -(-len(images) // 2)
    fig = new_figure(
        "Where in the image the evidence for a class lies, and the channels that weigh most",
        f"Grad-CAM at {result.layer}. Bright: much evidence; line: half of the most in this image. In "
        "brackets: the probability of the predicted class. Bars: the gradient of the class's logit in a "
        "channel, averaged over its pixels, where it is largest; blue, to the right, speaks for the class.",
        height=1.7 * rows + 0.9,
    )
    axes = fig.subplots(rows, 6, squeeze=False, width_ratios=(1, 1, 0.8) * 2).reshape(2 * rows, 3)
    for position, image in enumerate(images):
        photograph, heat, bars = axes[position]
        photograph.imshow(image)
        photograph.set(xticks=[], yticks=[])
        verdict = _verdict(result.logits[position], int(labels[position]), names)
        photograph.set_title(verdict, fontsize=TEXT)
        _draw_heat(heat, image, result.heatmaps[position])
        heat.set_title(f"evidence for\n{names[int(result.classes[position])]}", fontsize=TEXT)
        _draw_weights(bars, result.weights[position])
    for axis in axes[len(images) :].flat:
        axis.set_axis_off()
    return fig


def _verdict(logits: Array, label: int, names: Sequence[str]) -> str:
    predicted = int(logits.argmax())
    share = softmax(logits)[predicted]
    if predicted == label:
        return f"{names[label]},\nright ({share:.2f})"
    return f"{names[label]}, WRONG:\n{names[predicted]} ({share:.2f})"


def _draw_heat(axis: Axes, image: NDArray[Any], heatmap: Array) -> None:
    heat = enlarged(heatmap, *image.shape[:2])
    # The photograph is grey, so that all colour comes from the heatmap, also when printed in grey.
    axis.imshow(scaled(image).mean(axis=-1), cmap="gray", vmin=0, vmax=1)
    axis.imshow(heat, cmap="inferno", vmin=0, vmax=1, alpha=0.15 + 0.5 * heat)
    if heatmap.max() > 0:
        axis.contour(heat, levels=[0.5], colors="white", linewidths=1.5)
    else:
        axis.set_xlabel("none anywhere", fontsize=TEXT)
    axis.set(xticks=[], yticks=[])


def _draw_weights(axis: Axes, weights: Array, most: int = 6) -> None:
    strongest = np.argsort(-np.abs(weights), kind="stable")[:most]
    colours = [FOR if weight > 0 else AGAINST for weight in weights[strongest]]
    rows = range(len(strongest))
    axis.barh(rows, weights[strongest], color=colours)
    axis.set_yticks(rows, [str(channel) for channel in strongest])
    axis.invert_yaxis()
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_xticks([])
    axis.tick_params(labelsize=TEXT)
    axis.set_title(f"channel weights,\nup to {np.abs(weights).max():.1e}", fontsize=TEXT)
