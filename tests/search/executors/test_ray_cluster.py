"""Connecting to Ray, with a stand-in for Ray: nothing is started here."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from data.store.lock import locked
from search.executors import machine, ray_cluster
from search.executors.driver import Driver
from search.runs.plan import environment
from search.runs.provenance import Hardware
from search.runs.run import RunError
from tests.search.runs.conftest import small_plan

NODES = [
    {"Alive": True, "Resources": {"CPU": 4.0, "memory": 1e9}},
    {"Alive": True, "Resources": {"CPU": 16.0, "GPU": 2.0}},
    {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}},
]


class Ray(ModuleType):
    """A stand-in for the module `ray` that notes how it is called."""

    def __init__(self) -> None:
        super().__init__("ray")
        self.calls: list[str] = []
        self.options: dict[str, Any] = {}
        self.error: Exception | None = None

    def init(self, **options: Any) -> None:
        self.calls.append("init")
        self.options = options
        if self.error:
            raise self.error

    def nodes(self) -> list[dict[str, Any]]:
        return NODES

    def shutdown(self) -> None:
        self.calls.append("shutdown")


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    """Put the stand-in in the place of Ray; the environment is afterwards what it was."""
    before = dict(os.environ)
    stand_in = Ray()
    monkeypatch.setitem(sys.modules, "ray", stand_in)
    monkeypatch.setattr(ray_cluster, "_end_autoscaler", lambda: None)
    yield stand_in
    os.environ.clear()
    os.environ.update(before)


def test_without_an_address_this_machine_is_the_hardware(ray: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Hardware(cores=3, gpus=1, name="here", node_cores=3)
    monkeypatch.setattr(machine, "hardware", lambda: here)
    assert ray_cluster.hardware(None) == here
    assert ray.calls == []


def test_the_hardware_of_a_cluster_is_that_of_its_living_nodes(ray: Ray) -> None:
    hardware = ray_cluster.hardware("10.0.0.1:6379")
    assert hardware == Hardware(cores=20, gpus=2, name="Ray, 2 nodes", node_cores=16)
    assert ray.options["address"] == "10.0.0.1:6379"
    assert ray.calls == ["init", "shutdown"]


def test_a_ray_that_cannot_be_reached_is_named_in_one_line(ray: Ray) -> None:
    ray.error = ConnectionError("Could not read\n  'session_name'.\n" + "x" * 1000)
    with pytest.raises(RunError, match=r"cannot reach the Ray at 10\.0\.0\.9:1: Could not read") as raised:
        ray_cluster.hardware("10.0.0.9:1")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_a_ray_that_does_not_start_leaves_nothing_behind(ray: Ray) -> None:
    ray.error = RuntimeError("no ports")
    with (
        pytest.raises(RunError, match="cannot start Ray: no ports"),
        ray_cluster.connected(small_plan(), None),
    ):
        raise AssertionError("it did start")
    assert not Path(ray.options["_temp_dir"]).parent.exists()
    assert ray.calls[-1] == "shutdown"


def test_a_ray_that_starts_too_slowly_is_started_again(ray: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**options: Any) -> None:
        ray.calls.append("init")
        if len(ray.calls) == 1:
            raise RuntimeError("The current node timed out during startup.")

    monkeypatch.setattr(ray, "init", init, raising=False)
    with ray_cluster.connected(small_plan(), None):
        assert ray.calls == ["init", "init"]


def test_our_own_ray_has_room_for_the_trials_and_is_gone_at_the_end(ray: Ray) -> None:
    plan = small_plan(threads=3, concurrent=2)
    with ray_cluster.connected(plan, None):
        folder = Path(ray.options["_temp_dir"]).parent
        assert folder.stat().st_mode & 0o077 == 0  # closed to other users
        assert ray.options["num_cpus"] == 6
        assert ray.options["_node_ip_address"] == "127.0.0.1"
        assert os.environ["TF_NUM_INTRAOP_THREADS"] == "3"  # its workers inherit it
        assert ray.calls == ["init"]
    assert not folder.exists()
    assert ray.calls == ["init", "shutdown"]


@pytest.mark.parametrize("address", [None, "10.0.0.1:6379"])
def test_after_an_error_ray_is_left(ray: Ray, address: str | None) -> None:
    with pytest.raises(ZeroDivisionError), ray_cluster.connected(small_plan(), address):
        raise ZeroDivisionError
    assert ray.calls == ["init", "shutdown"]


def test_the_workers_of_a_cluster_get_the_environment_of_the_plan(ray: Ray) -> None:
    plan = small_plan(backend="jax")
    with ray_cluster.connected(plan, "10.0.0.1:6379"):
        assert ray.options["runtime_env"] == {"env_vars": environment(plan)}
        assert "num_cpus" not in ray.options


def test_what_a_killed_search_left_is_removed_and_what_lives_is_not(ray: Ray) -> None:
    """A process number says nothing: two containers that share /tmp do not see each other's processes."""
    killed, alive, starting = (Path(tempfile.mkdtemp(prefix="cnn-search.", dir="/tmp")) for _ in range(3))
    (killed / "ray").mkdir()
    (killed / "owner").touch()
    try:
        with locked(alive / "owner"):
            for _ in range(2):
                with ray_cluster.connected(small_plan(), None):
                    assert [folder.exists() for folder in (killed, alive, starting)] == [False, True, True]
    finally:
        shutil.rmtree(alive)
        starting.rmdir()


