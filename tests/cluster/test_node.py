"""What the job script runs on each node; Ray itself is started on the lab."""

import os
import socket
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
