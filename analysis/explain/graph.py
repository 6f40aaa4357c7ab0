"""A model's graph with its nested models unfolded, so that every layer in them is available by name."""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers

CONVOLUTIONS = (layers.Conv2D, layers.SeparableConv2D)
NORMALIZATIONS = (layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization)
ACTIVATIONS = (layers.ReLU, layers.Activation, layers.LeakyReLU, layers.ELU, layers.PReLU)


@dataclass(frozen=True)
class Step:
    """One call of a layer.

    Attributes:
        layer: the layer.
        inputs: its symbolic input tensors.
        output: its symbolic output tensor, (batch, …).
    """

    layer: Any
    inputs: list[Any]
    output: Any


@dataclass(frozen=True)
class Graph:
    """A model from image to logits.

    Attributes:
        image: symbolic input, (batch, height, width, channels).
        logits: symbolic output, (batch, classes).
        steps: name → call of a layer, in the order of computation. A layer of a nested model has the
            model's name in front: "vgg16/block1_conv1".
    """

    image: Any
    logits: Any
    steps: dict[str, Step] = field(repr=False)

    def maps(self) -> list[str]:
        """Return the names of the layers whose output is feature maps, (batch, height, width, channels)."""
        return [name for name, step in self.steps.items() if len(step.output.shape) == 4]

    def convolutions(self) -> list[str]:
        """Return the names of the convolution layers.

        Raises:
            ValueError: the model has no convolution layer.
        """
        names = [name for name, step in self.steps.items() if isinstance(step.layer, CONVOLUTIONS)]
        if not names:
            raise ValueError("the model has no convolution layer")
        return names

    def output(self, name: str) -> Any:
        """Return the symbolic feature maps of a layer.

        Raises:
            ValueError: no layer with feature maps has this name.
        """
        if name not in self.maps():
            raise ValueError(f"no layer {name!r} with feature maps; choose from {', '.join(self.maps())}")
        return self.steps[name].output

    def activation(self, convolution: str) -> str:
        """Return the name of the layer after which a convolution's maps are activated.

        This is the convolution itself, or the normalization or activation that follows it, if nothing else
        uses its output.
        """
        name = convolution
        while not isinstance(self.steps[name].layer, ACTIVATIONS):
            output = self.steps[name].output
            users = [user for user, step in self.steps.items() if any(x is output for x in step.inputs)]
            if len(users) != 1 or not isinstance(self.steps[users[0]].layer, NORMALIZATIONS + ACTIVATIONS):
                break
            name = users[0]
        return name

    def last_maps(self) -> str:
        """Return the name of the last layer whose maps have the last convolution's height and width.

        So the maps include parallel branches, skip connections, normalization and activation, but no pooling.
        """
        size = self.output(self.convolutions()[-1]).shape[1:3]
        return [name for name in self.maps() if self.steps[name].output.shape[1:3] == size][-1]


def unfold(model: keras.Model) -> Graph:
    """Return a model's graph including the layers of nested models; layers and weights are shared with it.

    Args:
        model: functional or sequential; maps images (batch, height, width, channels) to logits.
    """
    image = keras.Input(model.input_shape[1:])
    steps: dict[str, Step] = {}
    outputs = keras.tree.flatten(_run(model, [image], "", steps))  # a model from a file has a list of one
    return Graph(image, outputs[0], steps)


def _run(model: keras.Model, inputs: list[Any], path: str, steps: dict[str, Step]) -> Any:
    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        flat = [x for x in keras.tree.flatten((arguments, options)) if isinstance(x, keras.KerasTensor)]
        if isinstance(layer, (keras.Sequential, keras.Function)):
            return _run(layer, flat, f"{path}{layer.name}/", steps)
        output = layer(*arguments, **options)
        name = path + layer.name
        while name in steps:  # the layer is called more than once
            name += "'"
        steps[name] = Step(layer, flat, output)
        return output

    graph = model._functional if isinstance(model, keras.Sequential) else model
    # Keras has no public way to visit the calls of a functional model one by one.
    return graph._run_through_graph(inputs, call_fn=call)


def spread(names: list[str], most: int) -> list[str]:
    """Return up to `most` equally spaced names, including the first and the last."""
    chosen = np.linspace(0, len(names) - 1, min(most, len(names))).round().astype(int)
    return [names[i] for i in chosen]
