"""`import data`: quick, and complete when it is used."""

import subprocess
import sys
from pathlib import Path

import pytest

import data

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_there() -> None:
    for name in data.__all__:
        assert getattr(data, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'data' has no attribute 'prepaer'"):
        data.prepaer  # type: ignore[attr-defined]  # noqa: B018


def test_importing_it_and_the_parsers_imports_nothing_slow() -> None:
    code = (
        "import sys, data, data.terminal.arguments, data.terminal.table, data.store.lock\n"
        "print({'numpy', 'PIL', 'rich', 'filelock', 'msgspec'} & set(sys.modules))"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "set()\n"
