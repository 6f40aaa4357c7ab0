"""Odd command lines, drawn at random: each ends within seconds, with a status of its own and no traceback.

They run in this process, so that a thousand of them take no thousand starts of Python.
"""

import faulthandler
import importlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

import data.cats_dogs
from data.sources.download import OutOfReach

LONGEST = 10  # seconds of the processor for one command
HUNG = 300  # seconds of the clock, which a busy machine does not need

VALUES = (
    *("", "-", "--", "0", "1", "-1", "2", "1.5", "nan", "inf", "1e400", "٣", "²", "9" * 400, "9" * 5000),
    *(
        "1" + "0" * 309,
        "1000000001",
        "x",
        "x" * 300,
        "x/" * 3000,
        "~",
        "~/x",
        "~nobody/x",
        ".",
        "/",
        "..",
        "a b",
    ),
    *("s3://bucket/x", "file:///x", "caf\udce9", "\x1b[31m", "猫", "pipe", "/dev/zero", "/dev/null", "loop"),
    *(
        "cifar_basic",
        "cifar10",
        "cifar_basic/x",
        "cats_dogs_vgg16_finetuned",
        "depth=2",
        "depth=1" + "0" * 309,
    ),
    *(
        "depth=",
        "=",
        "=2",
        "depth=nan",
        "depth=" + "[" * 2000,
        "learning_rate=1e999",
        "optimizer=adam",
        "30m",
    ),
    *("1h30m", "9" * 400 + "h", "0s", "random", "none", "forecast", "x\ny", "%s", "{}", "@file", "--help="),
)
FLAGS = {
    "search": (
        *("--trials", "--epochs", "--train-images", "--concurrent", "--gpus-per-trial", "--seed", "--budget"),
        *("--sampler", "--scheduler", "--set", "--weights", "--parent", "--local", "--address", "--runs"),
        *("--name", "--resume", "--nonsense"),
    ),
    "data": ("--source", "--images", "--nonsense"),
    "models": ("--set", "--nonsense"),
    "analysis": ("--seeds", "--epochs", "--train-images", "--concurrent", "--local", "--csv", "--runs"),
}


def command_line(draw: random.Random) -> tuple[str, list[str]]:
    """Return a room and arguments for it that start no training, no download and no Ray."""
    room = draw.choice(list(FLAGS))
    first = {"search": ["cifar_basic"], "data": ["cifar10"], "models": ["cifar_basic"], "analysis": []}[room]
    arguments = first if draw.random() < 0.6 else [draw.choice(VALUES) for _ in range(draw.randrange(3))]
    if room == "analysis" and draw.random() < 0.4:
        arguments = [draw.choice(["compare", "predict"]), *arguments]
    for _ in range(draw.randrange(4)):
        flag, value = draw.choice(FLAGS[room]), draw.choice(VALUES)
        arguments = [*arguments, *draw.choice([[flag, value], [f"{flag}={value}"], [flag]])]
    # A plan alone is shown; a layer table would take a second each.
    return room, [*arguments, *{"search": ["--dry-run"], "models": ["--set=depth=x"]}.get(room, [])]


def addresses_a_ray(arguments: list[str]) -> bool:
    return any(word.startswith("--address") for word in arguments)


@pytest.fixture(name="folder")
def _folder(small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder with a pipe and a link to itself; no network."""

    def unreachable(url: str, *_: object, **__: object) -> None:
        raise OutOfReach(f"{url} is out of reach")

    monkeypatch.setattr(data.cats_dogs, "download", unreachable)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    os.symlink("loop", "loop")
    yield tmp_path
    signal.alarm(0)


def too_long(number: int, frame: FrameType | None) -> None:
    faulthandler.dump_traceback()
    raise AssertionError(f"longer than {LONGEST} s of the processor, or than {HUNG} s")


def fuzz(seed: int, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    draw = random.Random(seed)
    signal.signal(signal.SIGALRM, too_long)
    for _ in range(count):
        room, arguments = command_line(draw)
        if addresses_a_ray(arguments):
            continue  # Ray waits for it for minutes
        signal.alarm(HUNG)
        began = time.process_time()
        try:
            status = importlib.import_module(f"{room}.__main__").main(arguments)
        except SystemExit as end:
            status = end.code
        except Exception as error:
            raise AssertionError(f"python -m {room} {arguments}: {error!r}") from error
        signal.alarm(0)
        assert time.process_time() - began < LONGEST, (room, arguments)
        output = "".join(capsys.readouterr())
        assert status in (0, 1, 2), (room, arguments)
        assert "\x1b" not in output and "Traceback" not in output, (room, arguments)
        if status:
            assert len(output.splitlines()[-1]) < 1000, (room, arguments)


def test_odd_command_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fuzz(0, 60, capsys)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_odd_command_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fuzz(1, 1000, capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "cifar_basic", "--dry-run", "--budget", "9" * 400 + "h"),
        ("search", "cifar_basic", "--dry-run", "--set", "depth=1" + "0" * 309),
        ("search", "cifar_basic", "--dry-run", "--trials=--"),
        ("search", "cifar_basic", "--dry-run", "--runs", "s3://bucket/runs"),
        ("search", "cifar_basic", "--dry-run", "--runs", "s3:/bucket/runs"),
        ("search", "--resume", "s3://bucket/runs/cifar_basic/x"),
        ("search", "bench", "--curves", "gs://bucket/curves"),
        ("data", "cifar10", "--images=--"),
        ("data", "cifar10", "--source", "x" * 300),
        ("data", "cifar10", "--source", "https://www.cs.toronto.edu/cifar-10-python.tar.gz"),
        ("data", "cifar10", "--source", "pipe"),
        ("data", "cats_dogs", "--source", "pipe"),
        ("data", "cifar10", "--source", "/dev/zero"),
        ("data", "cifar10", "--source", "loop"),
        ("analysis", "s3://bucket/runs/cifar_basic/x"),
        ("analysis", "--runs", "https://example.org/runs"),
        ("analysis", "predict", "cifar_basic/x", "https://example.org/cat.jpg"),
        ("models", "cifar_basic", "--set", "depth=" + "[" * 5000),
    ],
)
def test_odd_values_are_usage_errors(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LONGEST)
    with pytest.raises(SystemExit) as end:
        importlib.import_module(f"{arguments[0]}.__main__").main(list(arguments[1:]))
    message = capsys.readouterr().err.splitlines()[-1]
    assert end.value.code == 2 and " error: " in message and len(message) < 500
    assert sorted(path.name for path in folder.iterdir()) == ["loop", "pipe"], "nothing was made"
