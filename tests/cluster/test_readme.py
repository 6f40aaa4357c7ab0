"""The page on clusters: its flags exist, and the lines that it explains are those that are printed."""

import re
from pathlib import Path

import pytest

from cluster import search_check
from cluster.__main__ import ACTIONS, main
from tests.conftest import ROOT

PAGE = (ROOT / "cluster/README.md").read_text(encoding="utf-8")
# Flags of the search, of SLURM and of Singularity that the page names.
OTHERS = {"--trials", "--resume", "--nv", "--ntasks-per-node", "--no-kill"}


def test_its_flags_exist(capsys: pytest.CaptureFixture[str]) -> None:
    for action in ACTIONS:
        with pytest.raises(SystemExit):
            main([action, "--help"])
    known = set(re.findall(r"--[a-z-]+\b", capsys.readouterr().out)) | OTHERS
    assert set(re.findall(r"(?<![\w-])--[a-z-]+\b", PAGE)) - known == set()


def test_its_first_command_works(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(search_check, "check", lambda job: None)  # takes seconds; it has tests of its own
    command = next(line.split()[3:] for line in PAGE.splitlines() if line.startswith("    python -m cluster"))
    assert main([command[0], "--dry-run", *command[1:]]) == 0
    assert "#SBATCH --gres=gpu:4" in capsys.readouterr().out


def test_the_lines_that_it_explains_are_printed_somewhere() -> None:
    sources = "".join(file.read_text() for file in (ROOT / "cluster").glob("*.[ps][yh]"))
    sources += (ROOT / "search/executors/ready.py").read_text()
    sources = re.sub(r'"\s*f?"', "", sources)
    for line in re.findall(r"^\| `([^`]+)` \|", PAGE, flags=re.MULTILINE):
        # Names and numbers of the page stand for others.
        parts = re.split(r"…|\b[A-Z]\b|\b\d\b|\(|\)|node N|Ray has|:", line)
        for part in (part.strip(" :,") for part in parts):
            assert part in sources, (line, part)
