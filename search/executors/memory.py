"""How much memory this process may still use: what its machine has free, or its container if that is less."""

from pathlib import Path

# The kernel's documents: proc_meminfo(5), cgroup-v2.rst and cgroup-v1/memory.rst.
_ROOT = Path("/")
_VERSION_2 = ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file")
_VERSION_1 = ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def available(root: Path = _ROOT) -> int:
    """Return the bytes that are available; 0 where this is not known.

    Args:
        root: folder in which `proc` and `sys` lie.
    """
    machine = _fields(root / "proc/meminfo").get("MemAvailable:", 0) * 1024
    limits = [limit for limit in (machine, *_containers(root)) if limit is not None]
    return min(limits) if machine else 0


def _containers(root: Path) -> list[int]:
    """Return what each control group that this process is in has left: a job's, a container's, a user's."""
    left = []
    for line in _lines(root / "proc/self/cgroup"):
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        names = _VERSION_2 if number == "0" else _VERSION_1 if "memory" in controllers.split(",") else None
        if names:
            folder = root / names[0] / path.lstrip("/")
            # In a container the path may be that of the host: then the group's own files lie at the top.
            folders = [folder, *folder.parents] if folder.is_dir() else [root / names[0]]
            left += [_left(place, *names[1:]) for place in folders if (place / names[1]).is_file()]
    return left


def _left(folder: Path, limit: str, usage: str, cache: str) -> int:
    """Return the bytes left in a control group; its page cache, which the kernel drops first, is free."""
    most, used = ([*_lines(folder / name), "max"][0] for name in (limit, usage))
    if not (most.isdecimal() and used.isdecimal()):
        return 2**63  # "max": without a limit
    return max(0, int(most) - int(used) + _fields(folder / "memory.stat").get(cache, 0))


def _fields(file: Path) -> dict[str, int]:
    words = [line.split() for line in _lines(file)]
    return {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdecimal()}


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
