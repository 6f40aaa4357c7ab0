"""One session of a search: from a command to a run's last line."""

import argparse
import contextlib
import dataclasses
import importlib.metadata
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import data
from models import Study
from models import _points as points
from models._quiet import import_keras
from search import hardware, own_ray, parent, planning, preview, run, summary
from search.hardware import Hardware
from search.plan import environment
from search.run import Run, RunError
from search.search import Search

PACKAGES = ("keras", "tensorflow", "jax", "optuna", "ray", "numpy")


def begin(said: argparse.Namespace, study: Study) -> int:
    """Search a study; return the exit status.

    Raises:
        PointError: a value is not in the space.
        DataError, RunError: the data cannot be had, the run's folder not be written.
    """
    there = _hardware(said)
    plan = planning.plan_of(said, study, there)
    print(preview.opening(plan, study, there), file=sys.stderr)
    if said.dry_run:
        print(preview.dry_run(plan, study, there))
        return 0
    folder = (said.runs or Path("runs")) / said.study / (said.name or run.new_name())
    if folder.exists():
        raise RunError(f"{folder} is there already: go on with --resume, or give another --name")
    dataset = data.prepare(study.dataset)
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
        _checkversions(opened)
        if said.trials is not None:
            _grow(opened, said.trials)
        return _session(opened, said)


def _checkversions(opened: Run) -> None:
    known, now = opened.about["versions"], versions()
    others = [f"{name} {known.get(name)} → {now[name]}" for name in now if known.get(name) != now[name]]
    if others:
        print(f"Other versions than it was begun with: {', '.join(others)}.", file=sys.stderr)


def _grow(opened: Run, trials: int) -> None:
    if trials < opened.plan.trials:
        there = opened.plan.trials
        raise points.PointError(f"--trials {trials}: the run has {there} already, it can only grow")
    opened.write({"plan": dataclasses.replace(opened.plan, trials=trials).to_json()})


def check_data(opened: Run) -> None:
    known = opened.about["dataset"]
    found = data.prepare(known["name"]).fingerprint
    if found != known["fingerprint"]:
        raise RunError(
            f"{opened.name} was begun on {known['name']} with fingerprint {known['fingerprint'][:12]}…, "
            f"the one here has {found[:12]}…: its trials could not be compared"
        )


def _session(opened: Run, said: argparse.Namespace) -> int:
    from search.live import Live
    from search.tensorboard import Curves

    began = time.monotonic()
    os.environ.update(environment(opened.plan))
    if opened.plan.parent and "start" not in opened.about:
        _say_start(opened)
    search = Search(opened, began + said.budget if said.budget else None)
    if search.mended:
        print(f"The journal's last line was not whole: {search.mended} bytes dropped.", file=sys.stderr)
    print(f"Run: {opened.folder}", file=sys.stderr)
    try:
        with signals(search) as received:
            search.watch(Curves)
            with Live(search) as live:
                search.watchers.append(live)
                execute(search, said)
                search.close()
        return _end(search, time.monotonic() - began, received)
    except KeyboardInterrupt:
        print(f"Interrupted. Go on with: {_again(search)}", file=sys.stderr)
        return 130


def _say_start(opened: Run) -> None:
    """Measure where a run that goes on from another begins, before its first step."""
    import_keras()
    from search.trainer import Trainer

    plan = opened.plan
    assert plan.parent
    start = Trainer(plan, opened.checkpoints).start(plan.default)
    opened.write({"start": start})
    print(
        f"Before the first step: val_accuracy {start:.4f}; its parent's best had {plan.parent['value']:.4f}.",
        file=sys.stderr,
    )


def execute(search: Search, said: argparse.Namespace) -> None:
    if search.finished or search.fatal:
        return
    if said.local:
        import_keras()
        from search import local

        local.run(search)
    else:
        address = said.address or os.environ.get("RAY_ADDRESS")
        if not address:
            own_ray.close_to_others()
        from search import on_ray

        on_ray.run(search, address)


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


@contextlib.contextmanager
def signals(search: Search) -> Iterator[list[int]]:
    """Let the first Ctrl-C or SIGTERM end the search after the epochs in flight, and the second at once."""
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        received.append(number)
        search.interrupted = signal.Signals(number).name
        if len(received) > 1:
            raise KeyboardInterrupt
        print("Stopping after this epoch; once more to stop at once (nothing is lost).", file=sys.stderr)

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _hardware(said: argparse.Namespace) -> Hardware:
    address = said.address or os.environ.get("RAY_ADDRESS")
    if address and not said.local:
        from search import on_ray

        return on_ray.hardware(address)
    return hardware.here()


def versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def commit() -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=40"]
    with contextlib.suppress(OSError):
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        return asked.stdout.strip() or None
    return None
