"""One session of a search: from a command to a run's last line."""

import argparse
import dataclasses
import os
import shlex
import sys
import time
from pathlib import Path

import data
from models import Study
from models.parts.keras_import import import_keras
from models.space import points
from search.command import planning, preview, summary
from search.executors import execution
from search.runs import parent, run
from search.runs.plan import environment
from search.runs.provenance import check_data, check_versions, commit, versions
from search.runs.run import Run, RunError
from search.search import Search


def begin(said: argparse.Namespace, study: Study) -> int:
    """Search a study; return the exit status.

    Raises:
        PointError: a value is not in the space.
        DataError, RunError: the data cannot be had, the run's folder not be written.
    """
    there = execution.there(said.address, local=said.local)
    plan = planning.plan_of(said, study, there)
    print(preview.opening(plan, study, there), file=sys.stderr)
    if said.dry_run:
        print(preview.dry_run(plan, study, there))
        return 0
    folder = (said.runs or Path("runs")) / said.study / (said.name or run.new_name())
    if folder.exists():
        raise RunError(f"{folder} is there already: go on with --resume, or give another --name")
    dataset = data.prepare(study.dataset)
    if plan.parent:
        parent.check_data(plan.parent, dataset.fingerprint)
    plan = dataclasses.replace(plan, data=dataset.fingerprint)
    about = {
        "command": shlex.join(["python", "-m", "search", *sys.argv[1:]]),
        "plan": plan.to_json(),
        "dataset": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        "versions": versions(),
        "commit": commit(),
        "hardware": dataclasses.asdict(there),
    }
    with run.create(folder.resolve(), about) as opened:
        if plan.parent:
            parent.keep(plan.parent, opened.checkpoints)
        return _session(opened, said)


def resume(said: argparse.Namespace) -> int:
    """Go on with a run; return the exit status.

    Raises:
        NoRun: there is no such run.
        PointError: fewer trials than the run has.
        RunError, DataError: it is being written, or its data are others now.
    """
    with run.open_run(run.find(said.runs or Path("runs"), said.resume)) as opened:
        check_data(opened)
        if opened.plan.parent:
            parent.check(opened.plan.parent, opened.checkpoints)
        check_versions(opened)
        if said.trials is not None:
            _grow(opened, said.trials)
        return _session(opened, said)


def _grow(opened: Run, trials: int) -> None:
    if trials < opened.plan.trials:
        there = opened.plan.trials
        raise points.PointError(f"--trials {trials}: the run has {there} already, it can only grow")
    opened.write({"plan": dataclasses.replace(opened.plan, trials=trials).to_json()})


def _session(opened: Run, said: argparse.Namespace) -> int:
    from search.command.live import Live
    from search.command.tensorboard import Curves

    began = time.monotonic()
    os.environ.update(environment(opened.plan))
    if opened.plan.parent and "start" not in opened.about:
        _say_start(opened)
    search = Search(opened, began + said.budget if said.budget else None)
    if search.mended:
        print(f"The journal's last line was not whole: {search.mended} bytes dropped.", file=sys.stderr)
    print(f"Run: {opened.folder}", file=sys.stderr)
    try:
        with execution.signals(search) as received:
            search.watch(Curves)
            with Live(search) as live:
                search.watchers.append(live)
                execution.execute(search, said.address, local=said.local)
                search.close()
        return _end(search, time.monotonic() - began, received)
    except KeyboardInterrupt:
        print(f"Interrupted. Go on with: {_again(search)}", file=sys.stderr)
        return 130


def _say_start(opened: Run) -> None:
    """Measure where a run that goes on from another begins, before its first step."""
    import_keras()
    from search.training.trainer import Trainer

    plan = opened.plan
    assert plan.parent
    print("Measuring where it begins …", file=sys.stderr)
    try:
        start = Trainer(plan, opened.checkpoints).start(plan.default)
    except Exception as error:  # on the head of a cluster, say, without a GPU; a worker will say the rest
        print(f"It could not be measured here: {error}", file=sys.stderr)
        return
    opened.write({"start": start})
    print(
        f"Before the first step: val_accuracy {start:.4f}; its parent's best had {plan.parent['value']:.4f}.",
        file=sys.stderr,
    )


def _end(search: Search, seconds: float, received: list[int]) -> int:
    again = _again(search)
    if search.fatal:
        print(f"python -m search: {search.fatal}", file=sys.stderr)
        print(f"What was done is kept. Go on with: {again}", file=sys.stderr)
        return 1
    if search.finished and search.best is None:
        print(f"python -m search: every trial failed; trial 0: {search.trials[0].reason}", file=sys.stderr)
        return 1
    measured = _measured(search)
    print("\n".join(summary.lines(search, seconds, measured)))
    if search.finished and search.best:
        search.run.write({"best": summary.as_json(search.best, measured)})
    if not search.finished:
        print(f"Stopped: {search.interrupted}. Go on with: {again}")
        return 128 + received[0] if received else 0
    print(f"Look at it:  tensorboard --logdir {_as_typed(search.run.tensorboard)}")
    print(f"Retrain it:  python -m analysis {_as_typed(search.run.folder)}")
    print(f"Search on:   {again} --trials {2 * search.plan.trials}")
    return 0


def _measured(search: Search) -> summary.Remeasured | None:
    if not search.finished or search.best is None:
        return None
    print("Measuring the best and the default again on unused validation images …", file=sys.stderr)
    try:
        import_keras()
        return summary.remeasure(search, search.best)
    except Exception as error:  # on the head of a cluster, say, without a GPU: the search itself is done
        print(f"They could not be measured again: {error}", file=sys.stderr)
        return None


def _again(search: Search) -> str:
    return f"python -m search --resume {_as_typed(search.run.folder)}"


def _as_typed(path: Path) -> str:
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
