"""`build.sh`: what it says where it cannot build. The programs that it calls here are stand-ins."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

BUILD = ROOT / "singularity" / "build.sh"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder of programs without apptainer and singularity."""
    for name in ("bash", "dirname", "env", "git", "grep", "head", "stat"):
        (tmp_path / name).symlink_to(shutil.which(name) or "/missing")
    return tmp_path


def build(tools: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "CONTAINER_COMMAND"}
    return subprocess.run(
        [BUILD, *arguments],
        env={**environment, "PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )


def install(tools: Path, name: str, script: str) -> None:
    (tools / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
    (tools / name).chmod(0o755)


def test_without_a_program_that_builds(tools: Path) -> None:
    built = build(tools)
    assert built.returncode == 1
    assert built.stderr.count("\n") == 1
    assert "neither apptainer nor singularity is installed" in built.stderr
    assert "apt, dnf or conda install apptainer" in built.stderr


def test_a_program_that_is_too_old(tools: Path) -> None:
    install(tools, "singularity", "echo singularity version 3.8.7")
    built = build(tools)
    assert built.returncode == 1
    assert "singularity version 3.8.7) is too old" in built.stderr


def test_a_program_that_may_not_build(tools: Path) -> None:
    install(
        tools,
        "apptainer",
        '[[ $2 == --help ]] && echo " --build-arg" || { echo no user namespaces; exit 255; }',
    )
    built = build(tools)
    assert built.returncode == 1
    assert "no user namespaces" in built.stdout
    assert "build as root, or with --fakeroot" in built.stderr


def test_the_options_reach_the_program(tools: Path) -> None:
    install(tools, "apptainer", '[[ $2 == --help ]] && echo " --build-arg" || { echo "$@"; exit 1; }')
    built = build(tools, "gpu.sif", "--build-arg", "DEVICE=gpu")
    expected = f"--build-arg DEVICE=gpu {Path.cwd() / 'gpu.sif'} singularity/search.def"
    assert built.stdout.strip().endswith(expected)


def test_an_image_by_another_name(tools: Path) -> None:
    built = build(tools, "gpu")
    assert built.returncode == 2
    assert "'gpu' must be called SOMETHING.sif" in built.stderr
