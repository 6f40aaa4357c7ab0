"""The answer of a search on the validation images that no search uses, as it was left, and retrained.

python -m tests.benchmarks.equal_time.evaluate STUDY SEED FOLDER
"""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np

from search.runs import checkpoint
from search.training.fit import restore
from search.training.trainer import Trainer
from tests.benchmarks.equal_time import answer
from tests.benchmarks.equal_time.sizes import plan_of

RETRAINED = 1000  # added to the seed of a search: no training of a search had it


def main(study: str, seed: int, folder: Path) -> dict[str, float]:
    """Return two accuracies: of the model that the search left, and of one retrained at full length."""
    found = answer.read(folder)
    assert found
    plan = plan_of(study, seed)
    checkpoints = next(folder.rglob("checkpoints"))
    left = Trainer(plan, checkpoints)
    images, labels = left.inputs.unused(found.params)
    saved = checkpoint.load(checkpoint.path(checkpoints, found.number))
    accuracies = {}
    if saved:
        model = left._model(found.params, left.inputs.of(found.params).shape, plan.seed).model
        restore(model, saved.state)
        accuracies["left"] = _accuracy(model, images, labels)
    again = Trainer(dataclasses.replace(plan, trials=1), folder / "retrained")
    for _ in again.segment(0, found.params, 0, seed + RETRAINED):
        pass
    trained = again.trained(0, found.params, seed + RETRAINED)
    assert trained
    return accuracies | {"retrained": _accuracy(trained, images, labels)}


def _accuracy(model, images, labels) -> float:
    predicted = model.predict(images / np.float32(255), batch_size=500, verbose=0).argmax(axis=-1)
    return round(float((predicted == labels).mean()), 5)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
