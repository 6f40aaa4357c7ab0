"""What TensorBoard shows of a run, read back with TensorBoard's own code."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.get_experiment import Handler as ExperimentHandler
from tensorboard.plugins.hparams.list_session_groups import Handler as SessionsHandler

from search.algorithm.trial import Trial
from search.command.tensorboard import Curves
from search.runs.run import create, open_run
from search.search import Search
from tests.plans import small_plan, small_record

SPACE = {
    "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
    "depth": IntDistribution(1, 4),
    "normalization": CategoricalDistribution(["none", "batch"]),
    "flip": CategoricalDistribution([True, False]),
    "batch_size": CategoricalDistribution([32]),
}
DEFAULT = {"learning_rate": 0.01, "depth": 2, "normalization": "none", "flip": True, "batch_size": 32}
PLAN = small_plan(trials=6, epochs=9, space=SPACE, default=DEFAULT)

METRICS = ("val_accuracy", "val_loss")

Begin = Callable[[], Search]


@pytest.fixture(autouse=True)
def _without_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    # TensorBoard reads files with TensorFlow where it finds it, which takes seconds; this module's being
    # there tells it not to look.
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", ModuleType("notf"))


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Return what begins a search; called again, it goes on with it as if it had been killed."""
    runs = [create(tmp_path / "s" / "run", small_record(PLAN))]

    def begin() -> Search:
        runs.pop().close()
        runs.append(open_run(tmp_path / "s" / "run"))
        search = Search(runs[0])
        search.driver.callbacks.append(Curves(search))
        return search

    yield begin
    runs.pop().close()


def first(search: Search) -> Trial:
    trial = search.driver.next()
    assert trial
    return trial


def train(search: Search, trial: Trial) -> bool:
    epoch = trial.epoch + 1
    metrics = {"loss": 1 / epoch, "accuracy": 0.5, "val_loss": 2 / epoch, "val_accuracy": 0.05 * epoch}
    metrics["val_accuracy"] += 0.01 * trial.number
    return search.driver.step(trial, {"record": {"epoch": epoch, **metrics, "images": 100, "seconds": 0.5}})


def work(search: Search, epochs: int = 10**6) -> list[Trial]:
    """Train two trials at a time; return those under way when the epochs are used up."""
    running: list[Trial] = []
    while True:
        while len(running) < 2 and (trial := search.driver.next()):
            running.append(trial)
        if not running or not epochs:
            return running
        epochs -= 1
        trial = running.pop(0)
        if train(search, trial):
            running.append(trial)


def folder_of(search: Search, trial: Trial) -> Path:
    return search.run.tensorboard / f"trial-{trial.number:05d}"


def curves(search: Search, trial: Trial) -> dict[str, list[tuple[int, float]]]:
    read = EventAccumulator(str(folder_of(search, trial)))
    read.Reload()
    return {
        tag: [(Scalar.step, Scalar.value) for Scalar in read.Scalars(tag)] for tag in read.Tags()["scalars"]
    }


def assert_curves_are_right(search: Search) -> None:
    for trial in search.trials:
        read = curves(search, trial)
        expected = {"loss", "accuracy", "val_loss", "val_accuracy", "images_per_second"}
        assert set(read) == (expected if trial.epochs else set())
        for tag in set(read) - {"images_per_second"}:
            steps, values = zip(*read[tag], strict=True)
            assert steps == tuple(trial.epochs), (trial.number, tag)
            assert values == pytest.approx(tuple(value[tag] for value in trial.epochs.values()))


def hparams_page(search: Search, folder: Path | None = None) -> tuple[Any, dict[str, Any]]:
    """Return what TensorBoard answers to its HParams page: the experiment, and the groups by name."""
    files, logs = EventMultiplexer(), str(folder or search.run.tensorboard)
    files.AddRunsFromDirectory(logs)
    files.Reload()
    context = Context(TBContext(logdir=logs, data_provider=MultiplexerDataProvider(files, logs)))
    told = RequestContext()
    request = api_pb2.GetExperimentRequest(include_metrics=True)
    experiment = ExperimentHandler(told, context, "", request).run()
    request = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=1000)
    request.allowed_statuses.extend(status for _, status in api_pb2.Status.items())
    request.col_params.extend(api_pb2.ColParams(metric=api_pb2.MetricName(tag=tag)) for tag in METRICS)
    found = SessionsHandler(told, context, "", request).run()
    return experiment, {group.name: group for group in found.session_groups}


def test_every_trial_has_its_curves(begin: Begin) -> None:
    search = begin()
    work(search)
    search.driver.close()
    assert {trial.state for trial in search.trials} == {"complete", "stopped"}
    assert_curves_are_right(search)
    assert curves(search, search.trials[0])["images_per_second"] == [(epoch, 200.0) for epoch in range(1, 10)]
    _, groups = hparams_page(search)
    assert [group.sessions[0].status for group in groups.values()] == [api_pb2.STATUS_SUCCESS] * 6


def test_a_running_trial_is_seen_after_each_epoch(begin: Begin) -> None:
    search = begin()
    trial = first(search)
    for epoch in (1, 2):
        train(search, trial)
        assert len(curves(search, trial)["loss"]) == epoch


