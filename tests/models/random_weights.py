"""Random weights of VGG16's shapes, as the arrays of an `.npz` file."""

import numpy as np

from models.parts.weights import kernel_shapes, layer_names


def random_arrays(blocks: int) -> dict[str, np.ndarray]:
    """Return kernels and biases of the first `blocks` blocks; the same at each call."""
    rng = np.random.default_rng(0)
    arrays = {}
    for name in layer_names(blocks):
        shape = kernel_shapes()[name]
        arrays[f"{name}__kernel"] = rng.normal(0, (2 / np.prod(shape[:3])) ** 0.5, shape).astype(np.float32)
        arrays[f"{name}__bias"] = rng.normal(0, 0.01, shape[-1]).astype(np.float32)
    return arrays
