"""How many trials run at a time, and why not more."""

import pytest

from search.executors.workers import MEMORY, Workers, room
from search.runs.provenance import Hardware

LARGE = Hardware(64, 0, "", 64, 8 * 10**9)
FREE = "8.0 GB of free memory, about 0.9 GB for each"


@pytest.mark.parametrize(
    ("hardware", "threads", "gpus", "most", "workers"),
    [
        (Hardware(8, 0, "", 8), 1, 0.0, None, Workers(8, "8 CPU cores")),
        (Hardware(8, 0, "", 8), 2, 0.0, None, Workers(4, "8 CPU cores, 2 for each")),
        (Hardware(1, 0, "", 1), 4, 0.0, None, Workers(1, "1 CPU cores, 4 for each")),
        (Hardware(2, 0, "", 2), 1, 0.0, 5, Workers(5, "--concurrent 5")),
        (Hardware(8, 2, "", 8), 4, 0.5, None, Workers(4, "2 GPUs")),
        (LARGE, 1, 0.0, None, Workers(8, FREE)),
        (LARGE, 1, 0.0, 20, Workers(8, FREE)),
        (LARGE, 1, 0.0, 3, Workers(3, "--concurrent 3")),
    ],
)
def test_the_least_limit_counts_and_is_named(
    hardware: Hardware, threads: int, gpus: float, most: int | None, workers: Workers
) -> None:
    assert room(hardware, threads=threads, gpus=gpus, most=most) == workers


def test_there_is_always_one() -> None:
    assert room(Hardware(2, 0, "", 2, MEMORY // 2), threads=1, gpus=0.0, most=None).number == 1
