"""A folder in which the commands of the documents can run: data, weights, and two retrained runs."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.__main__ import main as analysis
from search.__main__ import main as search
from tests.conftest import alone, make_cache
from tests.data.pets import pictures, write_tree
from tests.models.random_weights import random_arrays
from tests.search.command.test_own_study_and_pictures import WORKING
from tests.search.conftest import TINY

PHOTOGRAPHS = {"training": 200, "validation": 100, "test": 100}


@pytest.fixture(scope="session")
def documents_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stand-ins for both datasets."""
    folder = make_cache(tmp_path_factory.mktemp("cache"))
    return make_cache(folder, "cats_dogs", classes=2, pixels=150, sizes=PHOTOGRAPHS)


@pytest.fixture(scope="session")
def documents_folder(documents_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as it is before each command: runs, pictures, a study, weights."""
    folder = tmp_path_factory.mktemp("documents")
    run = folder / "runs/cifar_residual/NAME"
    with alone(documents_cache) as patch:
        patch.chdir(folder)
        patch.setattr("analysis.report.write", lambda folder: folder / "report" / "report.html")
        size = ["--trials", "2", "--epochs", "1", "--train-images", "32", "--local"]
        assert search(["cifar_residual", *TINY, *size, "--name", run.name]) == 0
        assert analysis([str(run), "--seeds", "1", "--local"]) == 0
    shutil.copytree(run, run.with_name("OTHER"))
    Image.new("RGB", (32, 32)).save(folder / "image.png")
    write_tree(folder / "flowers", pictures(100))
    (folder / "my_study.py").write_text(WORKING)
    np.savez(folder / "weights.npz", **random_arrays(3))
    return folder
