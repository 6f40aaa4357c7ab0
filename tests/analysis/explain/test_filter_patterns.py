"""Filter patterns: they activate their filter, and show what a filter of known weights detects."""

import re
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray

from analysis.explain.filter_patterns import Patterns, figure, filter_patterns, mean_activation
from tests.analysis.figures.conftest import Read

SIZE = 32


def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs: Any = keras.Input((SIZE, SIZE, 3))
    x = layers.ReLU(name="early")(layers.BatchNormalization()(layers.Conv2D(8, 3, name="conv")(inputs)))
    x = layers.Conv2D(8, 3, activation="relu", name="late")(layers.MaxPooling2D()(x))
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))


def handmade(kernels: NDArray[Any], bias: Any = 0.0) -> keras.Model:
    """A model whose first layer has these filters, (height, width, 3, filters), linear."""
    first = layers.Conv2D(kernels.shape[-1], kernels.shape[:2], padding="same", name="first")
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), first, layers.Flatten(), layers.Dense(2)])
    first.set_weights([kernels, np.broadcast_to(bias, kernels.shape[-1:])])
    return model


def test_a_pattern_excites_its_filter_more_than_the_start_and_any_other_image() -> None:
    model = network()
    early, late = filter_patterns(model, ["early", "late"], filters=4)
    others = np.random.default_rng(1).random((50, SIZE, SIZE, 3))
    for patterns in (early, late):
        submodel = keras.Model(model.input, model.get_layer(patterns.layer).output)
        assert (patterns.end > 1.5 * patterns.start).all()
        filters = patterns.filters
        activation = mean_activation(submodel, patterns.images)[np.arange(len(filters)), filters]
        np.testing.assert_allclose(activation, patterns.end, rtol=1e-4)
        assert (activation > mean_activation(submodel, others)[:, filters].max(axis=0)).all()


def test_an_edge_filters_pattern_has_that_edges_direction() -> None:
    edge = np.array([[-1.0, 0.0, 1.0]] * 3)
    kernels = np.stack([np.stack([kernel] * 3, axis=-1) for kernel in (edge, edge.T)], axis=-1)
    (patterns,) = filter_patterns(handmade(kernels), ["first"])
    along_x = np.abs(np.diff(patterns.images, axis=2)).mean(axis=(1, 2, 3))
    along_y = np.abs(np.diff(patterns.images, axis=1)).mean(axis=(1, 2, 3))
    assert along_x[0] > 2 * along_y[0]
    assert along_y[1] > 2 * along_x[1]


def test_a_colour_filters_pattern_is_that_colour() -> None:
    kernels = np.array([[1.0, -1.0, -1.0], [-1.0, -1.0, 1.0]]).T[None, None]
    (patterns,) = filter_patterns(handmade(kernels, bias=0.6), ["first"])
    red, blue = patterns.images.mean(axis=(1, 2))
    assert red[0] > 0.9 and red[1:].max() < 0.1
    assert blue[2] > 0.9 and blue[:2].max() < 0.1


def test_patterns_are_images_and_the_same_for_the_same_seed() -> None:
    model = network()
    (first,), (same,), (other,) = (filter_patterns(model, ["late"], steps=5, seed=s) for s in (0, 0, 1))
    assert first.images.dtype == np.float32
    assert first.images.shape == (len(first.filters), SIZE, SIZE, 3)
    assert first.images.min() >= 0 and first.images.max() <= 1
    np.testing.assert_array_equal(first.images, same.images)
    assert not np.array_equal(first.images[0], other.images[0])


def test_a_filter_that_is_silent_in_the_noise_is_passed_over() -> None:
    kernels = np.ones((1, 1, 3, 3)) * 0.1
    (patterns,) = filter_patterns(handmade(kernels, bias=[0.0, -10.0, 0.0]), ["first"], filters=2)
    assert patterns.filters.tolist() == [0, 2]


def test_by_default_convolutions_from_early_to_late() -> None:
    assert [patterns.layer for patterns in filter_patterns(network(), filters=1, steps=1)] == [
        "early",
        "late",
    ]


def test_layers_of_a_nested_model() -> None:
    base = network()
    inputs: Any = keras.Input((SIZE, SIZE, 3))
    outer = keras.Model(inputs, base(inputs))
    (inside,) = filter_patterns(outer, [f"{base.name}/late"], filters=2, steps=3)
    (alone,) = filter_patterns(base, ["late"], filters=2, steps=3)
    np.testing.assert_allclose(inside.images, alone.images, atol=1e-5)


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no layer 'lat'"):
        filter_patterns(network(), ["lat"])


def test_the_picture_names_layers_and_filters(read: Read) -> None:
    texts = read(figure(filter_patterns(network(), filters=3, steps=2)))
    assert "The pattern that each filter answers most" in texts
    assert re.search(r"early: filters \d, \d, \d, whose mean activation rose \d+-fold", texts)


def test_the_picture_says_where_no_filter_answers(read: Read) -> None:
    (silent,) = filter_patterns(handmade(np.ones((1, 1, 3, 1)), bias=-10.0), ["first"])
    active = Patterns("bright", np.array([3]), np.ones((1, 8, 8, 3), np.float32), np.ones(1), np.full(1, 4.0))
    texts = read(figure([silent, active]))
    assert "first: no filter answers to the noise" in texts
    assert "rose 4-fold" in texts
