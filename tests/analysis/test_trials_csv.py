"""Trials and curves as CSV: one line per trial and per epoch, that a reader of CSV gets back."""

import csv
from pathlib import Path

from analysis import trials_csv
from tests.analysis.figures.example_runs import finished_trials, make_trial


def read(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_trial_and_every_epoch_has_a_line(tmp_path: Path) -> None:
    trials = finished_trials(6)
    trial_file, curve_file = trials_csv.write(trials, tmp_path / "report")
    assert (trial_file.name, curve_file.name) == ("trials.csv", "curves.csv")
    rows, epochs = read(trial_file), read(curve_file)
    assert [int(row["trial"]) for row in rows] == list(range(6))
    assert len(epochs) == sum(trial.epoch for trial in trials)
    # Trials 0 and 3 have six epochs; trials 1 and 2 have two.
    assert float(rows[3]["val_accuracy"]) == trials[3].value == float(epochs[15]["val_accuracy"])
    assert float(rows[3]["learning_rate"]) == trials[3].params["learning_rate"]
    assert (rows[4]["state"], rows[4]["reason"]) == ("failed", "loss is nan at epoch 2")


def test_the_costs_that_were_measured_have_columns(tmp_path: Path) -> None:
    trials = [make_trial(0, [0.5, 0.6], "complete"), make_trial(1, [], "waiting")]
    assert "latency" not in read(trials_csv.write(trials, tmp_path)[0])[0]
    trials[0].epochs[1] = trials[0].epochs[1] | {"latency": 1.5, "latency_spread": 0.1}
    first, second = read(trials_csv.write(trials, tmp_path)[0])
    assert (first["latency"], second["latency"]) == ("1.5", "")


def test_commas_quotes_and_line_breaks_in_a_reason_come_back(tmp_path: Path) -> None:
    trial = make_trial(0, [0.5], "failed")
    trial.reason = 'no "memory", \nat all'
    (row,) = read(trials_csv.write([trial], tmp_path)[0])
    assert row["reason"] == trial.reason


def test_what_a_trial_does_not_have_is_empty(
    tmp_path: Path,
) -> None:
    trials = [make_trial(0, [], "waiting"), make_trial(1, [0.5], "complete", momentum=0.9)]
    first, second = read(trials_csv.write(trials, tmp_path)[0])
    assert (first["val_accuracy"], first["epochs"], first["momentum"]) == ("", "0", "")
    assert (second["val_accuracy"], second["momentum"]) == ("0.5", "0.9")


def test_no_trials_give_headers_alone(tmp_path: Path) -> None:
    for file in trials_csv.write([], tmp_path):
        assert read(file) == [] and file.read_text().startswith("trial,")
