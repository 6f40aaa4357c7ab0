"""One session of a search: from its options to a result."""

import contextlib
import dataclasses
import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import data
import models
from data.terminal.output import one_line
from models import Study
from models.parts.keras_import import import_keras
from search import executors
from search.command import planning, summary
from search.command import preview as preview_text
from search.command.dry_run import extended
from search.command.moved_weights import moved
from search.executors.signals import stop_on_signals
from search.options import SearchOptions, executor
from search.result import Result
from search.runs import parent, run, study_copy
from search.runs.plan import Plan, environment
from search.runs.provenance import commit, versions
from search.runs.record import DatasetRecord, RunRecord
from search.runs.run import Run, RunError
from search.search import Search


def start(study: str, options: SearchOptions, command: str | None = None) -> Result:
    """Search a study.

    Args:
        study: its name, or its file.
        options: what is asked of the search.
        command: as the user typed it; None for one that asks for the same.

    Raises:
        OptionError, PointError: an option is out of its range.
        DataError, RunError: the data are not available, or the run's folder cannot be written.
    """
    definition = models.load(study)
    hardware = executors.hardware(options.executor, options.address)
    plan = planning.make_plan(study, options, hardware)
    print(preview_text.opening(plan, definition, hardware), file=sys.stderr)
    parent_folder = options.runs.resolve() / plan.study
    if options.name and run.is_taken(parent_folder / options.name):
        raise run.already_exists(parent_folder / options.name)
    dataset = data.prepare(plan.dataset, origin=plan.origin)
    if plan.parent:
        parent.check_data(plan.parent, dataset.fingerprint)
    record = RunRecord(
        command=command or options.command(study),
        plan=dataclasses.replace(plan, data=dataset.fingerprint),
        dataset=DatasetRecord(dataset.name, dataset.fingerprint),
        versions=versions(),
        commit=commit(),
        hardware=hardware,
    )
    if options.name:
        created = run.create(parent_folder / options.name, record)
    else:
        created = run.create_named_by_time(parent_folder, record, _label(plan, definition))
    with created as opened, _resumable(opened):
        study_copy.keep(plan, opened.folder)
        if plan.parent:
            parent.keep(plan.parent, opened.checkpoints)
        return _search(opened, options.executor, options.address, options.budget)


def _label(plan: Plan, study: Study) -> str:
    """Return what the name of a run begins with: the dataset where that is not the study's own."""
    return "" if plan.dataset == study.dataset else f"{plan.dataset.partition('-')[0]}-"


def resume(
    folder: Path,
    *,
    trials: int | None = None,
    budget: float | None = None,
    concurrent: int | None = None,
    weights: Path | None = None,
    local: bool = False,
    address: str | None = None,
) -> Result:
    """Go on with a run; the arguments are those of `search.resume`.

    Raises:
        OptionError: fewer trials than the run has, or more at a time than there is room for.
        RunError, DataError: it is being written, or its data are not what they were.
    """
    with run.open_run(run.find(folder.parent, str(folder))) as opened, _resumable(opened):
        if weights is not None:
            opened.write(plan=moved(opened.plan, weights))
        opened.check_data()
        if opened.plan.parent:
            parent.check(opened.plan.parent, opened.checkpoints)
        study_copy.load(opened.plan, opened.folder)
        study_copy.tell_edited(opened.plan, opened.folder)
        opened.check_versions()
        if trials is not None:
            opened.write(plan=extended(opened.plan, trials))
        _choose_workers(opened, concurrent, executor(local=local), address)
        planning.check_sampler(opened.plan.sampler, opened.plan.free, opened.plan.trials)
        return _search(opened, executor(local=local), address, budget)


def _choose_workers(opened: Run, most: int | None, executor: str, address: str | None) -> None:
    """Choose the number of workers for the hardware that is here, and say it where it is another one."""
    hardware, before = executors.hardware(executor, address), opened.plan
    plan = planning.for_session(before, hardware, most=most, local=executor == "local")
    if plan.slots != before.slots:
        print(preview_text.resources(plan, hardware), file=sys.stderr)
    if plan != before:
        opened.write(plan=plan)


