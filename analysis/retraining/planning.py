"""From options to what is retrained: which configurations, with which seeds, how long, on how many images."""

import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import data
from analysis.retraining import storage
from analysis.retraining.openings import openings
from analysis.retraining.options import RetrainOptions
from analysis.retraining.record import Record
from analysis.retraining.trainings import REPORT, Configuration
from models.space.points import FIT_DEFAULTS
from search.algorithm.trial import Trial
from search.executors.workers import room
from search.options import OptionError
from search.runs import study_copy
from search.runs.plan import Plan
from search.runs.provenance import Hardware, commit, versions
from search.runs.run import Run, RunError

SEEDS = 5


def starting_record(options: RetrainOptions, opened: Run, trials: list[Trial]) -> Record:
    """Return the record that a retraining goes on with: that of the run, or a new one.

    What the options leave open is as in the retraining that the run has already, or else as in the run
    itself.

    Args:
        options: what is asked of the retraining.
        opened: the run, locked.
        trials: its trials.

    Raises:
        OptionError: more images are asked for than there are, or fewer than a batch; or the validation images
            are asked for, which this retraining needs to choose by.
        RunError: no trial has trained yet, or the record is damaged.
    """
    before, plan = storage.read(opened.folder), opened.plan
    with_validation = _with_validation(options, before)
    epochs, images = _length(options, opened, before, with_validation)
    configurations = _configurations(opened, trials)
    again = before and not (options.epochs or options.train_images)
    if options.final or with_validation or (before and again and len(before.configurations) == 1):
        configurations = configurations[:1]
    _check_images(images, opened.record.dataset.name, configurations, with_validation)
    seeds = _seeds(
        plan.seed, options.seeds or (1 if options.final else len(before.seeds) if before else SEEDS)
    )
    dataset = opened.record.dataset
    new = Record(
        folder=opened.folder,
        study=plan.study,
        question=study_copy.question(plan, opened.folder),
        dataset=dataset.name,
        fingerprint=dataset.fingerprint,
        classes=data.load(dataset.name).classes,
        epochs=epochs,
        train_images=images,
        with_validation=with_validation,
        seeds=seeds,
        command=shlex.join(["python", "-m", "analysis", *sys.argv[1:]]),
        versions=versions(),
        commit=commit(),
        seconds=0.0,
        configurations=configurations,
        opened=openings(opened.folder),
        objective=plan.objective,
    )
    if before is None or not _same(before, new):
        return new
    now = replace(before, command=new.command, versions=new.versions, commit=new.commit)
    return replace(now, seeds=max(seeds, before.seeds, key=len))


def _with_validation(options: RetrainOptions, before: Record | None) -> bool:
    """Return whether the validation images are trained on, too. With `final`, a retraining begins anew."""
    goes_on = before is not None and before.with_validation and not options.final
    if options.with_validation and not (options.final or goes_on):
        raise OptionError(
            "--with-validation: it needs --final, as any other retraining chooses the model that is kept by "
            "the validation images"
        )
    return options.with_validation or goes_on


def _length(
    options: RetrainOptions, opened: Run, before: Record | None, with_validation: bool
) -> tuple[int, int]:
    """Return the epochs of each training, and the images seen in each."""
    plan, dataset = opened.plan, opened.record.dataset.name
    if options.final:
        epochs = study_copy.load(plan, opened.folder).max_epochs
        images = _most_images(dataset, with_validation)
    else:
        epochs = before.epochs if before else plan.epochs
        images = before.train_images if before else plan.train_images
    return options.epochs or epochs, options.train_images or images


def estimate(start: Record, plan: Plan, trials: list[Trial]) -> float:
    """Return the seconds that the missing trainings take, at the speed of the search's trials.

    The share of validating is smaller with more training images, so it is an upper estimate.
    """
    speeds = {trial.number: trial.images / trial.seconds for trial in trials if trial.seconds > 0}
    images = plan.epochs * plan.train_images
    missing = {name for name, _ in start.missing}
    seconds = [
        images / speeds[configuration.trial] * sum(name == configuration.name for name, _ in start.missing)
        for configuration in start.configurations
        if configuration.name in missing and configuration.trial in speeds
    ]
    return sum(seconds) / plan.slots


