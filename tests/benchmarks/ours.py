"""This search on what `plain_ray.py` runs.

python -m tests.benchmarks.ours short|search
"""

import contextlib
import dataclasses
import os
import sys
import tempfile
import time
from pathlib import Path

import models
from models.space import points
from search.algorithm import samplers, schedulers
from search.algorithm.trial import Trial
from search.executors import execute
from search.runs import run
from search.runs.plan import Plan, environment
from search.runs.provenance import Hardware
from search.runs.record import DatasetRecord, RunRecord
from search.search import Search
from tests.benchmarks.sizes import (
    EPOCHS,
    SEARCH_IMAGES,
    SEARCH_TRIALS,
    SHORT_IMAGES,
    VALIDATION,
    WORKERS,
    given,
)


def plan() -> Plan:
    """Return the plan of the search benchmark."""
    study = models.load("cifar_residual")
    space = study.distributions(gpu=False)
    return Plan(
        study="cifar_residual", trials=SEARCH_TRIALS, epochs=EPOCHS, train_images=SEARCH_IMAGES,
        validation_images=VALIDATION, seed=0, sampler=samplers.DEFAULT, space=space,
        default=points.default_params(study, space), gpu=False, gpus_per_trial=0.0, threads=1,
        concurrent=WORKERS, backend="tensorflow",
        scheduler_settings=schedulers.settings(schedulers.DEFAULT, EPOCHS),
    )  # fmt: skip


def short() -> Plan:
    """Return the plan of the benchmark of short trials."""
    study = models.load("cifar_basic")
    return dataclasses.replace(
        plan(), study="cifar_basic", trials=len(given()), epochs=1, train_images=SHORT_IMAGES,
        scheduler_settings=schedulers.settings(schedulers.DEFAULT, 1), space=study.distributions(gpu=True),
        default=given()[0],
    )  # fmt: skip


def main(which: str) -> None:
    """Run one of the two benchmarks."""
    began = time.perf_counter()
    chosen = short() if which == "short" else plan()
    os.environ.update(environment(chosen))
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        record = RunRecord(
            command="", plan=chosen, dataset=DatasetRecord("cifar10", ""), versions={}, commit=None,
            hardware=Hardware(WORKERS, 0, "", WORKERS),
        )  # fmt: skip
        folder = Path(scratch) / chosen.study / "benchmark"
        search = Search(stack.enter_context(run.create(folder, record)))
        if which == "short":
            search.trials.extend(Trial(number, point) for number, point in enumerate(given()))
            for trial in search.trials:
                search.started(trial)
        os.environ.pop("RAY_ADDRESS", None)  # on a Ray of our own
        execute(search.driver, "ray", None)
        search.driver.close()
        busy = sum(trial.seconds for trial in search.trials)
        first = sum(trial.epochs[1]["seconds"] for trial in search.trials if 1 in trial.epochs)
        wall = time.perf_counter() - began
        states = [trial.state for trial in search.trials]
    print(
        "IMAGES", sum(t.images for t in search.trials), "TRIALS", len(search.trials), f"WALL {wall:.1f}",
        f"TRAINING {busy:.1f} (first epochs {first:.1f}), slots busy {busy / wall / WORKERS:.2f}",
        {state: states.count(state) for state in sorted(set(states))}, file=sys.stderr,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
