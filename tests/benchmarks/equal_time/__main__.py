"""Searches of real trainings on CIFAR-10 at equal wall time: this program's defaults and other tools'.

    python -m tests.benchmarks.equal_time --study cifar_residual --seconds 360 --seeds 5

Each search is a process of its own that has the machine for itself. What is measured is one line of a table
beside this file; a comparison that was stopped goes on. All of it takes about (seconds + 100) × seeds × 5.
"""

import argparse
import csv
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import stats

from data.terminal.table import aligned
from tests.benchmarks.equal_time import answer

ROOT = "tests.benchmarks.equal_time"
CONTESTANTS = {
    "default": [f"{ROOT}.ours", "forecast", "forecast"],
    "tpe-halving": [f"{ROOT}.ours", "tpe", "halving"],
    "ray-tune": [f"{ROOT}.ray_tune"],
    "optuna-hyperband": [f"{ROOT}.optuna_hyperband"],
    "keras-tuner": [f"{ROOT}.keras_tuner"],
}
RESULTS = Path(__file__).with_name("results.csv")
COLUMNS = (
    *("study", "seconds", "contestant", "seed", "wall", "trials", "epochs", "trial", "epoch", "value"),
    *("left", "retrained", "date"),
)


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--study", default="cifar_residual")
    parser.add_argument("--seconds", type=int, default=360)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    known = {(row["study"], row["seconds"], row["contestant"], row["seed"]) for row in rows(given.results)}
    for seed in range(given.seeds):
        for name in given.contestants:
            if (given.study, str(given.seconds), name, str(seed)) not in known:
                add(given.results, measure(given.study, given.seconds, name, seed))
    print(table(list(rows(given.results)), given.study, given.seconds))


def measure(study: str, seconds: int, name: str, seed: int) -> dict[str, object]:
    """Run one search, and evaluate what it returned."""
    folder = Path(tempfile.mkdtemp(prefix="equal-time-"))
    module, *more = CONTESTANTS[name]
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", module, study, str(seed), str(seconds), str(folder), *more],
        timeout=2 * seconds + 300, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"),
    )  # fmt: skip
    wall = time.monotonic() - began
    row: dict[str, object] = {
        "study": study, "seconds": seconds, "contestant": name, "seed": seed, "wall": round(wall, 1),
        "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip
    found = answer.read(folder)
    if found is None:
        print(f"{name}, seed {seed}: no answer; see {folder / 'log'}", file=sys.stderr)
        return row
    evaluated = subprocess.run(
        [sys.executable, "-m", f"{ROOT}.evaluate", study, str(seed), str(folder)],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    accuracies = json.loads(evaluated.stdout.splitlines()[-1])
    shutil.rmtree(folder)
    row |= {"trials": found.trials, "epochs": found.epochs, "trial": found.number, "epoch": found.epoch}
    row |= {"value": round(found.value, 5), **accuracies}
    print(f"{name}, seed {seed}: {row}", file=sys.stderr)
    return row


def rows(results: Path) -> Iterator[dict[str, str]]:
    """Give what was measured before."""
    if results.exists():
        with results.open(newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)


def add(results: Path, row: dict[str, object]) -> None:
    """Keep a measurement."""
    new = not results.exists()
    with results.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def table(measured: list[dict[str, str]], study: str, seconds: int) -> str:
    """Return means with 95 % intervals (Student's t), and paired differences from the default."""
    heads = ["contestant", "n", "as left", "retrained", "retrained, default minus this", "trials", "epochs"]
    of = {
        name: {
            int(row["seed"]): row
            for row in measured
            if (row["study"], row["seconds"], row["contestant"]) == (study, str(seconds), name)
        }
        for name in CONTESTANTS
    }
    lines = []
    for name, by_seed in of.items():
        answered = [row for row in by_seed.values() if row["retrained"]]
        if not by_seed:
            continue
        both = [seed for seed, row in by_seed.items() if row["retrained"] and seed in of["default"]]
        paired = [
            float(of["default"][seed]["retrained"]) - float(by_seed[seed]["retrained"]) for seed in both
        ]
        lines.append([
            name, f"{len(answered)} of {len(by_seed)}",
            interval([float(row["left"]) for row in answered if row["left"]]),
            interval([float(row["retrained"]) for row in answered]),
            "" if name == "default" else interval(paired, signed=True),
            f"{np.mean([float(row['trials']) for row in answered]):.0f}" if answered else "",
            f"{np.mean([float(row['epochs']) for row in answered]):.0f}" if answered else "",
        ])  # fmt: skip
    return f"{study}, {seconds} s a search, 4,000 unused validation images\n{aligned([heads, *lines])}"


def retrained(row: dict[str, str]) -> float:
    """Return the accuracy of a row's retrained answer; an answer that is missing has none."""
    return float(row["retrained"] or "nan")


def interval(values: list[float], *, signed: bool = False) -> str:
    """Return a mean ± the half width of its 95 % interval, in percent."""
    if not values:
        return ""
    sign = "+" if signed else ""
    mean = 100 * float(np.mean(values))
    if len(values) == 1:
        return f"{mean:{sign}.1f}"
    half = 100 * float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))
    return f"{mean:{sign}.1f} ± {half:.1f}"


if __name__ == "__main__":
    main()
