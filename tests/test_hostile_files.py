"""Damaged archives, pictures, pickles and weights: no traceback, no hang of 10 s, no gigabyte."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.timeout(7200)  # a limit for what hangs; each file has its own
@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=pytest.mark.slow)])
def test_a_damaged_file_is_read_or_refused_in_one_line(count: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.hostile_files", str(tmp_path), "13", str(count)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, "\n".join(process.stdout.splitlines()[-2:]) + process.stderr[-2_000:]
    assert process.stdout.endswith(f"{count} files without a fault\n")
