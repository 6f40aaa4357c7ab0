"""Optuna alone, as its documentation shows for several processes: TPE, Hyperband, a journal that they share.

python -m tests.benchmarks.equal_time.optuna_hyperband STUDY SEED SECONDS FOLDER [WORKER]
"""

import subprocess
import sys
import time
from pathlib import Path

import optuna
from optuna.pruners import HyperbandPruner
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from search.algorithm.trial import OBJECTIVE
from tests.benchmarks.equal_time.answer import Answer
from tests.benchmarks.equal_time.sizes import WORKERS, plan_of, trainer_of

NAME = "search"


def study_of(folder: Path, seed: int, epochs: int) -> optuna.Study:
    """Return the study that all processes share."""
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(folder / "optuna.log"))),
        study_name=NAME, direction="maximize", load_if_exists=True, sampler=TPESampler(seed=seed),
        pruner=HyperbandPruner(max_resource=epochs),
    )  # fmt: skip


def work(study: str, seed: int, seconds: float, folder: Path, worker: int) -> None:
    """Train trials until the time is over."""
    ends = time.monotonic() + seconds
    trainer = trainer_of(study, seed, folder)
    plan = trainer.plan
    fixed = {name: plan.default[name] for name in plan.space if name not in plan.free}

    def objective(trial: optuna.Trial) -> float:
        value = 0.0
        for record in trainer.segment(trial.number, {**fixed, **trial.params}, 0):
            value = record[OBJECTIVE]
            trial.report(value, int(record["epoch"]))
            if time.monotonic() > ends:
                raise optuna.TrialPruned
            if record["epoch"] < plan.epochs and trial.should_prune():
                raise optuna.TrialPruned
        return value

    shared = study_of(folder, 1000 * seed + worker, plan.epochs)
    while time.monotonic() < ends:
        trial = shared.ask(dict(plan.free))
        try:
            shared.tell(trial, objective(trial))
        except optuna.TrialPruned:
            shared.tell(trial, state=TrialState.PRUNED)


def main(study: str, seed: int, seconds: float, folder: Path) -> None:
    """Search with several processes, and keep the answer: Optuna's best complete trial."""
    began = time.monotonic()
    plan = plan_of(study, seed)
    study_of(folder, seed, plan.epochs)
    left = seconds - (time.monotonic() - began)
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.equal_time.optuna_hyperband",
        study,
        str(seed),
        str(left),
    ]
    workers = [subprocess.Popen([*command, str(folder), str(number)]) for number in range(WORKERS)]
    for process in workers:
        process.wait()
    shared = study_of(folder, seed, plan.epochs)
    trials = shared.get_trials(deepcopy=False)
    if any(trial.state == TrialState.COMPLETE for trial in trials):
        best = shared.best_trial
        fixed = {name: plan.default[name] for name in plan.space if name not in plan.free}
        epochs = sum(len(trial.intermediate_values) for trial in trials)
        Answer(
            best.number, {**fixed, **best.params}, plan.epochs, best.value or 0.0, len(trials), epochs
        ).write(folder)


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    arguments = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    if len(sys.argv) > 5:
        work(*arguments, int(sys.argv[5]))
    else:
        main(*arguments)
