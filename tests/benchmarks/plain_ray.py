"""Ray Tune as its documentation shows: a function trainable that imports Keras and trains, and OptunaSearch.

    python -m tests.benchmarks.plain_ray short|search

The models, the data and the number of workers are those of `ours.py`. Prints the images trained.
"""

import os
import sys
from typing import Any

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch

from tests.benchmarks.sizes import (
    EPOCHS,
    SEARCH_IMAGES,
    SEARCH_TRIALS,
    SHORT_IMAGES,
    VALIDATION,
    WORKERS,
    given,
)


def train(config: dict[str, Any]) -> None:
    """Train one configuration and report every epoch."""
    import keras

    import data
    import models
    from models.parts.blocks import Dropout

    study = models.load(config["study"])
    dataset = data.load(study.dataset)
    training, validation = dataset.training.take(config["images"], 0), dataset.validation.take(VALIDATION, 0)
    params = config["params"]
    keras.utils.set_random_seed(0)
    model = study.build((32, 32, 3), 10, **study.section("model", params))
    for layer in model.layers:
        if isinstance(layer, Dropout):
            layer.rate.assign(params["dropout"])
    sgd = keras.optimizers.SGD(params["learning_rate"], momentum=0.9, nesterov=True)
    adam = keras.optimizers.AdamW(params["learning_rate"], weight_decay=params["weight_decay"])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(sgd if params["optimizer"] == "sgd" else adam, loss, metrics=["accuracy"])

    class Report(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):  # annotations would be looked up in the worker
            tune.report({"val_accuracy": logs["val_accuracy"]})

    model.fit(
        training.images / 255.0,
        training.labels,
        batch_size=params["batch_size"],
        epochs=config["epochs"],
        validation_data=(validation.images / 255.0, validation.labels),
        callbacks=[Report()],
        verbose=0,
    )


def space() -> dict[str, Any]:
    """Return the space of cifar_residual in Ray Tune's words."""
    from optuna.distributions import CategoricalDistribution, IntDistribution

    import models

    def in_ray(distribution: Any) -> Any:
        if isinstance(distribution, CategoricalDistribution):
            return tune.choice(list(distribution.choices))
        if isinstance(distribution, IntDistribution):
            return tune.choice(list(range(distribution.low, distribution.high + 1, distribution.step)))
        return (
            tune.loguniform(distribution.low, distribution.high)
            if distribution.log
            else tune.uniform(distribution.low, distribution.high)
        )

    distributions = models.load("cifar_residual").distributions(gpu=False)
    return {name: in_ray(distribution) for name, distribution in distributions.items()}


def main(which: str) -> None:
    """Run one of the two benchmarks."""
    ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False)
    trainable = tune.with_resources(train, {"cpu": 1})
    if which == "short":
        param_space = {
            "study": "cifar_basic", "images": SHORT_IMAGES, "epochs": 1, "params": tune.grid_search(given()),
        }  # fmt: skip
        tuner = tune.Tuner(trainable, param_space=param_space)
        images = SHORT_IMAGES
    else:
        param_space = {
            "study": "cifar_residual", "images": SEARCH_IMAGES, "epochs": EPOCHS, "params": space(),
        }  # fmt: skip
        tuner = tune.Tuner(
            trainable,
            param_space=param_space,
            tune_config=tune.TuneConfig(
                metric="val_accuracy",
                mode="max",
                search_alg=OptunaSearch(seed=0),
                scheduler=ASHAScheduler(max_t=EPOCHS, grace_period=1, reduction_factor=3),
                num_samples=SEARCH_TRIALS,
                max_concurrent_trials=WORKERS,
            ),
        )
        images = SEARCH_IMAGES
    results = tuner.fit()
    if results.errors:
        raise results.errors[0]
    epochs = sum(len(result.metrics_dataframe) for result in results if result.metrics_dataframe is not None)
    print("IMAGES", epochs * images, "TRIALS", len(results), file=sys.stderr)


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    main(sys.argv[1])
