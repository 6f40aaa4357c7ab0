"""The executor on Ray: a running Ray by its address, or one of our own.

Our own Ray cannot be used by other users of the machine, and leaves nothing behind.
"""

import contextlib
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from data.store.lock import is_locked, locked
from search.executors import machine
from search.executors.driver import Driver
from search.executors.guard import guarded, kill_trees
from search.runs.plan import Plan, environment
from search.runs.provenance import Hardware
from search.runs.run import RunError

# Of a Ray of our own: its processes end soon after its server (gcs) is lost. Ray waits a minute.
_RAY = {"RAY_gcs_rpc_server_reconnect_timeout_s": "10"}

_PREFIX = "cnn-search."  # of the folders of our own Rays, under /tmp
_OWNER = "owner"  # in such a folder, a file that its process has locked


def hardware(address: str | None) -> Hardware:
    """Return the hardware of a running Ray's nodes; without an address, this machine's.

    Raises:
        RunError: the Ray at that address cannot be reached.
    """
    if not address:
        return machine.hardware()

    init(address=address)
    try:
        nodes = node_resources()
        cores, gpus = (int(sum(node.get(kind, 0) for node in nodes)) for kind in ("CPU", "GPU"))
        largest = max(int(node.get("CPU", 0)) for node in nodes)
        memory = [int(node.get("memory", 0)) for node in nodes]
        return Hardware(cores, gpus, f"Ray, {len(nodes)} nodes", largest, sum(memory) if all(memory) else 0)
    finally:
        shutdown()


def node_resources() -> list[dict[str, float]]:
    """Return the resources ("CPU", "GPU", …) of each living node of the Ray that is connected."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


# Ray gives each start of its own 30 seconds, which a busy machine may exceed; the next one is faster.
ATTEMPTS = 3
TOO_SLOW = "timed out during startup"


def run(driver: Driver, address: str | None) -> None:
    """Train until nothing is left to train, or the driver stops.

    Raises:
        RunError: the Ray is not there, does not start, or has no room for a trial.
    """
    if not address:
        require_token()
    with connected(driver.plan, address):
        from search.executors.ray_tune import train

        train(driver)


def require_token() -> None:
    """Let a Ray of our own ask its callers for a token. Ray reads this when it is imported: call it before.

    Ray's ports are open to every user of the machine. With a token that only this process and its children
    have, other users can connect to them and do nothing there.

    Raises:
        RunError: Ray is imported already, and does not ask for a token.
    """
    raylet: Any = sys.modules.get("ray._raylet")  # it has no public name for this
    if raylet and raylet.get_authentication_mode() != raylet.AuthenticationMode.TOKEN:
        raise RunError(
            "Ray was imported before this search, without a token: other users could use its ports. Set "
            "RAY_AUTH_MODE=token and RAY_AUTH_TOKEN (32 random hexadecimal digits) before Python starts, "
            "or search in this process (--local)"
        )
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ.pop("RAY_AUTH_TOKEN_PATH", None)
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def init(**options: Any) -> None:
    """Connect to a Ray, or start one, without its log messages (see `ray.init`).

    Raises:
        RunError: it is not there, or does not start.
    """
    import ray

    own = options["address"] == "local"
    for attempt in range(ATTEMPTS):
        try:
            with _own_handlers(shield=own):
                ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
            return
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            if own and TOO_SLOW in reason and attempt + 1 < ATTEMPTS:
                continue
            action = "start Ray" if own else f"reach the Ray at {options['address']}"
            raise RunError(f"cannot {action}: {reason}") from None


def shutdown() -> None:
    """Leave the Ray that is connected, and stop one of our own (see `ray.shutdown`)."""
    import ray

    with _own_handlers(shield=True) as restore:
        if node := _node():
            wait = node.kill_all_processes

            def kill(**options: Any) -> None:
                restore()
                end()  # there is nothing that they would have to save; asked first, they take seconds
                wait(**options)

            node.kill_all_processes = kill
        ray.shutdown()


@contextlib.contextmanager
def _own_handlers(*, shield: bool) -> Iterator[Callable[[], None]]:
    """Keep our signal handlers while Ray starts or ends: its own would end this process at a SIGTERM.

    Starting, it sets a handler that exits with status 1 or 15. Ending, its native code restores the system's
    default, which Python does not notice.

    Its native handler, which would print the stack, obeys the environment, here and in the processes that
    it starts. Its Python handlers have no public switch.

    Args:
        shield: block SIGTERM meanwhile, which the processes that Ray starts inherit. SLURM, systemd and
            `timeout` send it to all of our processes, and a worker is to finish its epoch. One that comes
            meanwhile is handled afterwards. (Other threads of this process do not block it.)

    Yields:
        A function that puts our handlers back at once.
    """
    os.environ["RAY_DISABLE_FAILURE_SIGNAL_HANDLER"] = "1"
    internals: Any = sys.modules.get("ray._private.utils")
    here = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM) if here}
    set_handler = getattr(internals, "set_sigterm_handler", None)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM} if shield else set())

    def restore() -> None:
        for number, handler in handlers.items():  # its native code has set one, too
            signal.signal(number, handler or signal.SIG_DFL)

    try:
        if set_handler:
            internals.set_sigterm_handler = lambda _: None
        yield restore
    finally:
        if set_handler:
            internals.set_sigterm_handler = set_handler
        restore()
        # Last of all: one that came meanwhile is delivered now, to our handler.
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextlib.contextmanager
def connected(plan: Plan, address: str | None) -> Iterator[None]:
    """Connect to the Ray at an address, or start one of our own and stop it at the end.

    A stale file of a dead Ray in Ray's usual folder does no harm: the folder is our own.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    if address:
        init(address=address, runtime_env={"env_vars": environment(plan)})
        try:
            yield
        finally:
            shutdown()
        return
    with _folder() as folder:
        yield from _own(plan, folder)


