"""KerasTuner's Hyperband in its distributed mode: one process is the chief, the others train.

python -m tests.benchmarks.equal_time.keras_tuner STUDY SEED SECONDS FOLDER [WORKER]
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from search.algorithm.trial import OBJECTIVE
from search.runs import checkpoint
from tests.benchmarks.equal_time.answer import Answer
from tests.benchmarks.equal_time.sizes import WORKERS, plan_of, trainer_of

EPOCHS, FROM, FIRST = "tuner/epochs", "tuner/trial_id", "tuner/initial_epoch"


def tuner_of(study: str, seed: int, seconds: float, folder: Path, ends: float) -> Any:
    """Return KerasTuner's Hyperband whose trials our trainer trains; it makes the chief's server too."""
    import keras_tuner

    from search.benchmark.peers.keras_tuner import space_of

    plan = plan_of(study, seed)
    fixed = {name: plan.default[name] for name in plan.space if name not in plan.free}
    trainers: list[Any] = []

    class Tuner(keras_tuner.Hyperband):  # type: ignore[misc]
        def run_trial(self, trial: Any, *_: Any, **__: Any) -> Any:
            if time.monotonic() > ends:
                raise SystemExit
            trainer = trainers[0] if trainers else trainer_of(study, seed, folder)
            trainers[:] = [trainer]
            values = trial.hyperparameters.values
            number, begin = int(trial.trial_id), values.get(FIRST, 0)
            if FROM in values:  # it goes on from another trial's weights
                before = checkpoint.path(trainer.checkpoints, int(values[FROM]))
                shutil.copy(before, checkpoint.path(trainer.checkpoints, number))
            params = fixed | {name: values[name] for name in plan.free}
            value = 0.0
            for record in trainer.segment(number, params, begin):
                value = float(record[OBJECTIVE])
                if record["epoch"] >= values[EPOCHS] or time.monotonic() > ends:
                    break
            return {OBJECTIVE: value}

    return Tuner(
        hypermodel=lambda _: None, objective=keras_tuner.Objective(OBJECTIVE, "max"),
        max_epochs=plan.epochs, hyperband_iterations=100, seed=seed, hyperparameters=space_of(plan.free),
        directory=str(folder), project_name="keras_tuner", max_consecutive_failed_trials=100,
    )  # fmt: skip


def main(study: str, seed: int, seconds: float, folder: Path) -> None:
    """Search with a chief and several processes that train, and keep the best score's trial."""
    began = time.monotonic()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.equal_time.keras_tuner",
        study,
        str(seed),
        str(seconds),
    ]
    processes = [
        subprocess.Popen(
            [*command, str(folder), name],
            env={
                **os.environ,
                "KERASTUNER_TUNER_ID": name,
                "KERASTUNER_ORACLE_IP": "127.0.0.1",
                "KERASTUNER_ORACLE_PORT": port,
            },
        )
        for name in ("chief", *(f"worker-{number}" for number in range(WORKERS)))
    ]
    for process in processes[1:]:
        process.wait(max(1.0, seconds + 60 - (time.monotonic() - began)))
    time.sleep(2)  # the chief writes the last trial
    processes[0].kill()
    _keep(study, seed, folder)


def _keep(study: str, seed: int, folder: Path) -> None:
    plan = plan_of(study, seed)
    fixed = {name: plan.default[name] for name in plan.space if name not in plan.free}
    trials = [_read(path) for path in sorted((folder / "keras_tuner").glob("trial_*/trial.json"))]
    scored = [trial for trial in trials if trial["score"] is not None]
    if not scored:
        return
    best = max(scored, key=lambda trial: float(trial["score"]))
    values = best["hyperparameters"]["values"]
    params = fixed | {name: values[name] for name in plan.free}
    epochs = sum(
        trial["hyperparameters"]["values"][EPOCHS] - trial["hyperparameters"]["values"].get(FIRST, 0)
        for trial in scored
    )
    Answer(int(best["trial_id"]), params, values[EPOCHS], float(best["score"]), len(trials), epochs).write(
        folder
    )


def _read(path: Path) -> dict[str, Any]:

    content: dict[str, Any] = json.loads(path.read_text())
    return content


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    study, seed, seconds, folder = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    if len(sys.argv) == 5:
        main(study, seed, seconds, folder)
    else:
        tuner_of(study, seed, seconds, folder, time.monotonic() + seconds).search()
