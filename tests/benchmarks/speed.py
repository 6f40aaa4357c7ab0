"""This search against plain Ray Tune: the two in turn, as whole processes, and their ratio.

python -m tests.benchmarks.speed short|search [PAIRS]
"""

import re
import statistics
import subprocess
import sys
import time


def timed(program: str, which: str) -> tuple[float, int]:
    """Run one side; return its wall time in seconds, start and end included, and the images trained."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{program}", which],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - began
    (output,) = [line for line in done.stderr.splitlines() if line.startswith("IMAGES")]
    print(f"{program:10} {seconds:6.1f} s  {output}", flush=True)
    found = re.search(r"IMAGES (\d+)", output)
    assert found
    return seconds, int(found[1])


def main(which: str, pairs: int) -> None:
    """Print the ratio of images a second over the whole wall time, pair by pair."""
    ratios = []
    for _ in range(pairs):
        (ours, our_images), (plain, plain_images) = timed("ours", which), timed("plain_ray", which)
        speeds = our_images / ours, plain_images / plain
        ratios.append(speeds[0] / speeds[1])
        print(f"images a second: ours {speeds[0]:.0f}, plain {speeds[1]:.0f}: {ratios[-1]:.2f} times")
    print(f"{which}: {statistics.median(ratios):.2f} times as fast (median of {pairs} pairs)")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
