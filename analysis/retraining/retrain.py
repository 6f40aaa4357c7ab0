"""Train the best configuration of a run again with several seeds, then open the test set, once.

The default configuration is trained beside it. Everything is decided before the test set is opened: the
configuration by the search, the length by the command, the model that is kept by validation accuracy, or by
its seed where the validation images were trained on. This is the one place that opens it, and every opening
is recorded first (analysis/retraining/openings.py).
"""

import datetime
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from analysis import trials_csv
from analysis.retraining import export, openings, planning, storage
from analysis.retraining.openings import Opening
from analysis.retraining.options import RetrainOptions
from analysis.retraining.progress import Progress
from analysis.retraining.record import Record
from analysis.retraining.retraining import Retraining
from analysis.retraining.trainings import MODEL, REPORT, Training, label
from data import Split
from data.store.test_split import open_test
from models.parts.keras_import import import_keras
from search import executors
from search.command.moved_weights import moved
from search.executors.signals import stop_on_signals
from search.runs import checkpoint, parent, study_copy
from search.runs.plan import Plan, environment
from search.runs.run import Run, RunError, open_run, read_trials


def retrain(folder: Path, options: RetrainOptions) -> int:
    """Retrain a run, test what came of it, and keep the best model; return the exit status.

    Args:
        folder: of the run.
        options: what is asked of the retraining.

    Raises:
        OptionError: a number is out of its range, or a library for the export is missing.
        RunError, DataError, WeightsError: the run is being written, or what it needs is missing.
        OSError: something cannot be written.
    """
    export.check(options.export)
    with open_run(folder) as opened:
        if options.weights is not None:
            opened.write(plan=moved(opened.plan, options.weights))
        opened.check_data()
        study_copy.tell_edited(opened.plan, opened.folder)
        opened.check_versions()
        trials = read_trials(folder)
        start = planning.starting_record(options, opened, trials)
        hardware = executors.hardware(options.executor, None)
        plan = planning.make_plan(options, opened.plan, start, hardware)
        planning.make_room(start)
        if options.csv:
            for file in trials_csv.write(trials, folder / REPORT):
                print(f"CSV: {file}")
        minutes = planning.estimate(start, plan, trials) / 60
        if start.missing:
            print(f"Estimate, at the speed of the search: {max(1, minutes):.0f} min", file=sys.stderr)
        status, record = _train(opened, plan, start, options.executor)
        if not status:
            _test(folder, plan, record)
            if options.export:
                print(f"Export: {export.export(folder, options.export)}")
        return status


def _train(opened: Run, plan: Plan, start: Record, executor: str) -> tuple[int, Record]:
    """Train what is missing; return 0, or an exit status where that did not come to its end; the record."""
    os.environ.update(environment(plan))
    _prepare_checkpoints(opened)
    with Progress(start) as progress:
        retraining = Retraining(plan, start, progress.tell)
        print(_opening(plan, start), file=sys.stderr)
        progress.show(retraining.trials)
        retraining.write()
        with stop_on_signals(retraining.driver) as signals:
            executors.execute(retraining.driver, executor, None)
    opened.check_there()
    return _status(retraining, signals), retraining.record


def _prepare_checkpoints(opened: Run) -> None:
    """Make the folder of the checkpoints, with the parent's, from which fine-tuning begins."""
    checkpoints = opened.folder / REPORT / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    study_copy.hand_on(opened.plan, opened.folder, opened.folder / REPORT)
    if before := opened.plan.parent:
        parent.check(before, opened.checkpoints)
        shutil.copyfile(opened.checkpoints / parent.FILE, checkpoints / parent.FILE)


def _opening(plan: Plan, start: Record) -> str:
    names = " and ".join(configuration.name for configuration in start.configurations)
    seeds = ", ".join(map(str, start.seeds))
    return (
        f"{start.run}: {names}, each with seeds {seeds}; {plan.epochs} epochs on {start.images}; "
        f"{len(start.missing)} of {len(start.configurations) * len(start.seeds)} trainings to do, "
        f"{plan.slots} at a time"
    )


def _status(retraining: Retraining, signals: list[int]) -> int:
    driver = retraining.driver
    if driver.fatal:
        print(f"python -m analysis: {driver.fatal}. Run the same command to go on.", file=sys.stderr)
        return 1
    if signals:
        print(f"Stopped: {driver.interrupted}. Run the same command to go on.", file=sys.stderr)
        return 128 + signals[0]
    for name, reason in retraining.errors.items():
        print(f"python -m analysis: {name} failed: {reason}", file=sys.stderr)
    if retraining.errors:
        print("The test set stays closed. Run the same command to retry what failed.", file=sys.stderr)
    return 1 if retraining.errors else 0


def _test(folder: Path, plan: Plan, record: Record) -> None:
    """Open the test set for what was not tested yet, keep the best model, and print the accuracies."""
    import_keras()
    from analysis.retraining import evaluation, kept_model
    from search.training.trainer import Trainer

    file = folder / REPORT / MODEL
    if untested := _untested(record):
        trainer = Trainer(plan, folder / REPORT / "checkpoints")
        file = kept_model.save(trainer, record, _kept(record))
        test = _open(record, untested)
        record = replace(record, opened=openings.openings(folder))
        record = evaluation.evaluate(trainer, replace(record, tested=len(record.opened)), test)
        storage.write(record)
    print("\n".join(evaluation.lines(record)))
    print(f"Model: {file}")


def _untested(record: Record) -> dict[str, Training]:
    return {
        label(configuration.name, training.seed): training
        for configuration in record.configurations
        for training in configuration.trainings
        if training.logits is None and not training.failed
    }


def _kept(record: Record) -> Training:
    """Return the training of the best configuration whose model is kept, as `Configuration.chosen` does."""
    trainings = record.configurations[0].trainings
    trained = [training for training in trainings if not training.failed]
    kept = max(trained, key=lambda training: training.value, default=None)
    if kept is None:
        raise RunError(f"every training of the best configuration failed: {trainings[0].failed}")
    return kept


def _open(record: Record, untested: dict[str, Training]) -> Split:
    """Open the test set, after that is on disk; say it loudly if it is not for the first time."""
    weights = {name: checkpoint.fingerprint(training.checkpoint) for name, training in untested.items()}
    before = openings.openings(record.folder)
    if before:
        print(
            f"OPENING THE TEST SET AGAIN, {len(before) + 1} times in all; the first was on {before[0].time}. "
            "What is chosen after its results were seen is no longer tested on unseen images.",
            file=sys.stderr,
        )
    else:
        print(f"Opening the test set of {record.dataset}, for the first time in this run.", file=sys.stderr)
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    openings.add(record.folder, Opening(now, weights, record.epochs, record.train_images))
    return open_test(record.dataset)