@pytest.mark.parametrize("lost", [0, 1, 100, 10**6])
def test_curves_stand_once_after_a_kill(begin: Begin, lost: int) -> None:
    work(killed := begin(), epochs=13)
    for file in killed.run.tensorboard.rglob("events*"):
        os.truncate(file, max(0, file.stat().st_size - lost))
    search = begin()
    assert any(trial.state == "paused" for trial in search.trials)
    assert_curves_are_right(search)
    work(search)
    search.driver.close()
    assert_curves_are_right(search)


def test_curves_stand_once_where_earlier_files_are_left(begin: Begin) -> None:
    """A kill while a session begins leaves the files of two sessions."""
    work(killed := begin(), epochs=13)
    earlier = {file: file.read_bytes() for file in killed.run.tensorboard.rglob("events*")}
    search = begin()
    for file, content in earlier.items():
        assert not file.exists()
        file.write_bytes(content)
    assert_curves_are_right(search)
    third = begin()
    assert len(list(folder_of(third, third.trials[0]).iterdir())) == 1
    assert_curves_are_right(third)


def test_time_on_the_axis_goes_forward_after_a_resume(begin: Begin) -> None:
    work(begin(), epochs=13)
    search = begin()
    read = EventAccumulator(str(folder_of(search, search.trials[0])))
    read.Reload()
    times = [Scalar.wall_time for Scalar in read.Scalars("loss")]
    assert np.diff(times) == pytest.approx(0.5, abs=0.1)  # the seconds of each epoch


def test_hparams_lists_trials_in_every_state(begin: Begin) -> None:
    search = begin()
    running = work(search, epochs=12)
    search.driver.failed(running[0], "out of memory", "Traceback …")
    assert search.driver.next()
    _, groups = hparams_page(search)
    assert {"running", "paused", "failed"} <= {trial.state for trial in search.trials}
    assert list(groups) == [f"trial-{trial.number:05d}" for trial in search.trials]
    ends = {"complete": api_pb2.STATUS_SUCCESS, "failed": api_pb2.STATUS_FAILURE}
    for trial, group in zip(search.trials, groups.values(), strict=True):
        params = {name: getattr(value, value.WhichOneof("kind")) for name, value in group.hparams.items()}
        assert params == trial.params
        metrics = {metric_value.name.tag: metric_value.value for metric_value in group.metric_values}
        last = trial.epochs.get(trial.epoch, {})
        shown = {tag: metrics[tag] for tag in METRICS if tag in metrics}
        assert shown == {tag: pytest.approx(last[tag]) for tag in METRICS if last}
        assert group.sessions[0].status == ends.get(trial.state, api_pb2.STATUS_UNKNOWN)


def test_hparams_knows_what_was_searched(begin: Begin) -> None:
    search = begin()
    work(search)
    experiment, _ = hparams_page(search)
    assert {"val_accuracy", "val_loss"} <= {info.name.tag for info in experiment.metric_infos}
    found = {info.name: info for info in experiment.hparam_infos}
    assert set(found) == set(SPACE)
    depths = [trial.params["depth"] for trial in search.trials]
    interval = found["depth"].domain_interval
    assert (interval.min_value, interval.max_value) == (min(depths), max(depths))
    types = [found[name].type for name in ("flip", "normalization", "batch_size")]
    assert types == [api_pb2.DATA_TYPE_BOOL, api_pb2.DATA_TYPE_STRING, api_pb2.DATA_TYPE_FLOAT64]
    assert not found["batch_size"].differs and found["learning_rate"].differs


def test_hparams_of_several_studies_has_the_columns_of_each(begin: Begin, tmp_path: Path) -> None:
    work(begin())
    space = {"width": IntDistribution(8, 64), "optimizer": CategoricalDistribution(["adam", "sgd"])}
    other = small_plan(space=space, default={"width": 16, "optimizer": "adam"})
    with create(tmp_path / "another" / "run", small_record(other)) as run:
        search = Search(run)
        search.driver.callbacks.append(Curves(search))
        work(search)
        experiment, groups = hparams_page(search, tmp_path)
        assert {info.name for info in experiment.hparam_infos} == {*SPACE, *space}
        theirs = [group for name, group in groups.items() if name.startswith("another/run")]
        assert len(theirs) == len(search.trials)
        assert all(set(group.hparams) == set(space) for group in theirs)


def test_a_trial_that_diverges_is_a_failure_with_its_curve(begin: Begin) -> None:
    search = begin()
    trial = first(search)
    metrics = {"loss": float("nan"), "accuracy": 0.1, "val_loss": float("inf"), "val_accuracy": 0.1}
    search.driver.step(trial, {"record": {"epoch": 1, **metrics, "images": 100, "seconds": 0.0}})
    assert set(curves(search, trial)) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    _, groups = hparams_page(search)
    assert groups["trial-00000"].sessions[0].status == api_pb2.STATUS_FAILURE


def test_a_full_disk_stops_the_search_at_once(begin: Begin) -> None:
    search = begin()
    trial = first(search)
    (file,) = folder_of(search, trial).iterdir()
    file.unlink()
    file.symlink_to("/dev/full")
    train(search, trial)
    assert search.driver.fatal == "the disk is full"


def test_no_file_stays_open(begin: Begin) -> None:
    search = begin()
    before = len(os.listdir("/proc/self/fd"))
    work(search, epochs=13)
    assert len(os.listdir("/proc/self/fd")) == before


def test_neither_tensorflow_nor_pytorch_is_imported() -> None:
    code = "import sys, search.command.tensorboard; "
    code += "print({'tensorflow', 'torch', 'keras', 'ray'} & {*sys.modules})"
    root = Path(__file__).parents[3]
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "set()"
