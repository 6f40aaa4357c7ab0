"""The test set is sealed: one file opens it, and only after it has written down that it does."""

import ast
import builtins
import io
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.conftest import NAME, Call
from tests.test_layers import ROOT, imported, sources

OPENER = "analysis/retraining/retrain.py"
SEAL = "data/store/test_split.py"


def paths(condition: Any) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in sources(ROOT) if condition(path)}


def names(path: Path) -> set[str]:
    """Return the full names that a file imports."""
    return {f"{module}.{name}" for module, name in imported(path)}


def strings(path: Path) -> set[str]:
    """Return the strings of a file that are no docstrings."""
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose)
    return {node.value for node in constants if isinstance(node.value, str)}


def test_one_file_imports_what_opens_the_test_set() -> None:
    def imports(path: Path) -> bool:
        return any("store.test_split" in name or "open_test" in name for name in names(path))

    assert paths(imports) == {OPENER}


def test_no_file_goes_another_way() -> None:
    """Neither by a name in a string, for `importlib`, nor by the function that opens any split."""
    doors = ("test_split", "open_test", "open_split")

    def named(path: Path) -> bool:
        nodes = ast.walk(ast.parse(path.read_text()))
        taken = any(isinstance(node, ast.Attribute) and node.attr in doors for node in nodes)
        return taken or any(door in string for door in doors for string in strings(path))

    assert paths(named) == set()
    assert paths(lambda path: any("open_split" in name for name in names(path))) == {SEAL}


def test_no_file_but_those_that_prepare_data_names_the_files_of_the_test_split() -> None:
    def names_it(path: Path) -> bool:
        return any(
            string == "test" or string.startswith(("test_images", "test_labels")) for string in strings(path)
        )

    assert {path for path in paths(names_it) if not path.startswith("data/")} == set()


def test_a_search_and_a_list_of_runs_read_no_file_of_the_test_split(
    run: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a retraining reads them once its opening is on disk."""
    read: list[bool] = []
    opening, openings = io.open, run / "test_openings.jsonl"

    def watched(file: Any, *arguments: Any, **options: Any) -> Any:
        if Path(str(file)).name.startswith("test_") and Path(str(file)).suffix == ".npy":
            read.append(openings.exists() and openings.read_text().endswith("\n"))
        return opening(file, *arguments, **options)

    monkeypatch.setattr(builtins, "open", watched)
    monkeypatch.setattr(io, "open", watched)
    assert call() == 0
    assert read == []
    assert call(NAME, "--seeds", "1", "--epochs", "1", "--local") == 0
    assert read and all(read)
