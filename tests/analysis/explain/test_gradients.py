"""Gradients in a model's input, on whatever backend the tests run."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from analysis.explain.gradients import gradient

RNG = np.random.default_rng(0)


def weighted(output: Any, target: Any) -> Any:
    return ops.sum(output * target)


def test_a_linear_models_gradient_is_its_weights() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    x, target = RNG.random((2, 4), np.float32), RNG.random((2, 3), np.float32)
    slope = gradient(model, weighted)(target, x)
    assert slope.dtype == np.float32
    np.testing.assert_allclose(slope, target @ np.asarray(model.get_weights()[0]).T, rtol=1e-5)


def test_it_is_taken_in_the_first_input_at_the_others_values() -> None:
    a, b = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([a, b], layers.Multiply()([layers.Multiply()([a, a]), b]))
    x, y, target = (RNG.random((2, 3), np.float32) for _ in range(3))
    np.testing.assert_allclose(gradient(model, weighted)(target, x, y), 2 * x * y * target, rtol=1e-5)


def test_the_model_is_in_inference() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.BatchNormalization(), layers.Dropout(0.9)])
    mean, variance = np.full(4, 5.0), np.full(4, 4.0)
    model.set_weights([np.ones(4), np.zeros(4), mean, variance, *model.get_weights()[4:]])
    before = [np.array(weights) for weights in model.get_weights()]
    slope = gradient(model, weighted)(np.ones((2, 4)), RNG.random((2, 4)))
    np.testing.assert_allclose(slope, 0.5, rtol=1e-3)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_another_backend_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="tensorflow or jax, not 'torch'"):
        gradient(model, weighted)
