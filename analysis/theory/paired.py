"""Two classifiers are compared image by image, which says more than their two accuracies do."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.document.wording import points


def difference(one: NDArray[Any], other: NDArray[Any]) -> str:
    """Return by how many points the second share is above the first, ± two standard errors.

    Args:
        one: (n,) whether each image is right, or how often.
        other: the same for the same images.
    """
    each = other.astype(float) - one
    return f"{points(each.mean())} ± {200 * each.std() / np.sqrt(len(each)):.1f}"
