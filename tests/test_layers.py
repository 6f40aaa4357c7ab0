"""Imports run one way, between rooms and inside each; private means private; names are words of the field.

Each test reads the source files and runs nothing of them.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From bottom to top. A part may import itself and what stands before it. A part is a folder with all that is
# in it, or a file; `*` is any other file of the folder.
ORDER = (
    "data/terminal/",
    "data/store/",
    "data/sources/",
    "data/*",
    "models/parts/",
    "models/space/",
    "models/*",
    "search/options.py",
    "search/algorithm/",
    "search/runs/",
    "search/training/",
    "search/executors/",
    "search/result.py",
    "search/search.py",
    "search/command/",
    "search/benchmark/",
    "search/*",
    "analysis/statistics/",
    "analysis/document/",
    "analysis/trials_csv.py",
    "analysis/figures/",
    "analysis/explain/",
    "analysis/retraining/",
    "analysis/evidence.py",
    "analysis/pairs.py",
    "analysis/runs.py",
    "analysis/chapters/",
    "analysis/theory/",
    "analysis/*",
)
# What a part must not import although it stands before it.
APART = {"search/benchmark/": ("search/training/", "search/executors/", "search/command/")}

ROOMS = ("data", "models", "search", "analysis", "cluster")
# Names that say nothing of what a thing is, or that other words stand for here.
FORBIDDEN = {"experiment", "task", "config", "utils", "util", "helpers", "helper", "common", "manager"}
# Where a library asks for such a name: file → names.
ALLOWED = {"search/executors/ray_tune.py": {"config", "new_config", "reset_config"}}


def sources(root: Path) -> list[Path]:
    return sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Give each import of a file, inside of functions too: (module, name), with "" for a whole module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), alias.name) for alias in node.names)


def files_imported(root: Path, path: Path) -> Iterator[str]:
    """Give the project's files that a file imports, as paths from the root."""
    for module, name in imported(path):
        place = root / module.replace(".", "/")
        for file in (place / f"{name}.py", place / name / "__init__.py", place.with_suffix(".py")):
            if file.is_file() and (name or file.stem == place.stem):
                yield file.relative_to(root).as_posix()
                break
        else:
            if (place / "__init__.py").is_file():
                yield (place / "__init__.py").relative_to(root).as_posix()


def part(file: str) -> str:
    """Return the part of `ORDER` that a file belongs to; the most exact one."""
    fitting = [
        part
        for part in ORDER
        if file == part or (part.endswith("/") and file.startswith(part)) or part == f"{file.split('/')[0]}/*"
    ]
    return max(fitting, key=len, default="")


def backward_arrows(root: Path) -> list[str]:
    """Return the imports that run against the order: "file → file"."""
    arrows = []
    for path in sources(root):
        here = path.relative_to(root).as_posix()
        for there in files_imported(root, path):
            before = ORDER.index(part(there)) <= ORDER.index(part(here)) if part(here) else True
            package = there.count("/") == 1 and there.endswith("__init__.py")  # data, models: what they offer
            same_room = there.split("/")[0] == here.split("/")[0]
            if package and not same_room:
                before = ROOMS.index(there.split("/")[0]) < ROOMS.index(here.split("/")[0])
            if not before and not (package and same_room and part(here).endswith("/*")):
                arrows.append(f"{here} → {there}")
            if any(there.startswith(room) for room in APART.get(part(here), ())):
                arrows.append(f"{here} → {there}")
    return arrows


def private_imports(root: Path) -> list[str]:
    """Return the imports of a private module, `_name`, from another package."""
    private = []
    for path in sources(root):
        for there in files_imported(root, path):
            names = [name for name in Path(there).parts if name.startswith("_") and "__" not in name]
            if names and Path(there).parent != path.relative_to(root).parent:
                private.append(f"{path.relative_to(root)} → {there}")
    return private


