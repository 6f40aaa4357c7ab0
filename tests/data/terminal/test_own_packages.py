"""Commands and imports beside a user's own `data/`, `models.py` and so on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

THEIRS = "raise SystemExit('a module of the user was imported')"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's folder: a package data/, a folder analysis/ without Python, a file models.py."""
    for folder in ("data", "analysis"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data/__init__.py").write_text(THEIRS)
    (tmp_path / "models.py").write_text(THEIRS)
    (tmp_path / "analysis/notes.txt").write_text("notes")
    return tmp_path


def run(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["-m", "search"], "cifar_residual"),
        (["-m", "analysis"], "There are no runs"),
        (["-m", "search", "cifar_basic", "--dry-run"], "learning_rate"),
        (["-c", "from analysis.console import main; main(['data'])"], "cifar10"),
        (["-c", "from analysis.console import main; main(['models'])"], "cifar_residual"),
        (["-c", "from search import run; import models; print(models.names())"], "cifar_residual"),
    ],
)
def test_our_packages_come_first(project: Path, arguments: list[str], output: str) -> None:
    done = run(project, *arguments)
    assert done.returncode == 0, done.stderr
    assert output in done.stdout


def test_a_folder_without_python_does_no_harm(tmp_path: Path) -> None:
    for name in ("data", "models", "search", "analysis"):
        (tmp_path / name).mkdir()
    for name in ("data", "models", "search", "analysis"):
        assert run(tmp_path, "-m", name).returncode == 0, name


def test_a_search_file_of_the_user_does_not_disturb_the_analysis(project: Path) -> None:
    (project / "search.py").write_text(THEIRS)
    assert run(project, "-m", "analysis").returncode == 0


def test_a_module_that_is_loaded_already_is_named_in_one_line(project: Path) -> None:
    (project / "models.py").write_text("")
    done = run(project, "-c", "import models; from search import run")
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert "another module called 'models' is loaded already, from" in line and "models.py" in line
