"""The guard of our own Ray: a search that is killed leaves no process and no folder."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.executors import guard
from tests.search.conftest import Start, descendants

SEARCH = """
import sys, time
from pathlib import Path
from search.executors.guard import guarded
with guarded(Path(sys.argv[1]), map(int, sys.argv[2:])):
    print("guarded", flush=True)
    time.sleep(float(sys.stdin.readline()))
"""


def _sleeper(folder: Path) -> "subprocess.Popen[str]":
    """A process with a folder in its command line, as those of Ray have, and one below it."""
    return subprocess.Popen(["sh", "-c", "sleep 60 & wait", str(folder)], text=True)


def _guarded(folder: Path, *processes: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SEARCH, str(folder), *map(str, processes)]
    search = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert search.stdout and search.stdout.readline() == "guarded\n"
    return search


def test_a_search_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "ray"
    folder.mkdir()
    ours, others = _sleeper(folder), _sleeper(tmp_path / "another")  # whose number one of ours had before
    with _guarded(folder, ours.pid, others.pid) as search:
        search.kill()
    assert ours.wait(30) in (-9, 0)  # its own child may be killed first, and it then ends by itself
    until = time.monotonic() + 30
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert not folder.exists()
    assert others.poll() is None
    guard.kill_trees({others.pid})
    others.wait()


def test_a_search_that_ends_by_itself_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "ray"
    folder.mkdir()
    ours = _sleeper(folder)
    with _guarded(folder, ours.pid) as search:
        search.communicate("0\n")
    assert search.returncode == 0
    assert ours.wait(30) in (-9, 0)  # its own child may be killed first, and it then ends by itself
    assert not folder.exists()


def test_only_the_trees_that_are_named_are_killed() -> None:
    shell = ["sh", "-c", "sleep 60 & echo $!; wait"]
    tree = subprocess.Popen(shell, stdout=subprocess.PIPE, text=True)
    other = subprocess.Popen(["sleep", "60"])
    assert tree.stdout
    below = int(tree.stdout.readline())
    try:
        guard.kill_trees({tree.pid})
        assert tree.wait(10) in (-9, 0)  # as above
        assert other.poll() is None
        stat = Path(f"/proc/{below}/stat")
        until = time.monotonic() + 10
        while stat.exists() and " Z " not in stat.read_text() and time.monotonic() < until:
            time.sleep(0.01)
        assert not stat.exists() or " Z " in stat.read_text()
    finally:
        other.kill()
        other.wait()
        tree.stdout.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_search_leaves_no_ray(start: Start, tmp_path: Path) -> None:
    process = start("--trials", "9", "--train-images", "64", "--concurrent", "1", "--name", "killed")
    until = time.monotonic() + 200
    while not list(tmp_path.glob("runs/*/killed/checkpoints/*.npz")) and time.monotonic() < until:
        time.sleep(0.05)
    folders = set(re.findall(r"/tmp/cnn-search\.\w+", "\n".join(_lines(process.pid))))
    process.kill()
    process.wait()
    (folder,) = folders
    until = time.monotonic() + 10
    while (left := [line for line in _lines() if folder in line]) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left
    assert not Path(folder).exists()


def _lines(parent: int = 1) -> list[str]:
    return list(descendants(parent).values())
