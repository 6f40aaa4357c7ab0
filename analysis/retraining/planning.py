"""From a command to what is retrained: which configurations, with which seeds, how long and on how much."""

import argparse
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import data
import models
from analysis import runs
from analysis.retraining import record
from analysis.retraining.openings import openings
from analysis.retraining.record import Record
from analysis.retraining.trainings import REPORT, Configuration
from models.space.points import FIT_DEFAULTS, PointError
from search.algorithm.trial import Trial, best
from search.executors.hardware import Hardware
from search.runs.plan import Plan
from search.runs.provenance import commit, versions
from search.runs.run import Run, RunError

SEEDS = 5


def start_of(said: argparse.Namespace, opened: Run, trials: list[Trial]) -> Record:
    """Return the record that a command goes on with: the one that is there, or a new one.

    What the command leaves open is as in the retraining that is there, or else as in the run itself.

    Args:
        said: seeds, epochs, train_images; None for each that is left open.
        opened: the run, locked.
        trials: its trials.

    Raises:
        PointError: more images are asked for than there are, or fewer than a batch.
        RunError: no trial has trained yet, or the record is damaged.
    """
    there, plan = record.read(opened.folder), opened.plan
    epochs = said.epochs or (there.epochs if there else plan.epochs)
    images = said.train_images or (there.train_images if there else plan.train_images)
    configurations = _configurations(opened, trials)
    _check_images(images, plan.study, configurations)
    seeds = _seeds(plan.seed, said.seeds or (len(there.seeds) if there else SEEDS))
    dataset = opened.about["dataset"]
    new = Record(
        folder=opened.folder,
        study=plan.study,
        question=models.summary(plan.study),
        dataset=dataset["name"],
        fingerprint=dataset["fingerprint"],
        classes=data.load(dataset["name"]).classes,
        epochs=epochs,
        train_images=images,
        seeds=seeds,
        command=shlex.join(["python", "-m", "analysis", *sys.argv[1:]]),
        versions=versions(),
        commit=commit(),
        seconds=0.0,
        configurations=configurations,
        opened=openings(opened.folder),
    )
    if there is None or not _same(there, new):
        return new
    now = replace(there, command=new.command, versions=new.versions, commit=new.commit)
    return replace(now, seeds=max(seeds, there.seeds, key=len))


def plan_of(said: argparse.Namespace, plan: Plan, start: Record, there: Hardware) -> Plan:
    """Return the plan of a retraining: the run's own, at this length, on the hardware that is here.

    Args:
        said: concurrent, None where it is left open; local.
        plan: of the run.
        start: what is to be retrained.
        there: the hardware.

    Raises:
        PointError: more is to run at a time than there is room for.
    """
    if said.local and said.concurrent:
        raise PointError("--concurrent: --local trains one at a time, in this process")
    gpu = plan.gpu and there.gpus > 0
    if plan.gpu and not gpu:
        print("The run was searched on a GPU, and there is none here: training on the CPU.", file=sys.stderr)
    most = int(there.gpus / plan.gpus_per_trial) if gpu else None
    if said.concurrent and most is not None and said.concurrent > most:
        raise PointError(f"--concurrent {said.concurrent}: the GPUs here have room for {most}")
    room = there.cores // plan.threads if most is None else most
    return replace(
        plan,
        trials=max(1, len(start.missing)),
        epochs=start.epochs,
        grace=start.epochs,
        train_images=start.train_images,
        gpu=gpu,
        gpus_per_trial=plan.gpus_per_trial if gpu else 0.0,
        concurrent=1 if said.local else said.concurrent or max(1, room),
    )


def _configurations(opened: Run, trials: list[Trial]) -> tuple[Configuration, ...]:
    """Return the best configuration, and the default one where that is another."""
    winner = best(trials)
    again = f"python -m search --resume {opened.name}"
    if winner is None:
        raise RunError(f"{opened.name}: no trial has finished an epoch yet: {again}")
    if not runs.finished(opened.plan, trials):
        print(
            f"NOT FINISHED: {opened.name} has {len(trials)} of {opened.plan.trials} trials. Retraining the "
            f"best so far, trial {winner.number}; the end of the search may find another: {again}",
            file=sys.stderr,
        )
    found = [("best", winner)]
    if winner.params != trials[0].params:
        found.append(("default", trials[0]))
    return tuple(Configuration(name, each.number, each.params, None, ()) for name, each in found)


def _check_images(images: int, study: str, configurations: tuple[Configuration, ...]) -> None:
    dataset = models.load(study).dataset
    most = data.sizes(dataset)["training"]
    if images > most:
        raise PointError(f"--train-images {images}: {dataset} has {most:,} training images")
    batch = max({**FIT_DEFAULTS, **each.params}["batch_size"] for each in configurations)
    if images < batch:
        raise PointError(f"--train-images {images}: less than one batch of {batch} (batch_size)")


def _seeds(own: int, count: int) -> tuple[int, ...]:
    """Return seeds other than the search's own: the best was chosen for its luck with that one, too."""
    return tuple(range(own + 1, own + 1 + count))


def _same(one: Record, other: Record) -> bool:
    params = [[each.params for each in retraining.configurations] for retraining in (one, other)]
    sizes = [(each.epochs, each.train_images) for each in (one, other)]
    return params[0] == params[1] and sizes[0] == sizes[1]


def make_room(start: Record) -> None:
    """Where something else was retrained before, keep that if it was tested, and remove it if it was not."""
    there, report = record.read(start.folder), start.folder / REPORT
    if there and _same(there, start):
        return
    if there and there.tested:
        kept = next(each for n in range(1, 10**6) if not (each := Path(f"{report}-{n}")).exists())
        report.rename(kept)
        print(
            f"Another retraining than before ({there.epochs} epochs on {there.train_images:,} images, trial "
            f"{there.configurations[0].trial}): that one is kept as {kept}.",
            file=sys.stderr,
        )
    elif there:
        print("Another retraining than the one begun before, which is dropped.", file=sys.stderr)
    shutil.rmtree(report / "checkpoints", ignore_errors=True)
