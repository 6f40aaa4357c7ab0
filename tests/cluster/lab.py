"""A SLURM of two nodes on this machine: munged, slurmctld and a slurmd for each node, all real.

Each node has namespaces of its own: network, host name, processes, /dev/shm, /etc/hosts. The rest of the disk
is their shared file system. The GPUs are stand-ins: character devices like /dev/null, and an `nvidia-smi`
that lists what SLURM has granted. Nothing of the machine's own is changed: munge's
socket and key, the ports, the network's names and all files are the lab's.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.cluster.opening import opening

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged", "ip", "unshare", "nsenter")
NODES = 2
CPUS = 2  # of each node

SLURM_CONF = Path(__file__).with_name("slurm.conf.in")
HARDWARE = f"CPUs={CPUS * 2} Sockets=1 CoresPerSocket={CPUS * 2} ThreadsPerCore=1 RealMemory=12000 Gres=gpu:2"

NVIDIA_SMI = """\
#!/bin/sh
# A stand-in: lists the GPUs that SLURM has granted.
for gpu in $(echo "$CUDA_VISIBLE_DEVICES" | tr , ' '); do echo "GPU $gpu: a stand-in"; done
"""


def why_not() -> str:
    """Return why the lab cannot run on this machine, or ""."""
    if os.geteuid() != 0:
        return "it needs root, for namespaces and for jobs of several users"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"there is no {', '.join(missing)}: apt-get install slurm-wlm munge iproute2"
    trial = subprocess.run(
        ["unshare", "--net", "--pid", "--fork", "--mount", "true"], capture_output=True, text=True
    )
    return f"no namespaces: {trial.stderr.strip()}" if trial.returncode else ""


class Lab:
    """The lab. `up` starts it, `down` ends all that it has started.

    Args:
        folder: for everything of the lab; every user can enter it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = secrets.token_hex(2)  # in the network's names, which are the machine's
        self.prefix = f"10.{secrets.randbelow(56) + 200}.{secrets.randbelow(256)}"
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.opening = opening(folder / "opened")
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def up(self) -> None:
        """Start everything, and wait until all nodes are idle."""
        for name in ("state", "dev", "bin"):
            (self.folder / name).mkdir()
        self._write_files()
        self._start_munge()
        self._link_nodes()
        self._start("slurmctld", "slurmctld", "-D", "-f", str(self.folder / "slurm.conf"))
        for number in range(1, NODES + 1):
            self.start_node(number)
        self.wait(lambda: self.idle() == NODES, 30, "the nodes are not idle")

    def idle(self) -> int:
        """Return how many nodes have no job."""
        return self.run("sinfo", "-h", "-p", "batch", "-N", "-t", "idle", "-o", "%N", check=False).count(
            "node"
        )

    def run(self, *command: str, check: bool = True) -> str:
        """Run one of SLURM's commands; return what it prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        assert not check or done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout.strip()

    def wait(self, until: Callable[[], bool], seconds: float, complaint: str) -> None:
        """Wait for something; fail with the end of slurmctld's log."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                raise AssertionError(f"{complaint}\n{self.log()}")
            time.sleep(0.3)

    def log(self) -> str:
        """Return the ends of the daemons' logs."""
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])
            for path in sorted(self.folder.glob("*.log"))
        )

    def start_node(self, number: int) -> None:
        """Boot a node."""
        node = f"node{number}"
        for name in (f"spool.{node}", f"shm.{node}"):
            (self.folder / name).mkdir(exist_ok=True)
        slurmd = f"slurmd -D -f {self.folder}/slurm.conf -N {node}"
        # The shell stays process 1 of the node and reaps orphans; slurmd does not.
        boot = (
            f"{self.opening}hostname {node}; mount --bind {self.folder}/hosts /etc/hosts; "
            f"mount -t tmpfs -o size=3g tmpfs /dev/shm; {slurmd} & child=$!; trap 'kill $child' TERM; "
            "while kill -0 $child 2> /dev/null; do wait $child; done"
        )
        unshare = ("unshare", "--uts", "--ipc", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc")
        self._start(
            node, "nsenter", f"--net=/run/netns/{self._net(number)}", *unshare, "/bin/bash", "-c", boot
        )

    def revive(self) -> None:
        """Boot the nodes that are dead, and wait until no job is left."""
        for number in range(1, NODES + 1):
            if f"node{number}" not in self.daemons:
                self.start_node(number)
        self.wait(lambda: self.idle() == NODES, 90, "the nodes are not idle")

    def kill_node(self, number: int) -> None:
        """Let a node lose its power: every process of it is killed."""
        daemon = self.daemons.pop(f"node{number}")
        daemon.kill()
        daemon.wait()

    def processes(self, text: str) -> list[str]:
        """Return the command lines of this machine's processes that hold a text."""
        lines = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if text in line:
                    lines.append(line)
        return lines

    def down(self) -> None:
        """End all that was started, by the numbers of the processes, and take the network away."""
        for name in ("node1", "node2", "slurmctld", "munged"):
            if daemon := self.daemons.pop(name, None):
                # A node is killed with all that is in it (--kill-child).
                daemon.send_signal(signal.SIGKILL if name.startswith("node") else signal.SIGTERM)
                try:
                    daemon.wait(10)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()
        for number in range(1, NODES + 1):
            subprocess.run(["ip", "netns", "del", self._net(number)], capture_output=True)
            subprocess.run(["ip", "link", "del", f"clv{self.mark}{number}"], capture_output=True)
        subprocess.run(["ip", "link", "del", f"clb{self.mark}"], capture_output=True)
        # What a node that lost its power has left behind. A real one has a /tmp of its own.
        for session in self.folder.glob("*/runs/*/*/job/sessions/*"):
            for left in Path("/tmp").glob(f"cnn-job-{session.name.partition('.')[0]}-*"):
                shutil.rmtree(left, ignore_errors=True)

    def _write_files(self) -> None:
        ports = free_ports(2)
        conf = SLURM_CONF.read_text().format(
            host=socket.gethostname(),
            control=f"{self.prefix}.254",
            controller_port=ports[0],
            node_port=ports[1],
            folder=self.folder,
            prefix=self.prefix,
            hardware=HARDWARE,
            first_job=secrets.randbelow(60_000) + 1000,
        )
        (self.folder / "slurm.conf").write_text(conf)
        (self.folder / "cgroup.conf").write_text("")
        (self.folder / "gres.conf").write_text(f"Name=gpu File={self.folder}/dev/nvidia[0-1]\n")
        names = [f"{self.prefix}.{number} node{number}" for number in range(1, NODES + 1)]
        (self.folder / "hosts").write_text("\n".join(["127.0.0.1 localhost", *names, ""]))
        for number in range(2):
            os.mknod(self.folder / f"dev/nvidia{number}", 0o020666, os.makedev(1, 3))
        smi = self.folder / "bin/nvidia-smi"
        smi.write_text(NVIDIA_SMI)
        smi.chmod(0o755)

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        files = [f"--{name}-file={self.folder}/munged.{name}" for name in ("pid", "log", "seed")]
        socket_file = self.folder / "munge.socket"
        self._start(
            "munged", "munged", "-F", "--force", f"--socket={socket_file}", f"--key-file={key}", *files
        )
        self.wait(socket_file.exists, 10, "munged does not start")

    def _link_nodes(self) -> None:
        bridge = f"clb{self.mark}"
        commands = [f"link add {bridge} type bridge", f"addr add {self.prefix}.254/24 dev {bridge}"]
        commands += [f"link set {bridge} up"]
        for number in range(1, NODES + 1):
            net, outside = self._net(number), f"clv{self.mark}{number}"
            commands += [
                f"netns add {net}",
                f"link add {outside} type veth peer name eth0 netns {net}",
                f"link set {outside} master {bridge} up",
                f"-n {net} addr add {self.prefix}.{number}/24 dev eth0",
                f"-n {net} link set eth0 up",
                f"-n {net} link set lo up",
                f"-n {net} route add default via {self.prefix}.254",
            ]
        for command in commands:
            subprocess.run(["ip", *command.split()], check=True, capture_output=True)

    def _net(self, number: int) -> str:
        return f"cl-{self.mark}-{number}"

    def _start(self, name: str, *command: str) -> None:
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        with (self.folder / f"{name}.out").open("ab") as output:
            self.daemons[name] = subprocess.Popen(
                # Should pytest be killed, the lab goes with it.
                ["setpriv", "--pdeathsig", "KILL", *command],
                env={**self.environment, "PATH": path},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def free_ports(number: int) -> list[int]:
    """Return ports that nothing uses."""
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
