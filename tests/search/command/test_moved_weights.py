"""Pretrained weights that lie elsewhere now are taken again if they are the same."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.parts import weights
from search.command.moved_weights import moved
from search.options import OptionError
from search.runs.plan import PretrainedWeights
from tests.models.random_weights import random_arrays
from tests.search.runs.conftest import small_plan


def test_the_same_weights_elsewhere_are_taken_and_others_are_not(tmp_path: Path) -> None:
    first, copy, other = (tmp_path / name for name in ("first.npz", "copy.npz", "other.npz"))
    arrays = random_arrays(1)
    np.savez(first, **arrays)
    np.savez(other, **{name: array + 1 for name, array in arrays.items()})
    plan = small_plan(weights=PretrainedWeights(**weights.read(first).record()))
    shutil.move(first, copy)
    again = moved(plan, copy)
    assert again.weights and again.weights.path == str(copy)
    assert again.weights.fingerprint == weights.read(copy).fingerprint
    with pytest.raises(OptionError, match=r"other\.npz: fingerprint .*, the run was started with"):
        moved(plan, other)
    with pytest.raises(weights.WeightsError, match="does not exist"):
        moved(plan, first)


def test_a_run_without_weights_has_no_use_for_them(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="starts from random weights"):
        moved(small_plan(), tmp_path / "weights.npz")