def _own(plan: Plan, folder: Path) -> Iterator[None]:
    """Start a Ray of our own in a folder, and stop it."""
    with contextlib.ExitStack() as guard:
        try:
            # Its workers inherit this environment.
            os.environ.update(environment(plan), **_RAY)
            init(
                address="local",
                num_cpus=plan.threads * plan.slots,
                include_dashboard=False,
                object_store_memory=200 * 2**20,
                # Tune's actors start their own workers: those of before would only compete with them.
                _system_config={"prestart_worker_first_driver": False},
                # Ray makes this folder readable for everybody; the folder around it is private.
                _temp_dir=f"{folder}/ray",
                _node_ip_address="127.0.0.1",
            )
            _end_autoscaler()
            guard.enter_context(guarded(folder, _started()))
            yield
        finally:
            _stop()


def lost() -> str:
    """Return which process of our own Ray has ended before it should: "raylet", "gcs_server"; or ""."""
    node = _node()
    return " and ".join(kind for kind, _ in node.dead_processes()) if node else ""


def end() -> None:
    """Kill the processes of our own Ray that are left, and those below them."""
    kill_trees(_started())


def _started() -> set[int]:
    """Return the processes of our own Ray that this one has started, and that live."""
    node = _node()
    started = [info.process for infos in node.all_processes.values() for info in infos] if node else []
    return {process.pid for process in started if process.poll() is None}


def _node() -> Any:
    """Return what Ray keeps of the processes that it has started here, or None; it has no public name."""
    return getattr(sys.modules.get("ray._private.worker"), "_global_node", None)


def _stop() -> None:
    """Stop our own Ray. Where a process of it is lost, the others are not asked: they would wait for it."""
    if lost():
        end()
    shutdown()


def _end_autoscaler() -> None:
    """End the autoscaler, which has nothing to do on one machine, and Ray's own messages.

    It holds 50 MB, and at the end it would wait a second for a server that is stopped before it.
    """
    from ray._private import worker

    worker.print_to_stdstream = lambda *_, **__: None  # what Ray says of its own end: 20 lines of its logs
    with contextlib.suppress(AttributeError):  # it has no public name
        worker._global_node.kill_monitor(check_alive=False)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder for the block. A folder whose process was killed is removed by the next search.

    Whether its process lives is asked of a lock that it holds: a process of another container, which shares
    /tmp, has a number that means nothing here. It lies in the system's folder and not in the user's TMPDIR:
    a socket's path may have 107 characters.
    """
    for left in Path("/tmp").glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if (
                left.stat().st_uid == os.getuid()
                and (left / _OWNER).exists()
                and not is_locked(left / _OWNER)
            ):
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
    try:
        with locked(folder / "new", wait=False):
            (folder / "new").rename(folder / _OWNER)  # it has this name only when it is locked
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
