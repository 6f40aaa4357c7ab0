"""What this machine has: the cores that a process may really use, and its GPUs."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import loky.backend.context
import pytest

from search.executors import machine

QUOTA = "/sys/fs/cgroup/cpu.max"  # of a container, cgroup v2

Limit = Callable[..., None]


@pytest.fixture
def limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Limit:
    """Let this process see a machine of so many cores, an affinity and the quota of a container."""

    def set_limits(*, cores: int = 64, affinity: set[int] | None = None, quota: str = "") -> None:
        file = tmp_path / "cpu.max"
        file.write_text(quota)
        exists = os.path.exists

        def exists_here(path: Any) -> bool:
            return bool(quota) if path == QUOTA else exists(path) and "cgroup" not in str(path)

        def open_here(path: Any, *arguments: Any) -> Any:
            return open(file if path == QUOTA else path, *arguments)

        monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
        monkeypatch.setattr(os, "cpu_count", lambda: cores)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: affinity or set(range(cores)))
        monkeypatch.setattr(os.path, "exists", exists_here)
        monkeypatch.setattr(loky.backend.context, "open", open_here, raising=False)

    return set_limits


def test_all_cores_where_nothing_is_limited(limit: Limit) -> None:
    limit(cores=64)
    assert machine.cpu_count() == 64


def test_only_the_cores_that_the_process_is_bound_to(limit: Limit) -> None:
    limit(cores=64, affinity={0, 3, 5})
    assert machine.cpu_count() == 3


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("200000 100000\n", 2), ("150000 100000\n", 2), ("10000 100000\n", 1), ("max 100000\n", 64)],
)
def test_only_the_cores_that_the_container_is_given(limit: Limit, quota: str, cores: int) -> None:
    limit(cores=64, quota=quota)
    assert machine.cpu_count() == cores


def test_the_smallest_limit_counts(limit: Limit) -> None:
    limit(cores=64, affinity={1, 2}, quota="800000 100000")
    assert machine.cpu_count() == 2
    limit(cores=64, affinity=set(range(8)), quota="200000 100000")
    assert machine.cpu_count() == 2


def test_the_hardware_of_this_machine(limit: Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(cores=64, quota="300000 100000")
    monkeypatch.setenv("PATH", "/nowhere")
    hardware = machine.hardware()
    assert (hardware.cores, hardware.node_cores, hardware.gpus) == (3, 3, 0)
    assert hardware.name
