"""What this machine has to train with, found out without importing a framework."""

import platform
from pathlib import Path

from search.executors import gpus, memory
from search.runs.provenance import Hardware


def hardware() -> Hardware:
    """Return this machine's hardware; GPUs are those that the NVIDIA driver lists and the process may use."""
    cores = cpu_count()
    return Hardware(cores, gpus.count(), _processor(), cores, memory.available())


def cpu_count() -> int:
    """Return how many CPU cores this process may use, the quota of its container included; at least 1."""
    import loky

    cores: int = loky.cpu_count()
    return cores


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