def make_plan(options: RetrainOptions, plan: Plan, start: Record, hardware: Hardware) -> Plan:
    """Return the plan of a retraining: the run's own, at this length, on the hardware that is here.

    Args:
        options: what is asked of the retraining.
        plan: of the run.
        start: what is to be retrained.
        hardware: that is here.

    Raises:
        OptionError: more is to run at a time than there is room for.
    """
    if options.local and options.concurrent:
        raise OptionError("--concurrent: --local trains one at a time, in this process")
    gpu = plan.gpu and hardware.gpus > 0
    if plan.gpu and not gpu:
        print("The run was searched on a GPU, and there is none here: training on the CPU.", file=sys.stderr)
    most = int(hardware.gpus / plan.gpus_per_trial) if gpu else None
    if options.concurrent and most is not None and options.concurrent > most:
        raise OptionError(f"--concurrent {options.concurrent}: the GPUs here have room for {most}")
    gpus = plan.gpus_per_trial if gpu else 0.0
    workers = room(hardware, threads=plan.threads, gpus=gpus, most=options.concurrent)
    return replace(
        plan,
        trials=max(1, len(start.missing)),
        epochs=start.epochs,
        train_images=start.train_images,
        with_validation=start.with_validation,
        gpu=gpu,
        gpus_per_trial=gpus,
        concurrent=1 if options.local else workers.number,
        max_concurrent=options.concurrent,
        cost="",
        at_most={},
    )


def _configurations(opened: Run, trials: list[Trial]) -> tuple[Configuration, ...]:
    """Return the best configuration, and the default one where that is another."""
    winner = opened.plan.judge(trials).best
    resume = f"python -m search --resume {opened.name}"
    if winner is None:
        raise RunError(f"{opened.name}: no trial has finished an epoch yet: {resume}")
    if not opened.plan.has_ended(trials):
        print(
            f"NOT FINISHED: {opened.name} has {len(trials)} of {opened.plan.trials} trials. Retraining the "
            f"best so far, trial {winner.number}; a finished search may return another one: {resume}",
            file=sys.stderr,
        )
    chosen = [("best", winner)]
    if winner.params != trials[0].params:
        chosen.append(("default", trials[0]))
    return tuple(Configuration(name, trial.number, trial.params, None, ()) for name, trial in chosen)


def _most_images(dataset: str, with_validation: bool) -> int:
    """Return how many images there are to train on."""
    sizes = data.sizes(dataset)
    return sizes["training"] + (sizes["validation"] if with_validation else 0)


def _check_images(
    images: int, dataset: str, configurations: tuple[Configuration, ...], with_validation: bool
) -> None:
    most = _most_images(dataset, with_validation)
    if images > most:
        splits = "training and validation" if with_validation else "training"
        raise OptionError(f"--train-images {images}: {dataset} has {most:,} {splits} images")
    batch = max({**FIT_DEFAULTS, **configuration.params}["batch_size"] for configuration in configurations)
    if images < batch:
        raise OptionError(f"--train-images {images}: less than one batch of {batch} (batch_size)")


def _seeds(search_seed: int, count: int) -> tuple[int, ...]:
    """Return seeds other than the search's own: the best was chosen for its luck with that one, too."""
    return tuple(range(search_seed + 1, search_seed + 1 + count))


def _same(one: Record, other: Record) -> bool:
    params = [[configuration.params for configuration in record.configurations] for record in (one, other)]
    trained = [(record.epochs, record.train_images, record.with_validation) for record in (one, other)]
    return params[0] == params[1] and trained[0] == trained[1]


def make_room(start: Record) -> None:
    """Where something else was retrained before, keep that if it was tested, and remove it if it was not."""
    before, report = storage.read(start.folder), start.folder / REPORT
    if before and _same(before, start):
        return
    if before and before.tested:
        kept = next(path for n in range(1, 10**6) if not (path := Path(f"{report}-{n}")).exists())
        report.rename(kept)
        print(
            f"The retraining before this one had other settings ({before.epochs} epochs on "
            f"{before.images}, trial {before.configurations[0].trial}); it is kept as {kept}.",
            file=sys.stderr,
        )
    elif before:
        print("The unfinished retraining before this one had other settings: removed.", file=sys.stderr)
    shutil.rmtree(report / "checkpoints", ignore_errors=True)