def forbidden_names(root: Path) -> list[str]:
    """Return modules, functions, classes, arguments and variables whose name is on the list."""
    named = []
    for path in sources(root):
        here = path.relative_to(root).as_posix()
        names = [*path.relative_to(root).with_suffix("").parts]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.append(node.name)
            elif isinstance(node, ast.arg):
                names.append(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.append(node.id)
        for name in set(names) - ALLOWED.get(here, set()):
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
            if words & FORBIDDEN:
                named.append(f"{here}: {name}")
    return sorted(named)


def test_no_arrow_runs_back() -> None:
    assert backward_arrows(ROOT) == []


def test_every_file_has_its_place_in_the_order() -> None:
    files = [path.relative_to(ROOT).as_posix() for path in sources(ROOT)]
    assert [file for file in files if not part(file) and not file.startswith("cluster/")] == []


def test_private_modules_stay_in_their_package() -> None:
    assert private_imports(ROOT) == []


def test_names_are_the_words_of_the_field() -> None:
    assert forbidden_names(ROOT) == []


@pytest.mark.parametrize(
    ("file", "line", "check"),
    [
        ("search/algorithm/trial.py", "from search.runs.plan import Plan", backward_arrows),
        ("data/store/split.py", "import models", backward_arrows),
        ("search/runs/plan.py", "from search.search import Search", backward_arrows),
        ("search/benchmark/replay.py", "from search.command import budget", backward_arrows),
        ("analysis/statistics/intervals.py", "from analysis.report import write", backward_arrows),
        ("analysis/report.py", "from analysis.figures import _hyperparameter", private_imports),
        ("models/cifar_basic.py", "task = 1", forbidden_names),
        ("data/store/utils.py", "", forbidden_names),
    ],
)
def test_a_planted_fault_is_seen(file: str, line: str, check: object, tmp_path: Path) -> None:
    for path in sources(ROOT):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    before = check(tmp_path)  # type: ignore[operator]
    planted = tmp_path / file
    text = planted.read_text(encoding="utf-8") if planted.exists() else ""
    planted.write_text(f"{text}\n{line}\n", encoding="utf-8")
    assert len(check(tmp_path)) == len(before) + 1  # type: ignore[operator]


def text_without_encoding(path: Path) -> list[str]:
    """Return where a file opens, reads or writes text in whatever encoding the locale has."""
    places = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            modes = [part.value for part in node.args if isinstance(part, ast.Constant)]
            text = name in ("read_text", "write_text") or (
                name == "open" and any(mode in ("r", "w", "a", "x", "r+", "w+") for mode in modes)
            )
            if text and "encoding" not in {keyword.arg for keyword in node.keywords}:
                places.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return places


def test_files_are_read_and_written_as_utf_8_in_any_locale() -> None:
    assert [place for path in sources(ROOT) for place in text_without_encoding(path)] == []


def users(modules: set[str]) -> set[str]:
    """Return the files that import one of these libraries."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in sources(ROOT)
        if modules & {module.partition(".")[0] for module, _ in imported(path)}
    }


def test_ray_is_imported_by_its_executor_and_as_a_peer() -> None:
    executor = {f"search/executors/{name}.py" for name in ("ray_tune", "ray_cluster", "ready")}
    assert users({"ray"}) <= executor | {"search/benchmark/peers/ray_tune.py"}


def test_backends_are_imported_for_gradients_alone() -> None:
    assert users({"tensorflow", "jax"}) <= {"analysis/explain/gradients.py", "analysis/retraining/export.py"}


def test_data_and_cluster_know_nothing_of_keras() -> None:
    files = users({"keras", "optuna", "ray"})
    assert [file for file in files if file.startswith(("data/", "cluster/"))] == []


def test_cluster_stands_outside() -> None:
    for path in (ROOT / "cluster").rglob("*.py"):
        for file in files_imported(ROOT, path):
            assert file.startswith(("cluster/", "data/terminal/")), f"{path} imports {file}"


def test_models_take_only_distributions_from_optuna() -> None:
    for path in (ROOT / "models").rglob("*.py"):
        taken = {module for module, _ in imported(path) if module.startswith("optuna")}
        assert taken <= {"optuna.distributions"}, path


def test_the_scheduler_is_pure() -> None:
    pure = ("os", "sys", "time", "threading", "pathlib", "ray", "keras", "subprocess", "logging")
    for path in (ROOT / "search/algorithm").rglob("*.py"):
        assert not {module.partition(".")[0] for module, _ in imported(path)} & {*pure}, path


def test_nobody_else_knows_the_settings_of_a_scheduler() -> None:
    for path in sources(ROOT):
        if not path.is_relative_to(ROOT / "search/algorithm"):
            text = path.read_text(encoding="utf-8")
            allowed = ("search/benchmark/bench.py", "search/runs/record.py")  # variants; runs of format 1
            if path.relative_to(ROOT).as_posix() not in allowed:
                assert "reduction_factor" not in text and "grace_period" not in text, path


def test_the_test_split_is_opened_by_no_model_and_no_search() -> None:
    for path in sources(ROOT):
        if path.relative_to(ROOT).parts[0] in ("models", "search"):
            names = {f"{module}.{name}" for module, name in imported(path)}
            assert not any("test_split" in name or "open_split" in name for name in names), path
            assert "open_test" not in path.read_text(encoding="utf-8"), path
