"""What a person sees of a search while it runs."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace

import pytest
from rich.console import Console

import search.command.live
from search.algorithm.trial import Trial
from search.command.live import Live, clock
from search.runs.run import create
from search.search import Search
from tests.plans import small_plan, small_record

PLAN = small_plan(trials=6, epochs=9, default={"learning_rate": 0.0123456, "depth": 2, "batch_size": 32})
TOTAL = PLAN.judge([]).expected_epochs()


class Clock:
    """A clock that goes on only when told to."""

    now = 1e9  # later than any deadline of the real one

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(name="time")
def _time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    time = Clock()
    monkeypatch.setattr(search.command.live, "time", SimpleNamespace(monotonic=time.monotonic))
    return time


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Iterator[Search]:
    run = create(tmp_path / "s" / "run", small_record(PLAN))
    with run:
        yield Search(run)


def begin(run: Search) -> Trial:
    trial = run.driver.next()
    assert trial
    return trial


def train(run: Search, trial: Trial, value: float, time: Clock | None = None, loss: float = 1.0) -> bool:
    if time:
        time.now += 10
    metrics = {"loss": loss, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": value}
    return run.driver.step(
        trial, {"record": {"epoch": trial.epoch + 1, **metrics, "images": 100, "seconds": 0.5}}
    )


def watch(run: Search, *, terminal: bool) -> tuple[Live, io.StringIO]:
    written = io.StringIO()
    live = Live(run, Console(file=written, force_terminal=terminal, force_interactive=terminal, width=100))
    run.driver.callbacks.append(live)
    return live, written


def panel(live: Live, written: io.StringIO) -> str:
    """Return the panel as last drawn, without its colours and frame."""
    with live:
        pass
    last = written.getvalue().rpartition("╭")[2]
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[─│╭╮╰╯]", "", last)


def test_plain_lines_tell_how_stretches_end(run: Search, time: Clock) -> None:
    live, written = watch(run, terminal=False)
    with live:
        first, second = begin(run), begin(run)
        train(run, first, 0.3, time)
        train(run, second, 0.25, time)
    assert written.getvalue().splitlines() == [
        "trial 0 goes on from epoch 1: val_accuracy 0.300 (best 0.300, trial 0) · 2/6 trials "
        f"· 0:10 elapsed, about {clock(10 * (TOTAL - 1))} left",
        "trial 1 paused at epoch 1: val_accuracy 0.250 (best 0.300, trial 0) · 2/6 trials "
        f"· 0:20 elapsed, about {clock(10 * (TOTAL - 2))} left",
        f"trials 2 of 6: 1 running, 1 paused · 0:20 elapsed, about {clock(10 * (TOTAL - 2))} left",
    ]


def test_plain_lines_go_to_stderr(run: Search, capfd: pytest.CaptureFixture[str]) -> None:
    with Live(run) as live:
        run.driver.callbacks.append(live)
        train(run, begin(run), 0.3)
        told = capfd.readouterr()
        assert told.err.startswith("trial 0 goes on from epoch 1") and told.err.endswith("left\n")
        assert told.out == "" and "\x1b" not in told.err


@pytest.mark.parametrize("terminal", [False, True])
def test_a_failure_is_told_with_its_reason(run: Search, terminal: bool) -> None:
    live, written = watch(run, terminal=terminal)
    with live:
        train(run, begin(run), 0.3, loss=float("nan"))
        run.driver.failed(begin(run), "out of memory: [8, 64, 64]", "Traceback …")
    assert "trial 0 failed: loss is nan at epoch 1" in written.getvalue()
    assert "trial 1 failed: out of memory: [8, 64, 64]" in written.getvalue()


def test_the_end_is_one_line(run: Search) -> None:
    live, written = watch(run, terminal=False)
    with live:
        while trial := run.driver.next():
            while train(run, trial, 0.1 * trial.epoch):
                pass
        run.driver.close()
    *_, last = written.getvalue().splitlines()
    assert last.startswith("trials 6 of 6: ") and "complete" in last and last.endswith("0:00 elapsed")
    assert " stopped at " not in written.getvalue()


def test_the_panel_shows_counts_best_running_speed_and_time(run: Search, time: Clock) -> None:
    live, written = watch(run, terminal=True)
    first, second = begin(run), begin(run)
    train(run, first, 0.3, time)
    train(run, first, 0.4125, time)
    train(run, second, 0.25, time)
    begin(run)
    time.now += 5  # after the last event
    shown = panel(live, written)
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[:9] == [
        "s/run",
        "trials 3 of 6: 2 running, 1 paused",
        f"time 0:35 elapsed, about {clock((TOTAL - 3) * 35 / 3)} left",
        "best val_accuracy 0.412, trial 0 at epoch 2 of 9",
        "learning_rate=0.0123 depth=2",
        "speed 9 images a second, 3 epochs",
        "trial 0 epoch 2 of 9, val_accuracy 0.412, 200 images a second",
        "trial 2 epoch 0 of 9",
        "",
    ]
    assert "\x1b[1;32m" in written.getvalue()


def test_nothing_trained_yet(run: Search, time: Clock) -> None:
    live, written = watch(run, terminal=True)
    time.now += 3
    shown = panel(live, written)
    assert "0 of 6" in shown and "none yet" in shown and "0:03 elapsed" in shown and "left" not in shown


def test_a_resumed_search_counts_its_own_speed_and_everybodys_epochs(run: Search, time: Clock) -> None:
    first = begin(run)
    for _ in range(4):
        train(run, first, 0.3)
    resumed = Search(run.run)
    live, written = watch(resumed, terminal=True)
    assert "left" not in live._time()
    train(resumed, begin(resumed), 0.35, time)
    shown = panel(live, written)
    assert "10 images a second, 5 epochs" in shown
    assert f"about {clock(10 * (TOTAL - 5))} left" in shown


def test_time_left_runs_down_between_events(run: Search, time: Clock) -> None:
    live, _ = watch(run, terminal=False)
    train(run, begin(run), 0.3, time)
    time.now += 7
    assert live._time() == f"0:17 elapsed, about {clock(10 * (TOTAL - 1) - 7)} left"


def test_time_left_ends_with_the_budget(run: Search, time: Clock) -> None:
    run.driver.deadline = time.now + 30
    live, _ = watch(run, terminal=False)
    train(run, begin(run), 0.3, time)
    assert live._time() == "0:10 elapsed, about 0:20 left"
    time.now += 100
    assert live._time() == "1:50 elapsed, about 0:00 left"


def test_the_panel_says_between_events_that_it_stops(run: Search) -> None:
    live, written = watch(run, terminal=True)
    with live:
        begin(run)
        run.driver.interrupted = "SIGINT"
        patience = monotonic() + 10
        while "stopping: SIGINT" not in written.getvalue():
            assert monotonic() < patience
            sleep(0.02)


def test_a_dead_worker_before_the_first_epoch(run: Search) -> None:
    live, written = watch(run, terminal=False)
    with live:
        run.driver.died(begin(run), "killed")
    assert written.getvalue().startswith("trial 0 waiting at epoch 0: no epoch yet · 1/6 trials")


def test_durations() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 250, 3850, -1)] == [
        "0:00",
        "1:00",
        "4:10",
        "1:04:10",
        "0:00",
    ]


def test_nothing_heavy_is_imported() -> None:
    heavy = ("tensorflow", "torch", "keras", "ray")
    code = f"import search.command.live, sys; print([name for name in {heavy} if name in sys.modules])"
    root = Path(__file__).parents[3]
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"
