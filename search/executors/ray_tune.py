"""The executor on Ray Tune: warm workers on a laptop's cores, a GPU box or a cluster.

A Ray trial is one segment of a trial of ours, from a checkpoint to the scheduler's next decision: a pause
ends it, and a promotion, a retry or a resume suggests a new one. So Tune's own pausing, checkpoints and
restoring are not used. A worker imports Keras once and trains segment after segment (`reuse_actors`).
"""

import contextlib
import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import ray
from ray import tune
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from models.parts.keras_import import import_keras
from search.algorithm.trial import Trial
from search.executors.driver import Driver
from search.executors.ray_cluster import end, lost, node_resources
from search.executors.watchdog import watched
from search.runs.plan import Plan
from search.runs.run import RunError

# Tune's own loggers, signal handler and snapshots are off: the journal, our handler and our resume replace
# them.
_TUNE = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": str(10**9),
    "TUNE_RESULT_BUFFER_LENGTH": "0",
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
}


# A worker is replaced when it uses this many times the memory that it used after its first segment.
GROWTH = 2.5


class Worker(tune.Trainable):
    """Trains segments, one epoch a step."""

    def setup(self, config: dict[str, Any], plan: Plan, checkpoints: Any) -> None:
        """Import Keras, load the data, and begin with the first segment."""
        self.fault: dict[str, Any] | None = None
        self.first_memory = 0
        try:
            import_keras()
            from search.training.trainer import Trainer

            self.trainer = Trainer(plan, checkpoints)
        except Exception as error:  # raised here, it would count as the worker's death
            self.fault = {"fatal": f"a worker cannot start: {type(error).__name__}: {error}"}
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Begin with another segment, or leave it to a new worker if this one's memory has grown too much."""
        if self.grown():
            ray.actor.exit_actor()
        if not self.fault:
            self.records = self.trainer.segment(**new_config)
        return True

    def grown(self) -> bool:
        """Return whether this process has outgrown the memory that it needed for its first segment."""
        memory = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf(
            "SC_PAGE_SIZE"
        )
        if self.training_iteration and not self.first_memory:
            self.first_memory = memory
        return bool(self.first_memory) and memory > GROWTH * self.first_memory

    def step(self) -> dict[str, Any]:
        """Train one epoch."""
        if self.fault:
            return {"outcome": json.dumps(self.fault)}
        from search.training.trainer import attempt

        return {"outcome": json.dumps(attempt(self.records))}  # Tune would flatten a nested one


class SegmentSearcher(Searcher):
    """Suggests to Tune the segments that the driver has to train next."""

    def __init__(self, driver: Driver, running: dict[str, Trial]) -> None:
        super().__init__()
        self.driver, self.running = driver, running
        self.latest: Trial | None = None  # the last one whose worker came free

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """Return a segment; None while no slot is free or there is none yet; FINISHED when all is done."""
        if self.driver.stopping or self.driver.finished:
            return str(Searcher.FINISHED)
        # Tune asks for the next trial while others still run. A later suggestion knows more results.
        if len(self.running) >= self.driver.plan.slots:
            return None
        trial = self.driver.next(after=self.latest)
        if trial is None:
            return None
        self.latest = None
        self.running[trial_id] = trial
        return {
            "number": trial.number,
            "params": trial.params,
            "epoch": trial.epoch,
            "seed": trial.seed,
        }

    def on_trial_complete(self, trial_id: str, result: Any = None, error: bool = False) -> None:
        """Take in that a segment has ended, or that its worker died."""
        self.latest = trial = self.running.pop(trial_id, None)
        if trial and trial.state == "running":
            self.driver.died(trial, "the process was killed or crashed")

    def save(self, checkpoint_path: str) -> None:
        """Keep nothing: the journal holds everything."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing was kept."""

    def __getstate__(self) -> dict[str, Any]:
        # Tune pickles its searcher; the driver has open files, and a resume reads the journal.
        return {}


class SegmentScheduler(FIFOScheduler):
    """Ends a segment in Tune where the driver says so."""

    def __init__(self, driver: Driver, running: dict[str, Trial]) -> None:
        super().__init__()
        self.driver, self.running = driver, running

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Tell the driver what a step came to; stop or continue."""
        goes_on = self.driver.step(self.running[trial.trial_id], json.loads(result["outcome"]))
        return str(TrialScheduler.CONTINUE if goes_on else TrialScheduler.STOP)

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """Tell the driver of a worker that ran out of memory, or that has grown and made room for another."""
        text = ""
        with contextlib.suppress(OSError, TypeError):
            text = Path(trial.error_file).read_text(encoding="utf-8", errors="replace")
        if "low on memory" in text or "OutOfMemoryError" in text:
            reason = "out of memory: Ray killed the worker before the machine would have"
            self.driver.died(self.running[trial.trial_id], reason)
        elif "exit_actor" in text:  # it had grown, and has not started this segment
            self.running[trial.trial_id].state = "waiting"

    def __getstate__(self) -> dict[str, Any]:
        return {}


class Watch(tune.Callback):
    """Leaves Tune where a process of our own Ray is lost (`search.executors.watchdog`)."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def on_step_begin(self, iteration: int, trials: Any, **info: Any) -> None:
        """Look, several times a second."""
        if lost():
            raise RunError(self.driver.fatal)

    def __getstate__(self) -> dict[str, Any]:
        return {}


def train(driver: Driver) -> None:
    """Train on the Ray that this process is connected to, until nothing is left or the driver stops."""
    plan = driver.plan
    os.environ.update(_TUNE, TUNE_MAX_PENDING_TRIALS_PG=str(plan.slots))
    scratch = driver.folder / "ray"
    running: dict[str, Trial] = {}
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # what fails is told by the live view
    _check_room(plan)
    trainable = tune.with_resources(
        tune.with_parameters(Worker, plan=plan, checkpoints=driver.checkpoints),
        {"cpu": plan.threads, "gpu": plan.gpus_per_trial if plan.gpu else 0},
    )
    tuner = tune.Tuner(
        trainable,
        tune_config=tune.TuneConfig(
            search_alg=SegmentSearcher(driver, running),
            scheduler=SegmentScheduler(driver, running),
            num_samples=-1,
            max_concurrent_trials=None,
            reuse_actors=True,
            trial_name_creator=lambda trial: f"trial-{trial.config['number']:05d}",
            trial_dirname_creator=lambda trial: f"{trial.config['number']}-{trial.trial_id}",
        ),
        run_config=tune.RunConfig(
            name="tune",
            storage_path=str(scratch),
            verbose=0,
            callbacks=[Watch(driver)],
            checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=0, checkpoint_at_end=False),
        ),
    )
    try:
        with watched(driver, lost, end):
            tuner.fit()
    except Exception:
        if not driver.fatal and not lost():  # on a full disk Tune itself cannot write either; or Ray is lost
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _check_room(plan: Plan) -> None:
    """Raise a RunError if no node has the resources of one trial: Tune would wait for ever."""
    needs = {"CPU": plan.threads, "GPU": plan.gpus_per_trial if plan.gpu else 0}
    nodes = node_resources()
    if plan.gpu and not any(node.get("GPU") for node in nodes):
        raise RunError(
            "Ray sees no GPU here: pip install -e '.[gpu]', or train on the CPU with CUDA_VISIBLE_DEVICES= "
            "in front of the command"
        )
    if not any(all(node.get(kind, 0) >= need for kind, need in needs.items()) for node in nodes):
        request = " and ".join(f"{need:g} {kind}s" for kind, need in needs.items() if need)
        raise RunError(f"a trial of this run needs {request} on one node, and no node here has that")
