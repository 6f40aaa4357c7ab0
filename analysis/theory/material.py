"""What the demonstrations are made of: photographs, CIFAR-10, and a small network trained on eight classes.

The network sees no cat and no dog, so that what it has learned can be transferred to telling these two apart.
It is trained once for all questions that use it. Nothing here opens a test split.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

import data
from analysis.explain.graph import unfold
from analysis.theory.demonstration import Missing
from analysis.theory.layers.probe import maps, pooled
from data import DataError, Split
from models.cifar_basic import build
from models.parts import weights as pretrained
from search.training.fit import fit

Images = NDArray[np.uint8]
SEED = 0
PHOTOGRAPH = 46  # of the training split
TRANSFER = 2000  # images of cats and dogs that training sets are drawn from
CAT, DOG = 3, 5  # labels of CIFAR-10
EPOCHS, IMAGES = 6, 4000  # of the network's training


@dataclass(frozen=True)
class Network:
    """A small network of the study `cifar_basic`, trained on eight classes of CIFAR-10.

    Attributes:
        model: maps images (batch, 32, 32, 3), float32 in [0, 1], to logits (batch, 8).
        accuracy: of these classes, on validation images, in [0, 1].
        validation: these validation images, with labels 0 to 7.
        classes: names of the eight classes.
    """

    model: keras.Model
    accuracy: float
    validation: Split
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Features:
    """Features of images of cats (0) and dogs (1): (n, d) float with labels (n,)."""

    training: tuple[NDArray[Any], NDArray[Any]]
    validation: tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class Material:
    """Data and models for the demonstrations; each is opened or trained when it is first used.

    Attributes:
        path: file of VGG16's weights; None: they are not used.
    """

    path: Path | None = None

    def check(self) -> None:
        """Read the weights, if there are any. Raises WeightsError."""
        if self.path:
            assert self.weights

    @functools.cached_property
    def weights(self) -> pretrained.Weights | None:
        """VGG16's weights; None without a file of them."""
        return pretrained.read(self.path) if self.path else None

    @functools.cached_property
    def photographs(self) -> data.Dataset:
        """The photographs of cats and dogs. Raises Missing."""
        return _dataset("cats_dogs")

    @property
    def photograph(self) -> Images:
        """A photograph of a black and white cat, (150, 150, 3). Raises Missing."""
        images = self.photographs.training.images
        return np.asarray(images[min(PHOTOGRAPH, len(images) - 1)])

    @functools.cached_property
    def cifar(self) -> data.Dataset:
        """CIFAR-10. Raises Missing."""
        return _dataset("cifar10")

    @functools.cached_property
    def network(self) -> Network:
        """The network trained on eight classes. Raises Missing."""
        others = [label for label in range(len(self.cifar.classes)) if label not in (CAT, DOG)]
        training = _classes(self.cifar.training, others, IMAGES)
        validation = _classes(self.cifar.validation, others, 1000)
        model = untrained(len(others))
        *_, last = fit(model, pair(training), pair(validation), epochs=EPOCHS, seed=SEED)
        names = tuple(self.cifar.classes[label] for label in others)
        return Network(model, last.metrics["val_accuracy"], validation, names)

    @functools.cached_property
    def pretrained_features(self) -> Features:
        """Features of cats and dogs from the network's last convolution. Raises Missing."""
        return self._features(self.network.model)

    @functools.cached_property
    def random_features(self) -> Features:
        """The same from the network before training. Raises Missing."""
        return self._features(untrained())

    def _features(self, model: keras.Model) -> Features:
        graph = unfold(model)
        base = keras.Model(graph.image, graph.output(graph.activation(graph.convolutions()[-1])))
        splits = self.cats_and_dogs(TRANSFER), self.cats_and_dogs(1000, held_out=True)
        pairs = [(pooled(maps(base, split.images)[0]), split.labels) for split in splits]
        return Features(*pairs)

    def cats_and_dogs(self, n: int, *, held_out: bool = False) -> Split:
        """Return n images of cats (0) and dogs (1) of CIFAR-10, half of each. Raises Missing.

        Args:
            n: number of images; a smaller n gives a subset of those of a larger one.
            held_out: take them from the validation split.
        """
        split = self.cifar.validation if held_out else self.cifar.training
        return _classes(split, [CAT, DOG], n)


def untrained(classes: int = 10) -> keras.Model:
    """Return the default network of the study `cifar_basic` before training; always the same one."""
    keras.utils.set_random_seed(SEED)
    return build((32, 32, 3), classes)


def pair(split: Split) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a split as `fit` takes it."""
    return split.images, split.labels


def _dataset(name: str) -> data.Dataset:
    try:
        return data.load(name)
    except DataError as error:
        raise Missing(f"{name} is not prepared", f"python -m data {name}") from error


def _classes(split: Split, labels: list[int], n: int) -> Split:
    """Return n images of some classes, with labels that count these classes from 0."""
    chosen = np.flatnonzero(np.isin(split.labels, labels))
    part = Split(np.asarray(split.images[chosen]), np.searchsorted(labels, split.labels[chosen]))
    return part.take(min(n, len(part)), SEED)
