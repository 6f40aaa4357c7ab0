"""Damaged runs: one line that names the file, whatever reads it, and nothing that takes for ever."""

import json
import random
import resource
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from analysis import evidence
from analysis.runs import table
from search.runs import run
from search.runs.run import RunError
from search.search import Search

KEPT = Path(__file__).parents[2] / "fixtures" / "run_format_2"
FILES = ["run.json", "run.json", "journal.log", "journal.log", "report/retrain.json"]
FILES += ["test_openings.jsonl", "report/test-1.npz"]
VALUES = [None, True, -1, 0, 3, 1e308, 10**30, "", "x", [], {}, [[]], {"a": 1}, "\x1b[31m", float("nan")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a finished run that was retrained."""
    return Path(shutil.copytree(KEPT, tmp_path / "runs" / "cifar_residual" / "r"))


def resume(folder: Path) -> str:
    """Read a run as a resume does; return the error."""
    try:
        with run.open_run(folder) as opened:
            Search(opened).driver.close()
    except RunError as error:
        return str(error)
    return ""


def changed_bytes(content: bytes, chance: random.Random) -> bytes:
    new = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        place, length = chance.randrange(len(new)), chance.randint(1, 60)
        kind = chance.choice(["byte", "digit", "cut", "double", "end", "line", "deep"])
        if kind == "byte":
            new[place] = chance.randrange(256)
        elif kind == "digit":
            new[place : place + 1] = chance.choice([b"9", b"-", b"e", b'"', b"]", b"}", b"\n"])
        elif kind == "cut":
            del new[place : place + length]
        elif kind == "double":
            new[place:place] = new[place : place + length]
        elif kind == "end":
            del new[place:]
        elif kind == "line":
            new[place:place] = chance.choice([b"\n3\n", b"\nnull\n", b'\n{"op_code": 99}\n', b"\n[]\n"])
        else:
            new[place:place] = b"[" * 100_000
        new = new or bytearray(b"0")
    return bytes(new)


def changed_value(values: Any, chance: random.Random) -> Any:
    """Return JSON values of which one, somewhere, is another one, or is missing."""
    if isinstance(values, dict | list) and values and chance.random() < 0.85:
        keys = list(values) if isinstance(values, dict) else range(len(values))
        key = chance.choice(list(keys))
        if isinstance(values, dict) and chance.random() < 0.15:
            return {name: value for name, value in values.items() if name != key}
        copy = values.copy()
        copy[key] = changed_value(values[key], chance)
        return copy
    return chance.choice(VALUES)


def damage(folder: Path, chance: random.Random) -> None:
    """Damage one file of a run."""
    name = chance.choice(FILES)
    file = folder / name
    content = file.read_bytes()
    if name.endswith(".npz") or chance.random() < 0.4:
        file.write_bytes(changed_bytes(content, chance))
    elif name.endswith(".json"):
        file.write_text(json.dumps(changed_value(json.loads(content), chance)))
    else:
        lines = content.splitlines()
        place = chance.randrange(len(lines))
        lines[place] = json.dumps(changed_value(json.loads(lines[place]), chance)).encode()
        file.write_bytes(b"\n".join([*lines, b""]))


def fuzz(folder: Path, count: int, first: int = 0) -> int:
    """Read damaged runs with everything that reads them; return how many were refused by something."""
    refused = 0
    for seed in range(first, first + count):
        shutil.rmtree(folder)
        shutil.copytree(KEPT, folder)
        damage(folder, random.Random(seed))
        began = time.process_time()  # not of the clock: other programs run, too
        errors = []
        try:
            evidence.read(folder)
        except RunError as error:
            errors.append(str(error))
        try:
            table(folder.parents[1])
            errors.append(resume(folder))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        assert time.process_time() - began < 10, seed
        for text in filter(None, errors):
            assert "\n" not in text and len(text) < 700, (seed, text)
        refused += any(errors)
    return refused


def test_damaged_runs_are_refused_in_one_line(folder: Path) -> None:
    assert fuzz(folder, 60) > 20


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_damaged_runs_are_refused_in_one_line(folder: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert fuzz(folder, 1000, first=1000) > 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20  # KB


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("3", "Expected `object`"),
        ("{", "Expecting property name"),
        ('{"op_code": 99, "worker_id": "x"}', "Invalid value 99"),
        ('{"op_code": 8, "worker_id": "x", "trial_id": 0}', "missing required field `user_attr`"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_a_damaged_line_of_the_journal_is_named(folder: Path, line: str, reason: str) -> None:
    journal = folder / "journal.log"
    lines = journal.read_text().splitlines()
    lines[2] = line
    journal.write_text("\n".join([*lines, ""]))
    assert f"{journal}, line 3, is damaged: " in resume(folder)
    assert reason in resume(folder)
    assert "damaged" in table(folder.parents[1])
