"""Wait until a Ray is complete: `python -m search.executors.ready --file ADDRESS_FILE --nodes N`.

A job on a cluster runs it before its search. It prints what each node has; it exits 1 where one is missing.
"""

import argparse
import sys
import time
from pathlib import Path

from search.executors.ray_cluster import init
from search.runs.run import RunError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m search.executors.ready", description=__doc__)
    parser.add_argument("--file", type=Path, required=True, help="holds the address; it may appear later")
    parser.add_argument("--nodes", type=int, required=True, help="how many Ray is to have")
    parser.add_argument("--seconds", type=float, default=120, help="to wait for them")
    given = parser.parse_args(arguments)
    end = time.monotonic() + given.seconds
    try:
        _connect(given.file, end)
        nodes = _wait(given.nodes, end)
    except RunError as error:
        print(error)
        return 1
    print("\n".join(nodes))
    return 0


def _connect(file: Path, end: float) -> None:
    while True:
        try:
            return init(address=file.read_text(encoding="utf-8").strip())
        except (RunError, OSError) as error:
            if time.monotonic() > end:
                raise RunError(f"no Ray: {error}") from None
            time.sleep(0.5)


def _wait(number: int, end: float) -> list[str]:
    """Return a line for each node, as soon as all of them are there."""
    import ray

    while True:
        nodes = [node for node in ray.nodes() if node["Alive"]]
        if len(nodes) >= number:
            return sorted(_line(node["NodeManagerHostname"], node["Resources"]) for node in nodes)
        if time.monotonic() > end:
            names = ", ".join(sorted(node["NodeManagerHostname"] for node in nodes))
            raise RunError(f"Ray has {len(nodes)} of {number} nodes: {names}")
        time.sleep(0.5)


def _line(host: str, resources: dict[str, float]) -> str:
    cpus, gpus = (int(resources.get(kind, 0)) for kind in ("CPU", "GPU"))
    return f"Ray on {host}: {cpus} CPUs, {gpus} GPUs, {resources.get('memory', 0) / 2**30:.1f} GiB"


if __name__ == "__main__":
    sys.exit(main())
