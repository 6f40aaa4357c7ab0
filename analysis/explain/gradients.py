"""Gradients in a model's input: the one place where the backends differ."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

Array = NDArray[np.float32]
Objective = Callable[[Any, Any], Any]


def gradient(model: keras.Model, objective: Objective) -> Callable[..., Array]:
    """Return a function that gives the gradient of an objective in a model's first input.

    Args:
        model: run as in inference: no dropout, batch normalization with its moving averages.
        objective: maps the model's output and a target to a scalar, in `keras.ops`.

    Returns:
        A function of (target, input, further inputs…), arrays; the gradient has the shape of the first input.

    Raises:
        ValueError: Keras runs on another backend than TensorFlow or JAX.
    """
    backends = {"tensorflow": _tensorflow, "jax": _jax}
    backend = keras.backend.backend()
    if backend not in backends:
        raise ValueError(f"gradients need the Keras backend tensorflow or jax, not {backend!r}")
    taken = backends[backend](model, objective)

    def run(target: Any, *inputs: Any) -> Array:
        tensors = [ops.convert_to_tensor(each, "float32") for each in (target, *inputs)]
        return np.asarray(ops.convert_to_numpy(taken(*tensors)), dtype=np.float32)

    return run


def _unpacked(inputs: tuple[Any, ...]) -> Any:
    return inputs[0] if len(inputs) == 1 else list(inputs)


def _tensorflow(model: keras.Model, objective: Objective) -> Callable[..., Any]:
    import tensorflow as tf

    # Not as a tf.function: that would be traced anew for each model, with a warning after the fifth.
    def taken(target: Any, *inputs: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs[0])
            value = objective(model(_unpacked(inputs), training=False), target)
        return tape.gradient(value, inputs[0])

    return taken


def _jax(model: keras.Model, objective: Objective) -> Callable[..., Any]:
    import jax

    # The weights are arguments: as constants of the compiled code they would make its compilation slow.
    trainable = [each.value for each in model.trainable_variables]
    rest = [each.value for each in model.non_trainable_variables]

    def value(x: Any, target: Any, others: tuple[Any, ...], trainable: Any, rest: Any) -> Any:
        output, _ = model.stateless_call(trainable, rest, _unpacked((x, *others)), training=False)
        return objective(output, target)

    compiled = jax.jit(jax.grad(value))
    return lambda target, x, *others: compiled(x, target, others, trainable, rest)