def _search(opened: Run, executor: str, address: str | None, budget: float | None) -> Result:
    from search.command.live import Live
    from search.command.tensorboard import Curves

    began = time.monotonic()
    os.environ.update(environment(opened.plan))
    if opened.plan.parent and opened.record.start is None:
        _measure_start(opened)
    search = Search(opened, None if budget is None else began + budget)
    search.driver.resume = f"Resume with: {_resume_command(opened)}"
    if search.dropped:
        print(
            f"The last line of the journal was incomplete: {search.dropped} bytes removed.", file=sys.stderr
        )
    print(f"Run: {opened.folder}", file=sys.stderr)
    with stop_on_signals(search.driver) as signals:
        search.watch(Curves)
        with Live(search) as live:
            search.driver.callbacks.append(live)
            executors.execute(search.driver, executor, address)
            search.driver.close()
    return _result(search, time.monotonic() - began, signals)


@contextlib.contextmanager
def _resumable(opened: Run) -> Iterator[None]:
    """Name the command to resume where an interrupt ends the block; not of a run that was deleted."""
    try:
        yield
    except OSError:
        opened.check_there()
        raise
    except KeyboardInterrupt:
        opened.check_there()
        print(f"Interrupted. Resume with: {_resume_command(opened)}", file=sys.stderr)
        raise


def _measure_start(opened: Run) -> None:
    """Measure where a run that goes on from another begins, before its first step."""
    import_keras()
    from search.training.trainer import Trainer

    plan = opened.plan
    assert plan.parent
    print("Measuring the model before its first step …", file=sys.stderr)
    try:
        start = Trainer(plan, opened.checkpoints).start(plan.default)
    except Exception as error:  # on the head of a cluster, say, without a GPU; a worker will say the rest
        print(f"It could not be measured here: {error}", file=sys.stderr)
        return
    opened.write(start=start)
    print(
        f"Before the first step: {plan.objective} {start:.4f}; its parent's best had "
        f"{plan.parent.plan.objective} {plan.parent.value:.4f}.",
        file=sys.stderr,
    )


def _result(search: Search, seconds: float, signals: list[int]) -> Result:
    """Return what a session came to, and keep the best of a finished search.

    Raises:
        RunError: it could not go on, its folder was deleted, or every trial failed.
    """
    search.run.check_there()
    driver, best = search.driver, search.best
    if driver.fatal:
        raise RunError(f"{driver.fatal}\nProgress saved. Resume with: {_resume_command(search.run)}")
    if driver.finished and best is None:
        raise RunError(f"every trial failed; trial 0: {search.trials[0].reason}")
    measured = _measure_again(search)
    lines = summary.lines(search, seconds, measured)
    if driver.finished and best:
        search.run.write(best=summary.best_record(best, measured))
    return Result(
        folder=search.run.folder,
        params=best.params if best else None,
        value=best.value if best else None,
        trials=search.trials,
        finished=driver.finished,
        stopped="" if driver.finished else driver.interrupted,
        signal=signals[0] if signals and not driver.finished else None,
        summary="\n".join([*lines, *_what_next(search)]),
    )


def _measure_again(search: Search) -> summary.Remeasured | None:
    if not search.driver.finished or search.best is None:
        return None
    print("Measuring the best and the default again on unused validation images …", file=sys.stderr)
    try:
        import_keras()
        return summary.remeasure(search, search.best)
    except Exception as error:  # on the head of a cluster, say, without a GPU: the search itself is done
        print(f"They could not be measured again: {error}", file=sys.stderr)
        return None


def _what_next(search: Search) -> list[str]:
    resume = _resume_command(search.run)
    if not search.driver.finished:
        return [f"Stopped: {search.driver.interrupted}. Resume with: {resume}"]
    return [
        f"Look at it:  tensorboard --logdir {_typed(search.run.tensorboard)}",
        f"Retrain it:  python -m analysis {_typed(search.run.folder)}",
        f"Search on:   {resume} --trials {2 * search.plan.trials}",
    ]


def _resume_command(opened: Run) -> str:
    return f"python -m search --resume {_typed(opened.folder)}"


def _typed(path: Path) -> str:
    """Return a path as a user would type it here."""
    here = Path.cwd()
    typed = str(path.relative_to(here) if path.is_relative_to(here) else path)
    if typed == one_line(typed):
        return shlex.quote(typed)
    escaped = typed.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{one_line(escaped)}'"  # as bash and zsh read the bytes of a name that is not UTF-8
