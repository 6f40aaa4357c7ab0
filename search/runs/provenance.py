"""What a run came from: versions, commit, hardware; and whether what is here now is still that."""

import contextlib
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("keras", "tensorflow", "jax", "optuna", "ray", "numpy")


ROOT = Path(__file__).resolve().parents[2]  # of the project


@dataclass(frozen=True)
class Hardware:
    """What trials can run on.

    Attributes:
        cores: CPU cores that this process may use, or those of a whole cluster.
        gpus: GPUs, likewise.
        name: of the processor, or what the cluster is.
        node_cores: cores of the largest node; a trial lies on one node.
        memory: bytes that are available; 0 where that is not known.
    """

    cores: int
    gpus: int
    name: str
    node_cores: int
    memory: int = 0


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that training depends on."""
    installed = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        for name in (package, f"{package}-cpu"):  # TensorFlow without its GPU code, as in an image for CPUs
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                installed.setdefault(package, importlib.metadata.version(name))
    return installed


def commit() -> str | None:
    """Return the git commit, with "-dirty" where files differ; None outside of our repository.

    An installed copy may lie in a repository of the user's: its commit says nothing of this project. An image
    names the commit that it was built from in CNN_SEARCH_COMMIT.
    """
    if _git("rev-parse", "--show-toplevel") != str(ROOT):
        return os.environ.get("CNN_SEARCH_COMMIT") or None
    return _git("describe", "--always", "--dirty", "--abbrev=40") or None


def _git(*arguments: str) -> str:
    """Return what a git command prints; "" where there is no git, or where it fails."""
    command = ["git", "-C", str(ROOT), *arguments]
    with contextlib.suppress(OSError):
        output = subprocess.run(command, capture_output=True, check=False).stdout
        return os.fsdecode(output).strip()  # names of folders in whatever encoding they have
    return ""


def changed_versions(recorded: Mapping[str, str]) -> list[str]:
    """Return which versions differ from the recorded ones: "keras 3.14.0 → 3.15.0" and so on."""
    return [
        f"{name} {recorded.get(name)} → {version}"
        for name, version in versions().items()
        if recorded.get(name) != version
    ]
