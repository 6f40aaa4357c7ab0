"""What this machine has to train with, without importing a framework."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Hardware:
    """What trials can run on.

    Attributes:
        cores: CPU cores that this process may use, or those of a whole cluster.
        gpus: GPUs, likewise.
        name: of the processor, or what the cluster is.
        node_cores: cores of the largest node; a trial lies on one node.
    """

    cores: int
    gpus: int
    name: str
    node_cores: int


def here() -> Hardware:
    """Return this machine's hardware; GPUs are those that the NVIDIA driver lists and the process may use."""
    cores = len(os.sched_getaffinity(0))
    return Hardware(cores, _gpus(), _processor(), cores)


def _gpus() -> int:
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "all")
    if visible != "all":
        return len([each for each in visible.split(",") if each.strip() not in ("", "-1")])
    listed = subprocess.run([program, "--list-gpus"], capture_output=True, text=True, check=False)
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
