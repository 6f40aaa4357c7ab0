"""Memory that is free: of the machine, and of a container's or a job's control groups, in Linux's files."""

from pathlib import Path

import pytest

from search.executors import memory

GB = 2**30


def system(root: Path, free: int, cgroup: str = "", **files: str) -> Path:
    """Write /proc and /sys of a machine; of a file's name, "__" stands for "/"."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable: {free // 1024} kB\n")
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, text in files.items():
        file = root / "sys/fs/cgroup" / name.replace("__", "/").replace("memory_", "memory.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def test_a_machine_without_a_limit(tmp_path: Path) -> None:
    assert memory.available(system(tmp_path, 8 * GB)) == 8 * GB


def test_the_limit_of_a_container(tmp_path: Path) -> None:
    limits = {"memory_max": str(4 * GB), "memory_current": str(3 * GB)}
    limits |= {"memory_stat": f"inactive_file {GB}\n"}
    assert memory.available(system(tmp_path, 64 * GB, "0::/\n", **limits)) == 2 * GB


def test_the_least_of_the_groups_above_counts(tmp_path: Path) -> None:
    limits = {"job__memory_max": str(6 * GB), "job__memory_current": str(GB)}
    limits |= {"job__step__memory_max": "max", "job__step__memory_current": str(GB)}
    assert memory.available(system(tmp_path, 64 * GB, "0::/job/step\n", **limits)) == 5 * GB


def test_the_first_version_of_control_groups(tmp_path: Path) -> None:
    limits = {"memory__a__memory_limit_in_bytes": str(3 * GB), "memory__a__memory_usage_in_bytes": str(GB)}
    assert memory.available(system(tmp_path, 64 * GB, "5:cpu,memory:/a\n3:cpu:/\n", **limits)) == 2 * GB


@pytest.mark.parametrize("text", ["", "nonsense", "0::", "::::", "\xff\n0::/../../.."])
def test_files_that_say_nothing(tmp_path: Path, text: str) -> None:
    assert memory.available(system(tmp_path, 8 * GB, text)) == 8 * GB


def test_without_proc_it_is_not_known(tmp_path: Path) -> None:
    assert memory.available(tmp_path) == 0


def test_this_machine() -> None:
    assert 0 < memory.available() < 2**50
