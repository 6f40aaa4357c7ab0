"""One process at a time holds a lock; it ends with its process; a file system without locks is refused."""

import contextlib
import errno
import fcntl
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.store.lock import UNSUPPORTED, Held, is_locked, locked

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from pathlib import Path
from data.store.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

Hold = Callable[[Path], subprocess.Popen]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Start a process that holds a lock file until its stdin is closed."""
    with contextlib.ExitStack() as processes:

        def start(file: Path) -> subprocess.Popen:
            process = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", HOLD, str(file)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            processes.enter_context(process)
            processes.callback(process.kill)
            assert process.stdout is not None and process.stdout.readline() == "held\n"
            return process

        yield start


def test_one_process_holds_it_and_the_other_learns_which(file: Path, hold: Hold) -> None:
    process = hold(file)
    assert is_locked(file)
    with pytest.raises(Held) as raised, locked(file, wait=False):
        pass
    assert raised.value.holder == f"process {process.pid} on {os.uname().nodename}"
    assert str(raised.value) == f"{file} is held by {raised.value.holder}"
    process.communicate("")
    assert not is_locked(file)


def test_it_is_free_when_its_holder_is_killed(file: Path, hold: Hold) -> None:
    process = hold(file)
    process.kill()
    process.wait()
    assert not is_locked(file)
    with locked(file, wait=False):
        assert is_locked(file)


def test_waiting_is_told_once_and_ends_when_it_is_free(file: Path, hold: Hold) -> None:
    process = hold(file)
    waits: list[str] = []

    def tell() -> None:
        waits.append("waiting")
        threading.Timer(0.3, process.kill).start()

    with locked(file, on_wait=tell):
        assert process.poll() is not None
    assert waits == ["waiting"]


def test_a_free_lock_is_taken_without_a_word_and_again(file: Path) -> None:
    for _ in range(2):
        with locked(file, on_wait=lambda: pytest.fail("it was free")):
            assert is_locked(file)
        assert not is_locked(file)


def test_it_is_released_when_the_block_fails(file: Path) -> None:
    with pytest.raises(ValueError, match="in the block"), locked(file):
        raise ValueError("in the block")
    assert not is_locked(file)


def test_the_same_process_cannot_hold_it_twice(file: Path) -> None:
    with locked(file), pytest.raises(Held), locked(file, wait=False):
        pass


def test_many_who_ask_do_not_disturb_one_who_takes_it(file: Path) -> None:
    file.touch()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            is_locked(file)
            time.sleep(0.001)  # a program that lists runs does more than ask

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            with locked(file, wait=False):
                pass
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_only_its_owner_can_open_the_file(file: Path) -> None:
    before = os.umask(0)
    try:
        with locked(file):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_asking_creates_nothing(file: Path) -> None:
    assert not is_locked(file)
    assert not is_locked(file / "in a folder that does not exist")
    assert not file.exists()


def test_a_missing_folder_is_created(file: Path) -> None:
    with locked(file.parent / "new" / "folder" / "lock"):
        assert is_locked(file.parent / "new" / "folder" / "lock")


def test_a_folder_that_cannot_be_created_is_an_error(file: Path) -> None:
    file.touch()
    with pytest.raises(OSError, match="lock"), locked(file / "lock"):
        pass


@pytest.mark.parametrize("number", sorted(UNSUPPORTED), ids=errno.errorcode.get)
@pytest.mark.parametrize("wait", [True, False])
def test_a_file_system_without_locks_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int, wait: bool
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="does not support file locks") as raised, locked(file, wait=wait):
        pytest.fail("nothing protects this block")
    assert raised.value.errno == number
    assert raised.value.filename == str(file)
    assert not is_locked(file)
    assert list(file.parent.iterdir()) in ([], [file])  # no marker that could outlive this process
