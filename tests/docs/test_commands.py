"""Every command of the documents is understood, and run with tiny sizes where that takes a moment."""

import importlib
import importlib.util
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from data import DataError
from tests.conftest import ROOT, alone
from tests.docs.documents import DOCUMENTS, commands

COMMANDS = sorted({command for document in DOCUMENTS for command in commands(document)})
DOORS = ("analysis", "data", "models", "search")

# The beginning of a command → options that make it tiny, after its own; of two the last one counts.
TINY = {
    "search --resume": ["--local"],
    "search STUDY": ["--dry-run"],
    "analysis RUN": ["--seeds", "1", "--local"],
}

# What a document leaves to the reader → what the test has. The second RUN is another one.
PLACEHOLDERS = {"RUN": "cifar_residual/NAME", "IMAGE": "image.png", "--trials 100": "--trials 3"}
PATHS = {"data": "missing", "search": "weights.npz"}

# Commands that would take long, or need more than the test has: only their arguments are read. Exit status
# and complaint are those of the first thing that is missing.
ONLY_READ = {
    "data cifar10 --source PATH": (2, "missing does not exist"),
    "search bench --curves DIR": (1, "DIR"),
    "search cats_dogs_vgg16_finetuned --parent RUN": (2, "cifar_residual"),
    "search pictures_finetuned --parent RUN": (2, "cifar_residual"),
    "search pictures_pretrained --dataset ./flowers": (1, "weights of mobilenet_v2 are not available"),
}


def split(command: str) -> tuple[str, list[str]]:
    """Return the door of a command, or the name of another module, and its arguments."""
    words = shlex.split(command)
    if words[0] == "cnn-search":
        return words[1], words[2:]
    assert words[:2] == ["python", "-m"], f"no test knows how to run {command!r}"
    return words[2], words[3:]


def beginning(door: str, arguments: Sequence[str]) -> str:
    """Return the key of TINY for a command, or ""."""
    first = arguments[0] if arguments else ""
    if door == "search" and first not in ("", "bench"):
        return "search --resume" if first == "--resume" else "search STUDY"
    if door == "analysis" and first not in ("", "compare", "predict", "theory", "assignment"):
        return "analysis RUN"
    return ""


def filled(door: str, arguments: list[str]) -> list[str]:
    """Return a command's arguments with the test's own files and sizes."""
    text = shlex.join(arguments).replace("RUN RUN", "RUN cifar_residual/OTHER")
    for placeholder, stand_in in {**PLACEHOLDERS, "PATH": PATHS.get(door, "PATH")}.items():
        text = re.sub(rf"(?<!\S){placeholder}(?!\S)", stand_in, text)
    return [*shlex.split(text), *TINY.get(beginning(door, arguments), [])]


def status(door: str, arguments: list[str]) -> int:
    """Run a command in this process; return its exit status."""
    try:
        code: int = importlib.import_module(f"{door}.__main__").main(arguments)
        return code
    except SystemExit as stop:  # argparse ends so
        return int(stop.code or 0)


def out_of_reach(url: str, target: Path, digest: str | None) -> None:
    raise DataError(f"{url}: tests need no network")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_documents_works(
    command: str,
    documents_cache: Path,
    documents_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    door, arguments = split(command)
    if door not in DOORS:
        assert importlib.util.find_spec(door), f"no test knows how to run {command!r}"
        return
    shutil.copytree(documents_folder, tmp_path, dirs_exist_ok=True)
    expected, complaint = ONLY_READ.get(shlex.join([door, *arguments]), (0, ""))
    with alone(documents_cache) as patch:
        patch.chdir(tmp_path)
        patch.setattr("analysis.report.write", lambda folder: folder / "report" / "report.html")
        patch.setattr("analysis.theory.theory.sections", lambda weights, questions=(): [])  # minutes
        patch.setattr("models.parts.weights.download", out_of_reach)  # 300 MB
        code = status(door, filled(door, arguments))
    error = capsys.readouterr().err
    assert code == expected, error
    assert complaint in error
    assert "unrecognized arguments" not in error


def test_an_unknown_command_or_flag_fails() -> None:
    assert status("search", ["cifar_residual", "--dry-run", "--planted"]) == 2
    with pytest.raises(AssertionError, match="no test knows how to run"):
        split("python planted.py")


def test_commands_are_found() -> None:
    assert len(commands(ROOT / "README.md")) >= 14
    assert "cnn-search search bench --curves DIR" in COMMANDS


def test_every_entry_that_is_only_read_is_in_a_document() -> None:
    assert set(ONLY_READ) <= {shlex.join([door, *arguments]) for door, arguments in map(split, COMMANDS)}


def test_the_test_command_of_the_readme_is_one_line() -> None:
    """The line that .ci/run takes."""
    (line,) = [line for line in (ROOT / "README.md").read_text().splitlines() if line.endswith("pytest")]
    assert re.search(r"-m venv .* && pip install -e '\.\[test\]' && pytest$", line)
