"""What the job script runs on each node: a check of the node, then the node's part of Ray.

python -m cluster.node check --folder SESSION --nodes N --gpus N
python -m cluster.node ray --folder SESSION [--head]
"""

import argparse
import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cluster.resources import devices, of_step

PATIENCE = 60.0  # seconds for a file of another node to be seen here, and for the head of Ray to answer


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m cluster.node", description=__doc__)
    parser.add_argument("action", choices=("check", "ray"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--gpus", type=int, default=0)
    parser.add_argument("--head", action="store_true")
    given = parser.parse_args()
    if given.action == "ray":
        return ray(given.folder, head=given.head)
    faults = [*folder_faults(given.folder / "marks", given.nodes), *gpu_faults(given.gpus)]
    print("\n".join(f"node {name()}: {fault}" for fault in faults) or f"{name()}: ready", flush=True)
    return 1 if faults else 0


def name() -> str:
    """Return the name of this node, as SLURM has it."""
    return os.environ.get("SLURMD_NODENAME") or socket.gethostname()


def folder_faults(marks: Path, nodes: int, patience: float = PATIENCE) -> list[str]:
    """Leave a mark, and return why the folder is not shared: marks of other nodes that are not seen."""
    try:
        (marks / name()).touch()
    except OSError as error:
        return [f"cannot write {marks}: {error.strerror}. The folder of the run must be shared by all nodes"]
    end = time.monotonic() + patience
    while len(seen := sorted(path.name for path in marks.iterdir())) < nodes:
        if time.monotonic() > end:
            return [f"sees {len(seen)} of {nodes} marks in {marks} ({', '.join(seen)}). It must be shared"]
        time.sleep(0.2)
    return []


def gpu_faults(gpus: int) -> list[str]:
    """Return why this node cannot use its GPUs, as the process sees it, in an image from the inside."""
    if not gpus:
        return []
    granted = devices(os.environ)
    if len(granted) != gpus:
        return [f"SLURM gives {len(granted)} GPUs here (CUDA_VISIBLE_DEVICES), and {gpus} were asked for"]
    try:
        listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=60, check=True)
    except FileNotFoundError:
        return [
            "there is no nvidia-smi: the node has no NVIDIA driver, or the image was started without --nv"
        ]
    except (subprocess.SubprocessError, OSError) as error:
        return [f"nvidia-smi fails: {' '.join(str(error).split())}"]
    visible = [line for line in listing.stdout.splitlines() if line.lstrip().startswith(("GPU ", "MIG "))]
    return [] if len(visible) >= gpus else [f"nvidia-smi lists {len(visible)} of {gpus} GPUs"]


def ray(folder: Path, *, head: bool) -> int:
    """Run this node's part of Ray until it ends or SIGUSR1 comes; leave nothing behind."""
    signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))
    for stale in Path("/tmp").glob(f"{_prefix()}*"):  # of a session of this job that was killed here
        with contextlib.suppress(OSError):
            if stale.stat().st_uid == os.getuid() and (stale / name()).exists():
                shutil.rmtree(stale, ignore_errors=True)
    # In /tmp, not in TMPDIR: the path of a socket may have 107 characters. Mode 700: Ray's own is not.
    temporary = Path(tempfile.mkdtemp(prefix=_prefix(), dir="/tmp"))
    (temporary / name()).touch()
    try:
        flags = _head(folder) if head else [f"--address={_wait_for_head(folder / 'address')}"]
        resources = of_step(os.environ, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
        return _run([*flags, *resources.flags(), f"--temp-dir={temporary}/ray"])
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if scratch := _scratch().get("CNN_SEARCH_SCRATCH"):
            shutil.rmtree(scratch, ignore_errors=True)


def _prefix() -> str:
    return f"cnn-job-{os.environ['SLURM_JOB_ID']}-"


def _run(flags: list[str]) -> int:
    command = [
        sys.executable,
        "-m",
        "ray.scripts.scripts",
        "start",
        "--block",
        "--disable-usage-stats",
        *flags,
    ]
    agent = [f"--dashboard-agent-listen-port={free_port()}"]
    # SLURM sends SIGTERM to all processes of a job that it preempts or cancels. Ray's do not hear it, so that
    # the search can finish its epochs; SIGUSR1 ends them (session.sh), and SLURM what is left of the step.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    process = subprocess.Popen([*command, *agent], env={**os.environ, **_scratch()})
    signal.signal(signal.SIGUSR1, lambda *_: process.kill())
    return process.wait()


def _scratch() -> dict[str, str]:
    """Return where the workers of this node keep copies of prepared data: in the job's TMPDIR."""
    folder = os.environ.get("TMPDIR", "")
    # SLURM sets it to /tmp where the site does not: that may be memory.
    usable = folder not in ("", "/tmp") and Path(folder).is_dir() and os.access(folder, os.W_OK)
    return {"CNN_SEARCH_SCRATCH": f"{folder}/{_prefix()}{name()}"} if usable else {}


def _head(folder: Path) -> list[str]:
    """Choose the ports of the head, and tell them to the other nodes."""
    address, earlier = own_address(), folder / "address"
    # Tried again, it has the port of the try before: the others wait for that.
    port = int(earlier.read_text(encoding="utf-8").rpartition(":")[2]) if earlier.exists() else free_port()
    flags = [
        "--head",
        f"--node-ip-address={address}",
        f"--port={port}",
        "--ray-client-server-port",
        str(free_port()),
    ]
    if importlib.util.find_spec("aiohttp_cors"):  # with ray[default]: the dashboard, on loopback alone
        dashboard = free_port()
        (folder / "dashboard").write_text(f"{dashboard}\n", encoding="utf-8")
        flags += ["--include-dashboard=true", "--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard}"]
    else:
        flags += ["--include-dashboard=false"]
    partial = folder / "address.part"
    partial.write_text(f"{address}:{port}", encoding="utf-8")
    partial.rename(folder / "address")
    return flags


def _wait_for_head(file: Path) -> str:
    """Return the head's address as soon as something answers there.

    Raises:
        TimeoutError: nothing does.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            host, port = file.read_text(encoding="utf-8").split(":")
            with socket.create_connection((host, int(port)), timeout=5):
                return f"{host}:{port}"
        time.sleep(0.3)
    raise TimeoutError(f"the head of Ray does not answer within {PATIENCE:g} seconds: {file}")


def free_port() -> int:
    """Return a port that nothing uses: another job, or another user's Ray, may be on this node."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port


def own_address() -> str:
    """Return the address under which the other nodes reach this one."""
    address = socket.gethostbyname(socket.gethostname())
    if not address.startswith("127."):
        return address
    # Debian's /etc/hosts gives the own name a loopback address. Nothing is sent: the route tells the address.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


if __name__ == "__main__":
    sys.exit(main())
