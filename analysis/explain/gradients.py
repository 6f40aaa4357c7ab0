"""Gradients with respect to a model's input: the only code that depends on the Keras backend."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

Array = NDArray[np.float32]
Objective = Callable[[Any, Any], Any]


def gradient(model: keras.Model, objective: Objective) -> Callable[..., Array]:
    """Return a function that computes the gradient of an objective with respect to a model's first input.

    Args:
        model: run in inference mode: no dropout, batch normalization with its moving averages.
        objective: maps the model's output and a target to a scalar; written with `keras.ops`.

    Returns:
        A function of arrays (target, input, further inputs…); the gradient has the shape of the first input.

    Raises:
        ValueError: the Keras backend is neither TensorFlow nor JAX.
    """
    backends = {"tensorflow": _tensorflow, "jax": _jax}
    backend = keras.backend.backend()
    if backend not in backends:
        raise ValueError(f"gradients need the Keras backend tensorflow or jax, not {backend!r}")
    compute = backends[backend](model, objective)

    def run(target: Any, *inputs: Any) -> Array:
        tensors = [ops.convert_to_tensor(array, "float32") for array in (target, *inputs)]
        return np.asarray(ops.convert_to_numpy(compute(*tensors)), dtype=np.float32)

    return run


def _unpacked(inputs: tuple[Any, ...]) -> Any:
    return inputs[0] if len(inputs) == 1 else list(inputs)


def _tensorflow(model: keras.Model, objective: Objective) -> Callable[..., Any]:
    import tensorflow as tf

    # Not a tf.function: it would be traced again for each model, with a warning after the fifth.
    def compute(target: Any, *inputs: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs[0])
            value = objective(model(_unpacked(inputs), training=False), target)
        return tape.gradient(value, inputs[0])

    return compute


def _jax(model: keras.Model, objective: Objective) -> Callable[..., Any]:
    import jax

    # The weights are arguments, because as constants they would make the compilation slow.
    trainable = [variable.value for variable in model.trainable_variables]
    rest = [variable.value for variable in model.non_trainable_variables]

    def value(x: Any, target: Any, others: tuple[Any, ...], trainable: Any, rest: Any) -> Any:
        output, _ = model.stateless_call(trainable, rest, _unpacked((x, *others)), training=False)
        return objective(output, target)

    compiled = jax.jit(jax.grad(value))
    return lambda target, x, *others: compiled(x, target, others, trainable, rest)