def test_the_folder_of_a_live_search_is_kept_by_another_process(ray: Ray) -> None:
    code = "from search.executors import ray_cluster as r\nwith r._folder(): pass"
    with ray_cluster.connected(small_plan(), None):
        folder = Path(ray.options["_temp_dir"]).parent
        subprocess.run([sys.executable, "-c", code], check=True)
        assert folder.exists()
    assert not folder.exists()


def test_our_own_ray_asks_for_a_token_that_others_cannot_know(ray: Ray) -> None:
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_MODE"):
        os.environ.pop(name, None)
    os.environ["RAY_AUTH_TOKEN_PATH"] = "/somewhere"
    ray_cluster.require_token()
    token = os.environ["RAY_AUTH_TOKEN"]
    assert len(token) == 64
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert "RAY_AUTH_TOKEN_PATH" not in os.environ
    ray_cluster.require_token()
    assert os.environ["RAY_AUTH_TOKEN"] == token  # a retraining after a search goes on with it


@pytest.mark.parametrize(("address", "mode"), [(None, "token"), ("10.0.0.1:6379", "that of the cluster")])
def test_to_train_asks_for_a_token_on_our_own_ray_alone(
    ray: Ray, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str | None, mode: str
) -> None:
    trained: list[Driver] = []
    module = ModuleType("search.executors.ray_tune")
    module.train = trained.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "search.executors.ray_tune", module)
    os.environ["RAY_AUTH_MODE"] = "that of the cluster"
    plan = small_plan()
    driver = Driver(plan, tmp_path, plan.make_scheduler([], lambda trials: {}, str))
    ray_cluster.run(driver, address)
    assert trained == [driver]
    assert os.environ["RAY_AUTH_MODE"] == mode
    assert ray.calls == ["init", "shutdown"]


def test_a_ray_that_was_imported_without_a_token_is_not_started() -> None:
    """Its ports would be open to others, and it would wait for half a minute before it failed."""
    code = "import ray; from search.executors.ray_cluster import require_token; require_token()"
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    output = subprocess.run(
        [sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=False
    )
    assert output.returncode == 1
    assert "RunError: Ray was imported before this search, without a token" in output.stderr


def test_a_sigterm_while_ray_starts_and_after_it_reaches_our_handler(
    ray: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray puts a handler of its own in place while it starts, which ends the process with status 1 or 15."""
    utils = ModuleType("ray._private.utils")
    utils.set_sigterm_handler = lambda handler: signal.signal(signal.SIGTERM, handler)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ray._private.utils", utils)
    received: list[int] = []

    def start(**options: Any) -> None:
        utils.set_sigterm_handler(lambda number, frame: sys.exit(number))
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(ray, "init", start)
    before = signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    try:
        ray_cluster.init(address="local")
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [signal.SIGTERM, signal.SIGTERM]
    assert os.environ["RAY_DISABLE_FAILURE_SIGNAL_HANDLER"] == "1"  # its native one would print the stack


def test_a_sigterm_after_ray_has_ended_reaches_our_handler(tmp_path: Path) -> None:
    """Ray's native code restores the system's default at its end, and Python does not notice."""
    program = tmp_path / "ends.py"
    program.write_text(
        "import signal, sys\n"
        "from types import ModuleType\n"
        "import ctypes\n"
        "default = ctypes.CDLL(None).signal\n"
        "default.argtypes = [ctypes.c_int, ctypes.c_void_p]\n"
        "ray = ModuleType('ray')\n"
        "ray.shutdown = lambda: default(signal.SIGTERM, None)\n"
        "sys.modules['ray'] = ray\n"
        "from search.executors import ray_cluster\n"
        "signal.signal(signal.SIGTERM, lambda number, frame: print('ours'))\n"
        "ray_cluster.shutdown()\n"
        "signal.raise_signal(signal.SIGTERM)\n"
    )
    ended = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "ours\n"), ended.stderr
