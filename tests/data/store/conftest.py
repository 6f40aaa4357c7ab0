"""A source of the small CIFAR-10, and the same prepared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import data


@pytest.fixture
def source(small: Any, tar: Callable[..., Path]) -> Path:
    return tar(small.official)


@pytest.fixture
def prepared(source: Path, cache: Path) -> Path:
    """The folder of prepared data."""
    data.prepare("cifar10", source)
    return cache / "cifar10"
