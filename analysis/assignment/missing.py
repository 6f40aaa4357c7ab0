"""Make the runs that the assignment's document needs and that are missing, one command after another.

Every command is one that a user could type; it runs as a process of its own, so that a failure of one leaves
the others alone. The four studies of cats and dogs get the same images, pixels and epochs, so that they can
be compared.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import data
from analysis.assignment.parts import newest
from data import DataError

ROOT = Path(__file__).parents[2]
NAME = "assignment"  # of the runs
PIXELS = 64  # of the photographs
TRIALS, SEEDS = 6, 3
STOP_SECONDS = 60.0  # for a command to save its progress
LEAST_SECONDS = 30.0  # of a study in a pass

# What was not done in its share of the time is tried again in what the others left of theirs.
PASSES = 3

# Study → its share of the time. Fine-tuning goes on from a finished run of the frozen base, so comes later.
SHARES = {
    "cats_dogs_cnn": 2,
    "cats_dogs_vgg16": 2,
    "cats_dogs_vgg16_finetuned": 6,
    "cats_dogs_vgg16_augmented": 6,
    "cifar_basic": 2,
    "cifar_inception": 2,
    "cifar_residual": 2,
}


@dataclass(frozen=True)
class Size:
    """Size of the trainings: images and epochs of the photographs, and those of CIFAR-10."""

    images: int
    epochs: int
    cifar_images: int
    cifar_epochs: int


# Least budget in seconds → size. Rough estimates for 2 cores, from the times in docs/results.md.
SIZES = {
    4 * 3600: Size(2000, 8, 4096, 18),
    90 * 60: Size(1000, 6, 4096, 12),
    40 * 60: Size(500, 5, 2048, 8),
    0: Size(200, 4, 1024, 4),
}


def size(budget: float) -> Size:
    """Return the largest size for a budget in seconds."""
    return SIZES[max(least for least in SIZES if least <= budget)]


def run_missing(runs: Path, budget: float, weights: Path | None = None) -> list[str]:
    """Search and retrain every study that has no tested run; return the commands that did not succeed.

    Args:
        runs: folder of the runs.
        budget: seconds for all of them.
        weights: pretrained weights of VGG16; None: Keras's, which are downloaded.
    """
    end, chosen = time.monotonic() + budget, size(budget)
    missing = [study for study in SHARES if not _is_tested(runs, study)]
    unprepared = [f"python -m data {name}" for name in _datasets(missing) if not _prepared(name)]
    failed: dict[str, str] = {}
    for number in range(PASSES):
        failed = _pass(missing, runs, chosen, end, weights, last=number == PASSES - 1)
        missing = list(failed)
        if not missing or end - time.monotonic() < LEAST_SECONDS * len(missing):
            break
    return [*unprepared, *failed.values()]


def _pass(
    missing: list[str], runs: Path, chosen: Size, end: float, weights: Path | None, *, last: bool
) -> dict[str, str]:
    """Make the runs of some studies; return the study and the command of each that did not succeed."""
    failed = {}
    for position, study in enumerate(missing):
        left = end - time.monotonic()
        share = SHARES[study] / sum(SHARES[later] for later in missing[position:])
        if command := _make(study, runs, chosen, max(LEAST_SECONDS, left * share), weights, last=last):
            failed[study] = command
    return failed


def commands(study: str, runs: Path, chosen: Size, seconds: float, weights: Path | None) -> list[list[str]]:
    """Return the commands that search and retrain a study, as arguments of `python -m`.

    Args:
        study: its name.
        runs: folder of the runs.
        chosen: size of the trainings.
        seconds: for both together; the search may take half.
        weights: pretrained weights of VGG16, for the studies that use them.
    """
    photographs = study.startswith("cats_dogs")
    images, epochs = (
        (chosen.images, chosen.epochs) if photographs else (chosen.cifar_images, chosen.cifar_epochs)
    )
    half = ["--budget", f"{max(1, round(seconds / 2))}s"]
    place = ["--runs", str(runs)]
    run = f"{study}/{NAME}"
    if (runs / run / "run.json").is_file():
        search = ["search", "--resume", run, *half, *place]
    else:
        search = ["search", study, "--name", NAME, "--trials", str(TRIALS), "--epochs", str(epochs)]
        search += ["--train-images", str(images), *half, *place]
        # A fine-tuned study takes the pixels of its parent: the newest finished run of the frozen base.
        search += ["--set", f"pixels={PIXELS}"] if photographs and "finetuned" not in study else []
        search += ["--weights", str(weights)] if weights and "vgg16" in study else []
    return [search, ["analysis", run, "--seeds", str(SEEDS), *place]]


def _make(
    study: str, runs: Path, chosen: Size, seconds: float, weights: Path | None, *, last: bool
) -> str | None:
    """Run the commands of a study; return the first that did not succeed.

    A search that did not end in its time is retrained in the last pass alone: before it, the search goes on,
    and a study that continues from it has to wait.
    """
    end = time.monotonic() + seconds
    for command in commands(study, runs, chosen, seconds, weights):
        text = shlex.join(["python", "-m", *command])
        print(f"Running: {text}", file=sys.stderr)
        if _run(command, max(10.0, end - time.monotonic())):
            return text
        if command[0] == "search" and not last and (found := newest(runs, study)) and not found.finished:
            return text
    return None


def _run(command: list[str], seconds: float) -> int:
    """Run a command, and stop it after some seconds, which it may use to end well; return its exit status."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(
        [sys.executable, "-m", *command], stdout=sys.stderr, env=environment, start_new_session=True
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS) or 143
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()
    except BaseException:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
        raise


def _datasets(studies: list[str]) -> list[str]:
    names = {"cats_dogs" if study.startswith("cats_dogs") else "cifar10" for study in studies}
    return sorted(names)


def _prepared(name: str) -> bool:
    try:
        data.prepare(name)
        return True
    except DataError as error:
        print(f"python -m data {name}: {error}", file=sys.stderr)
        return False


def _is_tested(runs: Path, study: str) -> bool:
    found = newest(runs, study)
    return bool(found and found.tested)
