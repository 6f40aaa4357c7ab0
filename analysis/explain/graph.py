"""A model's graph with its nested models unfolded, so that every layer inside can be looked at by name."""

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
        inputs: the symbolic tensors that it takes.
        output: the symbolic tensor that it gives, (batch, …).
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
        steps: name → call of a layer, in the order of computation. A layer of a nested model has its name
            behind the model's, "vgg16/block1_conv1".
    """

    image: Any
    logits: Any
    steps: dict[str, Step] = field(repr=False)

    def maps(self) -> list[str]:
        """Return the names of the layers that give feature maps, (batch, height, width, channels)."""
        return [name for name, step in self.steps.items() if len(step.output.shape) == 4]

    def convolutions(self) -> list[str]:
        """Return the names of the convolution layers.

        Raises:
            ValueError: there is none.
        """
        names = [name for name, step in self.steps.items() if isinstance(step.layer, CONVOLUTIONS)]
        if not names:
            raise ValueError("the model has no convolution layer")
        return names

    def output(self, name: str) -> Any:
        """Return the feature maps of a layer, symbolic.

        Raises:
            ValueError: no layer of this name gives feature maps.
        """
        if name not in self.maps():
            raise ValueError(
                f"there is no layer {name!r} with feature maps; there are {', '.join(self.maps())}"
            )
        return self.steps[name].output

    def activation(self, convolution: str) -> str:
        """Return the layer behind which a convolution's maps are activated.

        That is the convolution itself, or what follows it alone: normalization, then the activation.
        """
        name = convolution
        while not isinstance(self.steps[name].layer, ACTIVATIONS):
            output = self.steps[name].output
            after = [n for n, step in self.steps.items() if any(each is output for each in step.inputs)]
            if len(after) != 1 or not isinstance(self.steps[after[0]].layer, NORMALIZATIONS + ACTIVATIONS):
                break
            name = after[0]
        return name

    def last_maps(self) -> str:
        """Return the last layer that gives maps of the last convolution's height and width.

        So branches and skip connections that run beside the last convolution are added, its normalization
        and activation are applied, and pooling is not.
        """
        size = self.output(self.convolutions()[-1]).shape[1:3]
        return [name for name in self.maps() if self.steps[name].output.shape[1:3] == size][-1]


def unfold(model: keras.Model) -> Graph:
    """Return a model's graph with the layers of nested models in it; layers and weights are shared.

    Args:
        model: functional or sequential, from images (batch, height, width, channels) to logits.
    """
    image = keras.Input(model.input_shape[1:])
    steps: dict[str, Step] = {}
    logits = keras.tree.flatten(_run(model, [image], "", steps))[0]  # of a model from a file: a list of one
    return Graph(image, logits, steps)


def _run(model: keras.Model, inputs: list[Any], path: str, steps: dict[str, Step]) -> Any:
    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        flat = [x for x in keras.tree.flatten((arguments, options)) if isinstance(x, keras.KerasTensor)]
        if isinstance(layer, (keras.Sequential, keras.Function)):
            return _run(layer, flat, f"{path}{layer.name}/", steps)
        output = layer(*arguments, **options)
        name = path + layer.name
        while name in steps:  # a layer that is called more than once
            name += "'"
        steps[name] = Step(layer, flat, output)
        return output

    graph = model._functional if isinstance(model, keras.Sequential) else model
    # Keras has no public way to see the calls of a functional model one by one.
    return graph._run_through_graph(inputs, call_fn=call)


def spread(names: list[str], most: int) -> list[str]:
    """Return up to `most` names at equal distances, the first and the last included."""
    chosen = np.linspace(0, len(names) - 1, min(most, len(names))).round().astype(int)
    return [names[i] for i in chosen]
