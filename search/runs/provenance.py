"""What a run came from, and whether what is here now is still that."""

import contextlib
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import data
from search.runs.run import Run, RunError

PACKAGES = ("keras", "tensorflow", "jax", "optuna", "ray", "numpy")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that training depends on."""
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def commit() -> str | None:
    """Return the git commit, with "-dirty" where files differ from it; None outside of a repository."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=40"]
    with contextlib.suppress(OSError):
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        return asked.stdout.strip() or None
    return None


def check_versions(opened: Run) -> None:
    """Say on stderr which versions are others than those that a run was begun with."""
    known, now = opened.about["versions"], versions()
    others = [f"{name} {known.get(name)} → {now[name]}" for name in now if known.get(name) != now[name]]
    if others:
        print(f"Other versions than it was begun with: {', '.join(others)}.", file=sys.stderr)


def check_data(opened: Run) -> None:
    """Raise a RunError where the data here are not those that a run was begun with."""
    known = opened.about["dataset"]
    found = data.prepare(known["name"]).fingerprint
    if found != known["fingerprint"]:
        raise RunError(
            f"{opened.name} was begun on {known['name']} with fingerprint {known['fingerprint'][:12]}…, "
            f"the one here has {found[:12]}…: its trials could not be compared"
        )
