"""Invented runs that look searched, retrained and tested, without any training."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.figures.wrong import most_confidently_wrong
from analysis.retraining import openings, storage
from analysis.retraining.openings import Opening
from analysis.retraining.record import Record
from analysis.retraining.trainings import Configuration, Examples, Training, checkpoint_path
from search.algorithm.trial import BALANCED, ENDED, OBJECTIVE, Trial
from search.runs.journal import Journal
from search.runs.record import Best, UnusedValidation, encode
from tests.analysis.figures.example_runs import PLAN, finished_trials
from tests.plans import small_record

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
IMAGES = 400
BEST = 9  # the best trial of a finished search
GOOD, POOR = (0.75, 0.74, 0.76), (0.60, 0.61, 0.59)


def make_run(
    runs: Path,
    study: str = "cifar_residual",
    *,
    trials: Sequence[Trial] | None = None,
    slower: float = 1.0,
    objective: str = OBJECTIVE,
    **changes: Any,
) -> Path:
    """Write the folder of a finished search: 12 trials; the fifth failed, the tenth is the best."""
    trials = finished_trials(12) if trials is None else trials
    folder = runs / study / "first"
    folder.mkdir(parents=True)
    plan = dataclasses.replace(PLAN, study=study, trials=12, objective=objective)
    measured = UnusedValidation(images=4000, best=0.62, default=0.59, gain=0.03, gain_95=0.012)
    record = small_record(plan, best=Best(BEST, 0.6, {}, measured))
    (folder / "run.json").write_text(encode(dataclasses.replace(record, **changes)))
    journal = Journal(folder / "journal.log", "made", plan.space, objective)
    for trial in trials:
        journal.add(trial)
        for epoch, metrics in trial.epochs.items():
            value = {objective: metrics[OBJECTIVE], "seconds": slower * metrics["seconds"]}
            journal.epoch(trial, epoch, {**metrics, **value})
        if trial.state in ENDED:
            journal.end(trial)
    return folder


def make_record(
    folder: Path,
    accuracies: Mapping[str, Sequence[float]] | None = None,
    *,
    planned_seeds: int | None = None,
    slower: float = 1.0,
    with_validation: bool = False,
    **changes: Any,
) -> Record:
    """Write the record of a retraining whose models have the given test accuracies, one per seed."""
    accuracies = accuracies or {"best": GOOD, "default": POOR}
    study = folder.parent.name
    labels = np.arange(IMAGES) % len(CLASSES)
    configurations = tuple(
        Configuration(
            name,
            BEST if name == "best" else 0,
            dict(PLAN.default),
            12345,
            tuple(
                _training(folder, index, seed, accuracy, labels, slower, validated=not with_validation)
                for seed, accuracy in enumerate(by_seed, 1)
            ),
        )
        for index, (name, by_seed) in enumerate(accuracies.items())
    )
    weights = {f"best, seed {training.seed}": "a" * 64 for training in configurations[0].trainings}
    openings.add(folder, Opening(f"2026-11-22T{int(slower):02}:00:00+00:00", weights, 6, 64))
    chosen = configurations[0].chosen()
    assert chosen is not None and chosen.logits is not None
    positions = np.union1d(np.arange(24), most_confidently_wrong(chosen.logits, labels, 24))
    seeds = tuple(range(1, (planned_seeds or len(accuracies["best"])) + 1))
    record = Record(
        folder=folder,
        study=study,
        question="?",
        dataset="cifar10",
        fingerprint="f" * 64,
        classes=CLASSES,
        epochs=6,
        train_images=64,
        seeds=seeds,
        command=f"python -m analysis {study}/first --seeds {len(seeds)}",
        versions={"python": "3.11.7", "keras": "3.15.1"},
        commit="c" * 40,
        seconds=100.0 * slower,
        configurations=configurations,
        with_validation=with_validation,
        tested=1,
        test_fingerprint="7" * 64,
        labels=labels,
        examples=Examples(positions, _pictures(len(positions))),
    )
    record = dataclasses.replace(record, **changes)
    storage.write(record)
    return record


def _training(
    folder: Path,
    index: int,
    seed: int,
    accuracy: float,
    labels: np.ndarray,
    slower: float,
    *,
    validated: bool,
) -> Training:
    """A training that is right on a share of the images; mostly the same images are easy for all seeds."""
    rng = np.random.default_rng([index, seed])
    difficulty = np.random.default_rng(0).random(IMAGES) + 0.1 * rng.random(IMAGES)
    right = np.argsort(np.argsort(difficulty)) < round(accuracy * IMAGES)
    predicted = np.where(right, labels, (labels + 1) % len(CLASSES))
    logits = rng.random((IMAGES, len(CLASSES))) + 3 * np.eye(len(CLASSES))[predicted]
    epochs = {
        epoch: {
            **(dict.fromkeys((OBJECTIVE, BALANCED), accuracy - 0.2 / epoch) if validated else {}),
            "images": 64.0,
            "seconds": 2.0 * slower,
        }
        for epoch in range(1, 7)
    }
    path = checkpoint_path(folder, index, seed)
    return Training(seed, epochs, path, "", logits.astype(np.float32))


def _pictures(n: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (n, 32, 32, 3)).astype(np.uint8)
