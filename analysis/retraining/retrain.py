"""Train the best configuration of a run again with several seeds, then open the test set, once.

The default configuration is trained beside it. Everything is decided before the test set is opened: the
configuration by the search, the length by the command, the model that is kept by validation accuracy. This is
the one place that opens it, and every opening is written down first (analysis/retraining/openings.py).
"""

import argparse
import datetime
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from analysis import runs
from analysis import trials_csv as as_csv
from analysis.retraining import openings, record
from analysis.retraining import planning as asked
from analysis.retraining.openings import Opening
from analysis.retraining.progress import Progress
from analysis.retraining.record import Record
from analysis.retraining.retraining import Retraining
from analysis.retraining.trainings import MODEL, REPORT, Training, label
from data import Split
from data.store.test_split import open_test
from models.parts.keras_import import import_keras
from search.executors import execution
from search.runs import checkpoint, parent
from search.runs.plan import Plan, environment
from search.runs.provenance import check_data, check_versions
from search.runs.run import Run, RunError, open_run


def retrain(folder: Path, said: argparse.Namespace) -> int:
    """Retrain a run, test what came of it, and keep the best model; return the exit status.

    Args:
        folder: of the run.
        said: seeds, epochs, train_images, concurrent, each None where it is left open; local; csv.

    Raises:
        PointError: a number is out of its range.
        RunError, DataError, WeightsError: the run is being written, or what it needs is not there.
        OSError: something cannot be written.
    """
    with open_run(folder) as opened:
        check_data(opened)
        check_versions(opened)
        trials = runs.trials(folder)
        start = asked.start_of(said, opened, trials)
        there = execution.there(None, local=said.local)
        plan = asked.plan_of(said, opened.plan, start, there)
        asked.make_room(start)
        if said.csv:
            for file in as_csv.write(trials, folder / REPORT):
                print(f"CSV: {file}")
        status, found = _train(opened, plan, start, local=said.local)
        if not status:
            _test(folder, plan, found)
        return status


def _train(opened: Run, plan: Plan, start: Record, *, local: bool) -> tuple[int, Record]:
    """Train what is missing; return 0, or an exit status where that did not come to its end; the record."""
    os.environ.update(environment(plan))
    _lay_out(opened)
    with Progress(start) as progress:
        retraining = Retraining(opened, plan, start, progress.tell)
        print(_opening(plan, start), file=sys.stderr)
        progress.show(retraining.trials)
        retraining.write()
        with execution.signals(retraining) as received:
            execution.execute(retraining, None, local=local)
    return _status(retraining, received), retraining.record


def _lay_out(opened: Run) -> None:
    """Make the folder of the checkpoints, in it what fine-tuning begins with: the parent's."""
    checkpoints = opened.folder / REPORT / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    if known := opened.plan.parent:
        parent.check(known, opened.checkpoints)
        shutil.copyfile(opened.checkpoints / parent.FILE, checkpoints / parent.FILE)


def _opening(plan: Plan, start: Record) -> str:
    names = " and ".join(each.name for each in start.configurations)
    seeds = ", ".join(map(str, start.seeds))
    return (
        f"{start.run}: {names}, each with seeds {seeds}; {plan.epochs} epochs on {plan.train_images:,} "
        f"images; {len(start.missing)} of {len(start.configurations) * len(start.seeds)} trainings to do, "
        f"{plan.slots} at a time"
    )


def _status(retraining: Retraining, received: list[int]) -> int:
    if retraining.fatal:
        print(f"python -m analysis: {retraining.fatal}. The same command goes on.", file=sys.stderr)
        return 1
    if received:
        print(f"Stopped: {retraining.interrupted}. The same command goes on.", file=sys.stderr)
        return 128 + received[0]
    for name, reason in retraining.errors.items():
        print(f"python -m analysis: {name} failed: {reason}", file=sys.stderr)
    if retraining.errors:
        print("The test set stays closed. The same command tries again what failed.", file=sys.stderr)
    return 1 if retraining.errors else 0


def _test(folder: Path, plan: Plan, found: Record) -> None:
    """Open the test set for what was not tested yet, keep the best model, and print what came of it."""
    import_keras()
    from analysis.retraining import evaluation
    from analysis.retraining import kept_model as model
    from search.training.trainer import Trainer

    file = folder / REPORT / MODEL
    if untested := _untested(found):
        trainer = Trainer(plan, folder / REPORT / "checkpoints")
        file = model.save(trainer, found, _kept(found))
        test = _open(found, untested)
        found = replace(found, opened=openings.openings(folder))
        found = evaluation.evaluate(trainer, replace(found, tested=len(found.opened)), test)
        record.write(found)
    print("\n".join(evaluation.lines(found)))
    print(f"Model: {file}")


def _untested(found: Record) -> dict[str, Training]:
    return {
        label(each.name, training.seed): training
        for each in found.configurations
        for training in each.trainings
        if training.logits is None and not training.failed
    }


def _kept(found: Record) -> Training:
    """Return the training of the best configuration whose model is kept: by validation accuracy."""
    trainings = found.configurations[0].trainings
    kept = max((each for each in trainings if not each.failed), key=lambda each: each.value, default=None)
    if kept is None:
        raise RunError(f"no training of the best configuration came to its end: {trainings[0].failed}")
    return kept


def _open(found: Record, untested: dict[str, Training]) -> Split:
    """Open the test set, after that is on disk; say it loudly if it is not for the first time."""
    weights = {name: checkpoint.fingerprint(each.checkpoint) for name, each in untested.items()}
    before = openings.openings(found.folder)
    if before:
        print(
            f"OPENING THE TEST SET AGAIN, {len(before) + 1} times in all; the first was on {before[0].time}. "
            "What is chosen after its results were seen is not tested on unseen images any more.",
            file=sys.stderr,
        )
    else:
        print(f"Opening the test set of {found.dataset}, for the first time in this run.", file=sys.stderr)
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    openings.add(found.folder, Opening(now, weights, found.epochs, found.train_images))
    return open_test(found.dataset)
