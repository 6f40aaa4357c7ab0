"""How many trials run at a time: the least of what is asked for, GPUs or CPU cores, and memory.

The results of a trial do not depend on it. Which trials a search suggests does: with several workers, the
order in which epochs end decides what is known when the next trial is chosen.
"""

from dataclasses import dataclass

from search.runs.provenance import Hardware

# Bytes that a worker may need: a round figure within what `ps -o rss` gave for Ray's workers with TensorFlow
# on a CPU, 0.72 to 0.96 GB (n = 4, 2026-11-28). Only 0.29 to 0.40 GB of that was a worker's own; larger
# models, images and batches need more.
MEMORY = 900 * 10**6


@dataclass(frozen=True)
class Workers:
    """How many trials run at a time.

    Attributes:
        number: at least 1.
        limit: why there are no more: "2 CPU cores", "--concurrent 4", "3.6 GB of free memory, …".
    """

    number: int
    limit: str


def room(hardware: Hardware, *, threads: int, gpus: float, most: int | None) -> Workers:
    """Return how many workers there is room for.

    Args:
        hardware: that they run on.
        threads: of each.
        gpus: of each; 0 for trials on a CPU.
        most: what the user asks for, which may be more than there are cores; or None.
    """
    limits: list[tuple[int, str]] = []
    if most:
        limits.append((most, f"--concurrent {most}"))
    if gpus:
        limits.append((int(hardware.gpus / gpus), f"{hardware.gpus} GPUs"))
    elif not most:
        each = f", {threads} for each" if threads > 1 else ""
        limits.append((hardware.cores // threads, f"{hardware.cores} CPU cores{each}"))
    if hardware.memory:
        free = f"{hardware.memory / 10**9:.1f} GB of free memory, about {MEMORY / 10**9:.1f} GB for each"
        limits.append((hardware.memory // MEMORY, free))
    number, limit = min(limits, key=lambda pair: pair[0])
    return Workers(max(1, number), limit)
