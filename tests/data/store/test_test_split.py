"""The test split is opened by its own module alone; training and searching never touch it."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import DataError
from data.store.test_split import open_test


def test_it_is_the_test_split_memory_mapped_and_read_only(prepared: Path, small: Any) -> None:
    split = open_test("cifar10")
    assert np.array_equal(split.images, small.test[0])
    assert np.array_equal(split.labels, small.test[1])
    assert isinstance(split.images, np.memmap) and not split.images.flags.writeable


def test_without_prepared_data_it_says_how_to_prepare_it() -> None:
    with pytest.raises(DataError, match="cifar10 is not prepared"):
        open_test("cifar10")


def test_the_test_split_stays_sealed(prepared: Path, python: Callable[[str], subprocess.Popen]) -> None:
    code = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
data.prepare("cifar10")
data.load("cifar10").training.take(10, seed=0)
assert any(name.endswith("training_images.npy") for name in opened)
assert "data.store.test_split" not in sys.modules
assert not [name for name in opened if "test_" in name.rpartition("/")[2]], opened
from data.store.test_split import open_test
open_test("cifar10")
assert any(name.endswith("test_images.npy") for name in opened)
"""
    process = python(code)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 0, error
