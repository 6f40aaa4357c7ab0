"""This program's command, with a budget.

python -m tests.benchmarks.equal_time.ours STUDY SEED SECONDS FOLDER SAMPLER SCHEDULER
"""

import sys
from pathlib import Path

from search import SearchOptions, run
from search.algorithm.trial import best
from tests.benchmarks.equal_time.answer import Answer
from tests.benchmarks.equal_time.sizes import WORKERS


def main(study: str, seed: int, seconds: float, folder: Path, sampler: str, scheduler: str) -> None:
    """Search, and keep the answer."""
    options = SearchOptions(
        seed=seed, budget=seconds, sampler=sampler, scheduler=scheduler, concurrent=WORKERS,
        runs=folder, name="run",
    )  # fmt: skip
    result = run(study, options)
    found = next((trial for trial in result.trials if trial.params == result.params), best(result.trials))
    if found:
        epochs = sum(len(trial.epochs) for trial in result.trials)
        answer = Answer(
            found.number, dict(found.params), found.epoch, found.value, len(result.trials), epochs
        )
        answer.write(folder)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]), *sys.argv[5:])
