"""Trials that wait are given to the worker that has compiled their training step."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import search.executors.local
from analysis.retraining.retraining import Retraining
from search.algorithm.trial import Trial
from search.executors import ray_cluster
from search.runs.run import create
from search.search import Search
from tests.analysis import finished_run
from tests.plans import small_plan, small_record

DEPTHS = (1, 2, 1, 2)
RECORD = {
    "epoch": 1,
    "loss": 1.0,
    "val_loss": 1.0,
    "accuracy": 0.5,
    "val_accuracy": 0.5,
    "images": 9,
    "seconds": 1,
}


@pytest.fixture(name="work")
def _work(tmp_path: Path) -> Iterator[Search]:
    """A search that was killed while four trials of two depths were at work."""
    with create(tmp_path / "s" / "run", small_record(small_plan(trials=4, epochs=1))) as run:
        work = Search(run)
        for number, depth in enumerate(DEPTHS):
            work.trials.append(Trial(number, {"learning_rate": 0.01, "depth": depth, "batch_size": 32}))
            work.started(work.trials[-1])
        yield work


def test_in_one_process(work: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[int] = []

    class Trainer:
        def __init__(self, *_: Any) -> None:
            pass

        def segment(self, number: int, *_: Any) -> Iterator[dict[str, float]]:
            trained.append(number)
            yield RECORD

    monkeypatch.setattr("search.training.trainer.Trainer", Trainer)
    search.executors.local.run(work.driver, None)
    assert trained == [0, 2, 1, 3]
    assert work.driver.finished


def test_on_ray(work: Search) -> None:
    ray_cluster.require_token()
    from search.executors.ray_tune import SegmentSearcher

    running: dict[str, Trial] = {}
    searcher = SegmentSearcher(work.driver, running)
    given = [searcher.suggest(name) for name in "abc"]
    assert [each and each["number"] for each in given] == [0, 1, None]  # type: ignore[index]
    for ended, begun, number in (("b", "d", 3), ("a", "e", 2)):
        work.driver.step(running[ended], {"record": RECORD})
        searcher.on_trial_complete(ended)
        searcher.suggest(begun)
        assert running[begun].number == number


def test_in_a_retraining(tmp_path: Path) -> None:
    start = finished_run.make_record(finished_run.make_run(tmp_path))
    start = dataclasses.replace(
        start,
        configurations=tuple(
            dataclasses.replace(each, params={**each.params, "depth": depth}, trainings=())
            for each, depth in zip(start.configurations, (1, 2), strict=True)
        ),
    )
    driver = Retraining(small_plan(), start, lambda _: None).driver
    taken = [driver.next()]
    while trial := driver.next(after=taken[-1]):
        taken.append(trial)
    assert [trial.params["depth"] for trial in taken if trial] == [1, 1, 1, 2, 2, 2]
