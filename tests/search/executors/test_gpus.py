"""GPUs that can really be used, with stand-ins for the driver's program: there is no GPU in tests."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from search.executors import gpus

TWO = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a1b2c3d4-0000-1111-2222-333344445555)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-a9b2c3d4-0000-1111-2222-333344445555)
"""
PARTS = """GPU 0: NVIDIA A100 (UUID: GPU-11111111-0000-1111-2222-333344445555)
  MIG 1g.10gb     Device  0: (UUID: MIG-22222222-0000-1111-2222-333344445555)
  MIG 1g.10gb     Device  1: (UUID: MIG-33333333-0000-1111-2222-333344445555)
GPU 1: NVIDIA A100 (UUID: GPU-44444444-0000-1111-2222-333344445555)
"""

Program = Callable[[str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Put a program in the place of `nvidia-smi`."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def write(text: str) -> None:
        (tmp_path / "nvidia-smi").write_text(text)
        (tmp_path / "nvidia-smi").chmod(0o755)

    return write


def lists(listing: str) -> str:
    return f"#!/bin/sh\ncat <<'END'\n{listing}END\n"


@pytest.mark.parametrize(
    ("listing", "count"), [(TWO, 2), (PARTS, 2), ("No devices were found\n", 0), ("", 0)]
)
def test_the_gpus_that_the_driver_lists(program: Program, listing: str, count: int) -> None:
    program(lists(listing))
    assert gpus.count() == count


@pytest.mark.parametrize(
    ("visible", "count"),
    [
        ("", 0),
        (" ", 0),
        ("-1", 0),
        ("NoDevFiles", 0),
        ("1", 1),
        ("0,1", 2),
        (" 0 , 1 ", 2),
        ("0,7", 1),  # CUDA stops at the first one that is not there
        ("7,0", 0),
        ("0,-1,1", 1),
        ("0,0", 0),  # a doubled one hides all
        ("0,GPU-a1b2c3d4-0000-1111-2222-333344445555", 0),
        ("GPU-a9b2c3d4-0000-1111-2222-333344445555", 1),
        ("GPU-a9", 1),
        ("GPU-a", 0),  # short for both
        ("GPU-ffff", 0),
        ("all", 0),
    ],
)
def test_only_the_gpus_that_the_process_may_use(
    program: Program, monkeypatch: pytest.MonkeyPatch, visible: str, count: int
) -> None:
    program(lists(TWO))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.count() == count


@pytest.mark.parametrize(
    ("visible", "count"),
    [
        ("MIG-22222222-0000-1111-2222-333344445555", 1),
        ("MIG-33333333-0000-1111-2222-333344445555,MIG-22222222-0000-1111-2222-333344445555", 2),
        ("0,1", 2),
        ("MIG-99999999", 0),
    ],
)
def test_parts_of_a_gpu(program: Program, monkeypatch: pytest.MonkeyPatch, visible: str, count: int) -> None:
    program(lists(PARTS))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.count() == count


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\necho 'NVIDIA-SMI has failed: no driver' >&2\nexit 9\n",
        f"{lists(TWO)}exit 9\n",
        "\x7fELF of another architecture",
        "#!/nowhere/sh\n",
    ],
)
@pytest.mark.parametrize("visible", [None, "0"])
def test_a_driver_that_does_not_run_has_no_gpu(
    program: Program, monkeypatch: pytest.MonkeyPatch, text: str, visible: str | None
) -> None:
    program(text)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.count() == 0


def test_a_driver_that_hangs_is_not_waited_for(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(gpus, "PATIENCE", 0.2)
    began = time.monotonic()
    assert gpus.count() == 0
    assert time.monotonic() - began < 5


def test_without_the_program_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert gpus.count() == 0
