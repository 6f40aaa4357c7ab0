"""Pretrained weights of two blocks, in a file."""

from pathlib import Path

import numpy as np
import pytest

from tests.models.random_weights import random_arrays


@pytest.fixture(scope="session")
def two_blocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an `.npz` file with random weights of the first two blocks."""
    file = tmp_path_factory.mktemp("weights") / "two.npz"
    np.savez(file, **random_arrays(2))
    return file
