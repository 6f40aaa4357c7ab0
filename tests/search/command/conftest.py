"""What tests of searches on pretrained weights share: small photographs, and the record of a run."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import make_cache

SIZES = {"training": 64, "validation": 40, "test": 20}


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of prepared data: a stand-in for the photographs of cats and dogs."""
    return make_cache(tmp_path_factory.mktemp("cache"), "cats_dogs", classes=2, pixels=150, sizes=SIZES)


def record(run: Path) -> dict[str, Any]:
    """Return what `run.json` holds."""
    found: dict[str, Any] = json.loads((run / "run.json").read_text())
    return found
