"""The way of the data is one-directional: data, models, search, analysis; and each room keeps to its own."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("data", "models", "search", "analysis", "cluster")
MAY_IMPORT = {
    "data": {"data"},
    "models": {"data", "models"},
    "search": {"data", "models", "search"},
    "analysis": {"data", "models", "search", "analysis"},
    "cluster": {"cluster"},
}
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the full names that a file imports, inside of functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_arrow_runs_back(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert tops(path) & set(ROOMS) <= MAY_IMPORT[room]


def test_ray_is_imported_by_its_executor_alone() -> None:
    users = {path.relative_to(ROOT).as_posix() for path in FILES if "ray" in tops(path)}
    assert users <= {"search/executors/ray_tune.py", "search/executors/ray_cluster.py"}


def test_backends_are_imported_for_gradients_alone() -> None:
    users = {path.relative_to(ROOT).as_posix() for path in FILES if tops(path) & {"tensorflow", "jax"}}
    assert users <= {"analysis/explain/gradients.py"}


def test_data_and_cluster_know_nothing_of_keras() -> None:
    rooms = [path for path in FILES if path.relative_to(ROOT).parts[0] in ("data", "cluster")]
    assert [path for path in rooms if tops(path) & {"keras", "optuna", "ray"}] == []


def test_models_take_only_distributions_from_optuna() -> None:
    for path in FILES:
        if path.relative_to(ROOT).parts[0] == "models":
            taken = {name for name in imported(path) if name.startswith("optuna")}
            assert all(name.startswith("optuna.distributions") for name in taken), path


def test_the_test_split_is_opened_by_no_model_and_no_search() -> None:
    for path in FILES:
        if path.relative_to(ROOT).parts[0] in ("models", "search"):
            assert not any("_test_split" in name or "open_split" in name for name in imported(path)), path
            assert "open_test" not in path.read_text(), path
