"""Ends at random moments: SIGTERM, or kill -9 of a command, of a worker or of Ray's own processes."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.search.conftest import descendants

Process = subprocess.Popen[str]

KINDS = ("TERM", "driver", "worker", "raylet", "gcs")
VICTIMS = {"worker": "ray::", "raylet": "/raylet/raylet", "gcs": "/gcs_server"}

# How many of them a test makes that is asked for them; each takes a quarter of a minute or more.
NUMBER = int(os.environ.get("CNN_SEARCH_RANDOM_ENDS", 0))


def end_again_and_again(
    begin: Callable[[int], Process],
    ready: Callable[[int], Path],
    kinds: tuple[str, ...],
    seconds: float,
    ends: int,
) -> int:
    """End commands until so many ends were delivered, and let the last command end by itself.

    Args:
        begin: starts the command of this number, or lets it go on where it was ended.
        ready: the file from whose existence on that command can go on.
        kinds: of the ends to choose from.
        seconds: that an undisturbed command takes: ends are drawn from all of them.
        ends: how many.

    Returns:
        The number of commands, each of which came to its end.
    """
    chance, delivered, number = random.Random(27), list[str](), 0
    while len(delivered) < ends:
        kind, process = chance.choice(kinds), begin(number)
        while not ready(number).exists():
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.01)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.random() * seconds)
        if _end(process, kind):
            delivered.append(kind)
        output, _ = process.communicate()
        assert "Traceback" not in output, output
        # Python itself dies of the signal as long as the command has not begun.
        early = (-signal.SIGTERM,) if not output else ()
        assert process.returncode in (0, 1, 143, -signal.SIGKILL, *early), output
        assert process.returncode or "Stopped: " not in output, output
        if process.returncode == 143:
            assert (
                "esume with: python -m search --resume" in output or "un the same command to go on." in output
            )
        number += process.returncode == 0  # it was done before its end was due, or outlived it
    output, _ = (process := begin(number)).communicate()
    assert process.returncode == 0, output
    print(f"{len(delivered)} ends of {number + 1} commands: {dict(Counter(delivered))}")
    return number + 1


def below(process: Process, part: str) -> list[int]:
    """Return the numbers of the processes below a command whose command lines have this part."""
    return [number for number, line in descendants(process.pid).items() if part in line]


def _end(process: Process, kind: str) -> bool:
    """End a command, or a process below it; return whether there was one to end."""
    if process.poll() is not None:
        return False
    if kind in VICTIMS:
        victims = below(process, VICTIMS[kind])[:1]
        for number in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        return bool(victims)
    process.send_signal(signal.SIGKILL if kind == "driver" else signal.SIGTERM)
    return True
