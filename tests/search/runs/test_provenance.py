"""What a run came from."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from search.runs import provenance


def test_the_versions_of_what_trains() -> None:
    versions = provenance.versions()
    assert versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"keras", "optuna", "ray", "numpy"} <= versions.keys()


def test_a_package_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "PACKAGES", ("numpy", "no-such-package"))
    assert list(provenance.versions()) == ["python", "numpy"]


def test_only_versions_that_differ_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    current = provenance.versions()
    assert provenance.changed_versions(current) == []
    older = {**current, "keras": "3.14.0"}
    assert provenance.changed_versions(older) == [f"keras 3.14.0 → {current['keras']}"]


def test_a_package_that_is_new_is_told() -> None:
    current = provenance.versions()
    assert provenance.changed_versions({"python": current["python"]})
    without = {name: version for name, version in current.items() if name != "numpy"}
    assert provenance.changed_versions(without) == [f"numpy None → {current['numpy']}"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository in which the module lies, committed."""
    if not shutil.which("git"):
        pytest.skip("there is no git here")
    (tmp_path / "provenance.py").write_text("")
    monkeypatch.setattr(provenance, "ROOT", tmp_path.resolve())
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_commit_and_whether_files_differ_from_it(repository: Path) -> None:
    git(repository, "init")
    git(repository, "add", "provenance.py")
    git(repository, "commit", "-m", "first")
    commit = provenance.commit()
    assert commit and re.fullmatch("[0-9a-f]{40}", commit)
    (repository / "provenance.py").write_text("changed")
    assert provenance.commit() == f"{commit}-dirty"


def test_outside_of_a_repository_there_is_no_commit(repository: Path) -> None:
    assert provenance.commit() is None


def test_an_image_names_its_commit(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNN_SEARCH_COMMIT", "a" * 40)
    assert provenance.commit() == "a" * 40


def test_tensorflow_for_cpus_alone_is_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name != "tensorflow-cpu":
            raise importlib.metadata.PackageNotFoundError(name)
        return "2.21.0"

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert provenance.versions()["tensorflow"] == "2.21.0"


def test_a_copy_in_somebody_elses_repository_has_no_commit(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "init")
    git(repository, "add", "provenance.py")
    git(repository, "commit", "-m", "first")
    installed = repository / "site-packages"
    installed.mkdir()
    monkeypatch.setattr(provenance, "ROOT", installed)
    assert provenance.commit() is None


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert provenance.commit() is None
