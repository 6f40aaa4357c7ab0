"""The GPUs that this process may use: those that the NVIDIA driver lists and CUDA_VISIBLE_DEVICES names.

`nvidia-smi` is asked, so that no framework is loaded, which would reserve memory. Where it does not answer,
there is none: a trial could not use it either.
"""

import os
import re
import shutil
import subprocess

PATIENCE = 30  # seconds: the first call on a machine without a persistent driver takes 10, or more

_GPU = re.compile(r"GPU (\d+): .*\(UUID: (GPU-[\w-]+)\)")
_PART = re.compile(r"\s+MIG .*\(UUID: (MIG-[\w/-]+)\)")

Names = list[str]  # of a device, in CUDA_VISIBLE_DEVICES


def count() -> int:
    """Return how many GPUs this process may use; a part of one (MIG) that it may use alone counts as one."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and not visible.strip():
        return 0
    devices = _devices(_listing())
    return sum(names[0].isdecimal() for names in devices) if visible is None else _visible(visible, devices)


def _listing() -> str:
    """Return what `nvidia-smi --list-gpus` prints; "" where it is not there, fails, or does not end."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    try:
        listing = subprocess.run(
            [program, "--list-gpus"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):  # of another architecture; or the driver hangs
        return ""
    return listing.stdout.decode(errors="replace") if listing.returncode == 0 else ""


def _devices(listing: str) -> list[Names]:
    """Return the names of each device. Of a GPU in parts, each part is one; the first has the GPU's names."""
    devices: list[Names] = []
    whole = False
    for line in listing.splitlines():
        if gpu := _GPU.match(line):
            devices.append([gpu[1], gpu[2]])
            whole = True
        elif (part := _PART.match(line)) and devices:
            if whole:
                devices[-1].append(part[1])
            else:
                devices.append([part[1]])
            whole = False
    return devices


def _visible(text: str, devices: list[Names]) -> int:
    """Return how many devices CUDA sees: those up to the first unknown name; none where one is doubled."""
    seen: list[Names] = []
    for name in (part.strip() for part in text.split(",")):
        known = [names for names in devices if any(_is(name, of) for of in names)]
        if len(known) != 1:  # unknown, or short for several
            break
        if known[0] in seen:
            return 0
        seen += known
    return len(seen)


def _is(name: str, device: str) -> bool:
    """Return whether a name means a device: its index, or the beginning of its UUID."""
    return name == device or (len(name) > len("GPU-") and not device.isdecimal() and device.startswith(name))
