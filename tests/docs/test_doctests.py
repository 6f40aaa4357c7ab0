"""The examples in docstrings are right. Only modules that have one are imported."""

import doctest
import importlib

import pytest

from tests.conftest import ROOT

PACKAGES = ("data", "models", "search", "analysis")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in FILES
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_right(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted
    assert outcome.failed == 0


def test_examples_were_found() -> None:
    assert "analysis.document.wording" in MODULES
