"""A Ray of our own, that other users of the machine cannot use and that leaves nothing behind."""

import contextlib
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from search.runs.plan import Plan, environment
from search.runs.run import RunError


def close_to_others() -> None:
    """Set what a Ray of our own asks of its callers. Ray reads it when it is imported, so call this before.

    Ray's ports are open to every user of the machine. With a token that only this process and its children
    have, others can reach them and do nothing there.
    """
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ.pop("RAY_AUTH_TOKEN_PATH", None)
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def init(**options: Any) -> None:
    """Connect to a Ray, or start one, without its chatter (see `ray.init`).

    Raises:
        RunError: it is not there, or does not start.
    """
    import ray

    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
    except Exception as error:
        where = "start Ray" if options["address"] == "local" else f"reach the Ray at {options['address']}"
        said = " ".join(str(error).split())[:300]
        raise RunError(f"cannot {where}: {said}") from None


@contextlib.contextmanager
def connected(plan: Plan, address: str | None) -> Iterator[None]:
    """Connect to the Ray at an address, or start one of our own and stop it in the end.

    A stale file of a dead Ray in the usual folder does no harm: the folder is our own.
    """
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    if address:
        init(address=address, runtime_env={"env_vars": environment(plan)})
        try:
            yield
        finally:
            ray.shutdown()
        return
    # In the system's folder and not in the user's TMPDIR: a socket's path may have 107 characters.
    _sweep()
    folder = tempfile.mkdtemp(prefix=f"cnn-search-{os.getpid()}-", dir="/tmp")
    try:
        # Its workers inherit this environment.
        os.environ.update(environment(plan))
        init(
            address="local",
            num_cpus=plan.threads * plan.slots,
            include_dashboard=False,
            object_store_memory=200 * 2**20,
            # Tune's actors get workers of their own: any started in advance would only take time from them.
            _system_config={"prestart_worker_first_driver": False},
            # Ray opens this folder to everybody: the one around it is closed.
            _temp_dir=f"{folder}/ray",
            _node_ip_address="127.0.0.1",
        )
        _end_autoscaler()
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def _end_autoscaler() -> None:
    """End the process that would add machines: a Ray of one has none to add.

    It holds 50 MB, and at the end it would wait a second for a server that is stopped before it.
    """
    from ray._private import worker

    with contextlib.suppress(AttributeError):  # it has no public name
        worker._global_node.kill_monitor(check_alive=False)


def _sweep() -> None:
    """Remove the folders of searches of ours that were killed."""
    for folder in Path("/tmp").glob("cnn-search-*-*"):
        owner = folder.name.split("-")[2]
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid() and not Path(f"/proc/{owner}").exists():
                shutil.rmtree(folder, ignore_errors=True)
