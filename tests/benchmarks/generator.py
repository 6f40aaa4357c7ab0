"""What the generator costs: images a second of `Batches` against bare arrays, in one process, in turn.

python -m tests.benchmarks.generator [ROUNDS]

The model is cats_dogs_cnn's default for a CPU, on 512 of its photographs; on a GPU, all of it. Bare arrays
are float32 in memory, made beforehand.
"""

import functools
import os
import statistics
import sys
import time
from typing import Any

IMAGES, BATCH = 512, 32


def main(rounds: int) -> None:
    """Print images a second of a training epoch for each way of feeding it, and the ratios."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import numpy as np

    import data
    import models
    from models.parts.augmentation import augment
    from models.space import points
    from search.training.batches import Batches, scaled
    from search.training.fit import compile_step

    study = models.load("cats_dogs_cnn")
    split = data.load(study.dataset).training.take(IMAGES, 0)
    targets = np.eye(2, dtype=np.float32)[split.labels]
    point = points.default_params(study, study.distributions(gpu=False))
    model = study.build(split.images.shape[1:], 2, **study.section("model", point))  # type: ignore[arg-type]
    compile_step(model, "adam", IMAGES // BATCH)
    bare = scaled(split.images)
    strong = functools.partial(augment, flip=True, shift=15, rotation=20, zoom=0.2, brightness=0.2)
    batches = functools.partial(Batches, split.images, targets, BATCH, order=np.arange(IMAGES))

    def fed(x: Any, **rest: Any) -> float:
        began = time.perf_counter()
        model.fit(x, shuffle=False, verbose=0, **rest)
        return IMAGES / (time.perf_counter() - began)

    ways = {
        "bare arrays": lambda: fed(bare, y=targets, batch_size=BATCH),
        "generator": lambda: fed(batches()),
        "augmenting": lambda: fed(batches(augment=strong)),
        "augmenting, 4 threads": lambda: fed(batches(augment=strong, workers=4)),
    }
    speeds: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 1):
        for way, run in ways.items():
            speed = run()
            if turn:  # the first compiles
                speeds[way].append(speed)
    alone = time.perf_counter()
    feed = batches(augment=strong)
    for number in range(len(feed)):
        feed[number]
    print(f"augmenting alone      {IMAGES / (time.perf_counter() - alone):7.0f} images a second, one thread")
    first = statistics.median(speeds["bare arrays"])
    for way, measured in speeds.items():
        median = statistics.median(measured)
        print(f"{way:21} {median:7.0f} images a second, {median / first:.2f} of bare arrays")
    print(f"medians of {rounds} epochs each; {keras.backend.backend()}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
