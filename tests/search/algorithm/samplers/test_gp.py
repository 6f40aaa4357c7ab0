"""The Gaussian process, where PyTorch is installed."""

import pytest

from tests.search.algorithm.samplers.conftest import late_mean

pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'cnn-search[gp]'")


def test_it_finds_better_points_than_random_search() -> None:
    assert late_mean("gp", seeds=1) > late_mean("random", seeds=1) + 0.1
