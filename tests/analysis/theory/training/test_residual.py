"""The gradients of the two kinds of stacks, against what is known of their initializations."""

import pytest

from analysis.theory.training.residual import PLAIN, RESIDUAL, passed


def test_glorot_loses_the_gradient_of_a_plain_stack_and_not_of_a_residual_one() -> None:
    # Each ReLU halves the mean square, and Glorot's weights do not make up for it: 2 ** (-8 / 2) in length.
    assert passed(PLAIN, 8, "Glorot") == pytest.approx(2**-4, rel=0.9)
    assert passed(RESIDUAL, 8, "Glorot") > 0.5


def test_he_keeps_the_gradient_of_a_plain_stack_within_bounds_and_residual_sums_grow() -> None:
    assert 0.1 < passed(PLAIN, 8, "He") < 10
    assert passed(RESIDUAL, 8, "He") > 2 * passed(PLAIN, 8, "He")
