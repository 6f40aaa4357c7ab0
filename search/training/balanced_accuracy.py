"""Balanced accuracy, measured by Keras while it trains and validates."""

from typing import Any

import keras
from keras import ops


class BalancedAccuracy(keras.metrics.Metric):
    """Mean over the classes of the share of their images that are right (Brodersen et al. 2010).

    A class without an image is left out.

    Args:
        classes: number of classes.
    """

    def __init__(self, classes: int) -> None:
        super().__init__(name="balanced_accuracy")
        self._right = self.add_variable((classes,), "zeros", name="right")
        self._images = self.add_variable((classes,), "zeros", name="images")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: (images, classes), largest at the true class: one-hot, or smoothed.
            y_pred: logits (images, classes).
            sample_weight: not used.
        """
        true = ops.argmax(y_true, axis=-1)
        of_class = ops.one_hot(true, self._images.shape[0], dtype="float32")
        right = ops.cast(ops.equal(true, ops.argmax(y_pred, axis=-1)), "float32")
        self._right.assign_add(ops.sum(of_class * right[:, None], axis=0))
        self._images.assign_add(ops.sum(of_class, axis=0))

    def result(self) -> Any:
        """Return the balanced accuracy of the batches so far, a scalar in [0, 1]."""
        present = ops.sum(ops.cast(self._images > 0, "float32"))
        return ops.sum(self._right / ops.maximum(self._images, 1.0)) / ops.maximum(present, 1.0)
