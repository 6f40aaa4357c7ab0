"""What the job script runs on each node; Ray itself is started on the lab."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import node


@pytest.fixture(autouse=True)
def this_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURMD_NODENAME", "node1")
    monkeypatch.setenv("SLURM_JOB_ID", "7")


def smi(folder: Path, text: str) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)


def test_nodes_that_see_each_others_marks_are_ready(tmp_path: Path) -> None:
    (tmp_path / "node2").touch()
    assert node.folder_faults(tmp_path, 2) == []
    assert (tmp_path / "node1").exists()


def test_a_folder_that_is_not_shared_is_named(tmp_path: Path) -> None:
    (fault,) = node.folder_faults(tmp_path, 2, patience=0.1)
    assert "sees 1 of 2 marks" in fault and "(node1)" in fault
    (fault,) = node.folder_faults(tmp_path / "missing", 2, patience=0.1)
    assert "must be shared" in fault


@pytest.mark.parametrize(
    ("granted", "listing", "fault"),
    [
        ("0,1", "echo GPU 0; echo GPU 1", None),
        ("0", "echo GPU 0", "SLURM gives 1 GPUs here"),
        ("0,1", "echo GPU 0", "nvidia-smi lists 1 of 2 GPUs"),
        ("0,1", "exit 9", "nvidia-smi fails"),
        ("0,1", "", "nvidia-smi lists 0 of 2"),
        ("MIG-a,MIG-b", "echo GPU 0; echo '  MIG 1g.5gb'; echo '  MIG 1g.5gb'", None),
    ],
)
def test_gpus_that_cannot_be_used_are_named(
    granted: str, listing: str, fault: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(tmp_path, listing)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", granted)
    faults = node.gpu_faults(2)
    assert [fault in text for text in faults] == [True] if fault else faults == []


def test_a_container_without_nv_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert "without --nv" in node.gpu_faults(1)[0]
    assert node.gpu_faults(0) == []


def test_the_head_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "address"
    monkeypatch.setattr(node, "PATIENCE", 0.5)
    with pytest.raises(TimeoutError, match="does not answer"):
        node._wait_for_head(file)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        file.write_text(address)
        assert node._wait_for_head(file) == address


def test_scratch_is_used_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert node._scratch() == {"CNN_SEARCH_SCRATCH": f"{tmp_path}/cnn-job-7-node1"}
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    assert node._scratch() == {}


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let a script, in place of Python, note how Ray is started; return its file."""
    file, program = tmp_path / "started", tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho "$@" > {file}\nls -d /tmp/cnn-job-7-* >> {file}\nexit 5\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setenv("SLURM_CPUS_ON_NODE", "3")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    mask, handler = signal.pthread_sigmask(signal.SIG_BLOCK, set()), signal.getsignal(signal.SIGUSR1)
    yield file
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    signal.signal(signal.SIGUSR1, handler)


def test_the_head_tells_its_address_and_leaves_nothing(started: Path, tmp_path: Path) -> None:
    assert node.ray(tmp_path, head=True) == 5  # what Ray has ended with
    host, port = (tmp_path / "address").read_text().split(":")
    command, *folders = started.read_text().splitlines()
    assert f"--head --node-ip-address={host} --port={port} " in command
    assert "--num-cpus=3 --num-gpus=0" in command
    assert "--include-dashboard=false" in command or "--dashboard-host=127.0.0.1" in command
    assert len(folders) == 1 and f"--temp-dir={folders[0]}/ray" in command
    assert not Path(folders[0]).exists()


def test_a_head_that_is_tried_again_has_the_port_that_the_others_wait_for(
    started: Path, tmp_path: Path
) -> None:
    node.ray(tmp_path, head=True)
    first = (tmp_path / "address").read_text()
    node.ray(tmp_path, head=True)
    assert (tmp_path / "address").read_text() == first


def test_another_node_joins_the_head(started: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        (tmp_path / "address").write_text(address)
        assert node.ray(tmp_path, head=False) == 5
    assert f"--address={address} --num-cpus=3" in started.read_text()


def test_a_check_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "marks").mkdir()
    arguments = ["node", "check", "--folder", str(tmp_path), "--nodes", "1"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert node.main() == 0
    assert capsys.readouterr().out == "node1: ready\n"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(sys, "argv", [*arguments, "--gpus", "2"])
    assert node.main() == 1
    assert capsys.readouterr().out.startswith("node node1: SLURM gives 0 GPUs here")
