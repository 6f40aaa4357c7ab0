"""A Ray is complete when all of its nodes are there."""

from pathlib import Path
from typing import Any

import pytest

from search.executors import ready
from search.runs.run import RunError

NODES = [
    {"Alive": True, "NodeManagerHostname": "node2", "Resources": {"CPU": 4.0, "memory": 2.0**31}},
    {"Alive": True, "NodeManagerHostname": "node1", "Resources": {"CPU": 4.0, "GPU": 2.0}},
    {"Alive": False, "NodeManagerHostname": "node3", "Resources": {}},
]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file that holds an address; what is there has the nodes above, a stand-in for a Ray."""
    import ray

    monkeypatch.setattr(ready, "init", lambda **options: None)
    monkeypatch.setattr(ray, "nodes", lambda: NODES)
    address = tmp_path / "address"
    address.write_text("1.2.3.4:5\n")
    return address


def test_it_says_what_each_node_has(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ready.main(["--file", str(file), "--nodes", "2"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Ray on node1: 4 CPUs, 2 GPUs, 0.0 GiB",
        "Ray on node2: 4 CPUs, 0 GPUs, 2.0 GiB",
    ]


def test_missing_nodes_are_told_by_those_that_are_there(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ready.main(["--file", str(file), "--nodes", "3", "--seconds", "0"]) == 1
    assert capsys.readouterr().out == "Ray has 2 of 3 nodes: node1, node2\n"


def test_a_ray_that_does_not_answer_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**options: Any) -> None:
        raise RunError("cannot reach the Ray at 1.2.3.4:5: it is gone")

    monkeypatch.setattr(ready, "init", refuse)
    assert ready.main(["--file", str(file), "--nodes", "1", "--seconds", "0"]) == 1
    assert "no Ray: cannot reach the Ray at 1.2.3.4:5" in capsys.readouterr().out
    assert ready.main(["--file", str(file.with_name("missing")), "--nodes", "1", "--seconds", "0"]) == 1
