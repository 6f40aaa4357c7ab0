"""The SLURM lab, and users who submit jobs to it."""

import contextlib
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.lab import Lab, why_not
from tests.conftest import ROOT, make_cache
from tests.search.conftest import TINY

# .ci/run sets it: there, a lab that cannot run is a failure.
REQUIRED = os.environ.get("CNN_SEARCH_LAB") == "required"
STAND_IN = Path(__file__).with_name("stand_in")
# An epoch takes long enough for a signal or a fault to come in the middle, on a fast machine too.
SLOWLY = ("--env", "EPOCH_SECONDS=3")
CANNOT_RUN = "the SLURM lab cannot run: "


def cannot_run(reason: str) -> None:
    """Skip a test of the lab, and say so at the end; fail where the lab is required."""
    if REQUIRED:
        pytest.fail(CANNOT_RUN + reason)
    pytest.skip(CANNOT_RUN + reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests of the lab did not run: a skipped test alone is easily overlooked."""
    texts = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    reasons = Counter(text.split(CANNOT_RUN)[1].rstrip("')") for text in texts if CANNOT_RUN in text)
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"SLURM lab: {number} tests did not run: {reason}", yellow=True)


class User:
    """Somebody who submits searches.

    Args:
        lab: where to.
        name: of a user of this machine.
    """

    def __init__(self, lab: Lab, name: str, *, folder: str = "", images: int = 400) -> None:
        self.lab, self.entry = lab, pwd.getpwnam(name)
        self.folder = lab.folder / (folder or name)
        self.folder.mkdir()
        sizes = {"training": images, "validation": 200, "test": 50}
        make_cache(self.folder / "cache", sizes=sizes)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)

    def call(
        self, *command: str, timeout: float = 600, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, on the machine from which jobs are submitted."""
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "SLURM"))
        }
        who = f"setpriv --reuid={self.entry.pw_uid} --regid={self.entry.pw_gid} --clear-groups"
        shell = f'{self.lab.opening}cd "$0" && exec {who} "$@"'
        # Its processes end with it, also those of an allocation whose salloc was killed.
        own = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        return subprocess.run(
            [*own, "/bin/sh", "-c", shell, str(self.folder), *command],
            env={
                **outside,
                "SLURM_CONF": self.lab.environment["SLURM_CONF"],
                "PATH": f"{self.lab.folder}/bin:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "CNN_SEARCH_CACHE": str(self.folder / "cache"),
                "PYTHONPATH": str(ROOT),
                "OMP_NUM_THREADS": "1",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def cluster(self, *arguments: str) -> str:
        """Run `python -m cluster …`; return what it prints."""
        done = self.call(sys.executable, "-m", "cluster", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def submit(
        self, *flags: str, search: tuple[str, ...] = (), name: str = "r", nodes: int = 2, slow: bool = True
    ) -> "Submitted":
        """Submit a search of two nodes, with room for one trial on each; its epochs can be made slow."""
        size = f"--nodes {nodes} --cpus-per-node 1 --memory-per-node 4G --notice 60 --name {name}"
        stand_in = ("--env", f"PYTHONPATH={STAND_IN}") if slow else ()
        self.cluster("submit", *size.split(), *stand_in, *flags, "--", "cifar_residual", *TINY, *search)
        return Submitted(self, self.folder / "runs/cifar_residual" / name)


class Submitted:
    """A search that was submitted."""

    def __init__(self, user: User, run: Path) -> None:
        self.user, self.run = user, run

    @property
    def number(self) -> str:
        """Number of its last job."""
        return (self.run / "job/number").read_text().strip()

    @property
    def story(self) -> str:
        """What happened, for the user to read."""
        file = self.run / "job/story.log"
        return file.read_text() if file.exists() else ""

    @property
    def trials(self) -> dict[int, dict[str, list[int] | list[str] | str]]:
        """The trials in the journal, read as Optuna wrote it: number → epochs, hosts and state."""
        states = {1: "complete", 2: "stopped", 3: "failed"}
        trials: dict[int, dict[str, list]] = {}
        file = self.run / "journal.log"
        for line in file.read_text().splitlines() if file.exists() else ():
            entry = json.loads(line)
            if "distributions" in entry:
                trials[len(trials)] = {"epochs": [], "hosts": [], "state": "running"}
            trial = trials.get(entry.get("trial_id", -1))
            for name, value in entry.get("user_attr", {}).items():
                if match := re.fullmatch(r"epoch (\d+)", name):
                    trial["epochs"].append(int(match[1]))
                if name.startswith("host "):
                    trial["hosts"].append(value)
            if "state" in entry and trial and "user_attr" not in entry:
                trial["state"] = states.get(entry["state"], "running")
        return trials

    @property
    def epochs(self) -> int:
        """How many epochs are in the journal."""
        return sum(len(trial["epochs"]) for trial in self.trials.values())

    def wait(self, until: Callable[[], bool], seconds: float = 600, *, alive: bool = True) -> None:
        """Wait for something; fail with what the job printed, at once where a live job has stopped."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end or (alive and "Stopped: " in self.story):
                raise AssertionError(f"{self.story}\n{self.logs()}\n{self.user.lab.log()}")
            time.sleep(0.5)

    def finish(self, seconds: float = 600) -> None:
        """Wait until no job of this run is there any more."""
        self.wait(lambda: not self.active(), seconds, alive=False)

    def active(self) -> bool:
        """Return whether SLURM still has a job of this run that has not ended."""
        states = "PENDING,RUNNING,COMPLETING,CONFIGURING,SUSPENDED"
        listed = self.user.lab.run("squeue", "-h", "-j", self.number, f"--states={states}", check=False)
        return bool(listed)

    def logs(self) -> str:
        """Return the ends of all logs of the job."""
        files = sorted((self.run / "job").rglob("*.log"), key=lambda path: path.stat().st_mtime)
        return "\n".join(f"--- {path}\n{path.read_text(errors='replace')[-1500:]}" for path in files)

    def leftovers(self) -> list[str]:
        """Return the processes of this run that still live, and folders of its Ray."""
        folders = [str(path) for path in Path("/tmp").glob(f"cnn-job-{self.number}-*")]
        return self.user.lab.processes(str(self.run)) + folders

    def check_whole(self, trials: int) -> None:
        """Check that all trials have ended, none failed, and no epoch is missing or was trained twice."""
        found = self.trials
        assert len(found) == trials, self.logs()
        for number, trial in found.items():
            assert trial["state"] in ("complete", "stopped"), (number, self.logs())
            assert trial["epochs"] == list(range(1, len(trial["epochs"]) + 1)), number


@contextlib.contextmanager
def running_lab() -> Iterator[Lab]:
    """A SLURM of two nodes, for as long as it is used."""
    if reason := why_not():
        cannot_run(reason)
    # Not in pytest's own folder: other users cannot enter it. A socket's path may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="cnn-lab-", dir="/tmp"))
    folder.chmod(0o755)
    made = Lab(folder)
    try:
        made.up()
        yield made
    finally:
        made.down()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A SLURM of two nodes."""
    with running_lab() as made:
        yield made


@pytest.fixture
def user(lab: Lab, request: pytest.FixtureRequest) -> User:
    """The user of these tests, in an empty folder, on a lab whose nodes are idle."""
    lab.revive()
    return User(lab, "root", folder=request.node.name[:40])
