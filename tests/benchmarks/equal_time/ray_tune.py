"""Ray Tune as its documentation shows: a function trainable, ASHA and `OptunaSearch`, a time budget.

python -m tests.benchmarks.equal_time.ray_tune STUDY SEED SECONDS FOLDER
"""

import os
import sys
from pathlib import Path
from typing import Any

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch

from search.algorithm.trial import OBJECTIVE
from tests.benchmarks.equal_time.answer import Answer
from tests.benchmarks.equal_time.sizes import WORKERS, plan_of


def train(config: dict[str, Any]) -> None:
    """Train one configuration and report every epoch."""
    from tests.benchmarks.equal_time.sizes import trainer_of

    trainer = trainer_of(config["study"], config["seed"], Path(config["folder"]))
    # The name of a Ray trial ends with its number.
    number = int(tune.get_context().get_trial_id().rsplit("_", 1)[-1])
    for record in trainer.segment(number, config["params"], 0):
        tune.report({OBJECTIVE: record[OBJECTIVE], "number": number})


def main(study: str, seed: int, seconds: float, folder: Path) -> None:
    """Search, and keep the answer: Ray's best last value."""
    plan = plan_of(study, seed)
    ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False)
    space: dict[str, Any] = dict(plan.free)
    fixed = {name: plan.default[name] for name in plan.space if name not in plan.free}
    searcher = OptunaSearch(space=space, metric=OBJECTIVE, mode="max", seed=seed)

    def trainable(config: dict[str, Any]) -> None:
        train({"params": {**fixed, **config}, "study": study, "seed": seed, "folder": str(folder)})

    tuner = tune.Tuner(
        tune.with_resources(trainable, {"cpu": 1}),
        tune_config=tune.TuneConfig(
            search_alg=searcher,
            scheduler=ASHAScheduler(metric=OBJECTIVE, mode="max", max_t=plan.epochs),
            num_samples=-1,
            time_budget_s=seconds,
            max_concurrent_trials=WORKERS,
        ),
        run_config=tune.RunConfig(storage_path=str(folder.resolve() / "ray"), verbose=0),
    )
    results = tuner.fit()
    found = results.get_best_result(OBJECTIVE, "max")
    epochs = sum(len(each.metrics_dataframe) for each in results if each.metrics_dataframe is not None)
    Answer(
        found.metrics["number"], {**fixed, **found.config}, found.metrics["training_iteration"],
        found.metrics[OBJECTIVE], len(results), epochs,
    ).write(folder)  # fmt: skip


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
