"""Checkpoints: whole or not there."""

import errno
import json
import os
import random
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.runs import checkpoint
from search.runs.checkpoint import Checkpoint

STATE = [np.arange(6, dtype=np.float32).reshape(2, 3), np.array(7), np.array([2**63], dtype=np.uint64)]
RECORD = {"epoch": 3, "val_accuracy": 0.1 + 0.2, "seconds": 1.5}
TRAINING = {"params": {"learning_rate": 0.1 + 0.2, "flip": True, "normalization": "batch"}, "seed": 0}
SAVED = Checkpoint(STATE, RECORD, TRAINING)


def test_what_is_saved_is_loaded_to_the_last_bit(tmp_path: Path) -> None:
    file = checkpoint.path(tmp_path, 7)
    checkpoint.save(file, SAVED)
    loaded = checkpoint.load(file)
    assert loaded is not None
    assert [a.dtype for a in loaded.state] == [a.dtype for a in STATE]
    assert all(np.array_equal(a, b) for a, b in zip(loaded.state, STATE, strict=True))
    assert loaded.training == TRAINING
    assert loaded.record == RECORD
    assert [path.name for path in tmp_path.iterdir()] == ["trial-00007.npz"]


def test_there_is_none_where_none_was_saved(tmp_path: Path) -> None:
    assert checkpoint.load(tmp_path / "nothing.npz") is None


def test_a_file_cut_anywhere_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    checkpoint.save(file, SAVED)
    content = file.read_bytes()
    for size in range(0, len(content), 7):
        file.write_bytes(content[:size])
        assert checkpoint.load(file) is None, size


def test_one_of_another_training_is_none(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    checkpoint.save(file, SAVED)
    assert checkpoint.load(file, dict(TRAINING)) is not None
    assert checkpoint.load(file, {**TRAINING, "seed": 1}) is None


class Payload:
    """Makes a folder where it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("name", ["about", "00000"])
def test_a_pickle_in_a_checkpoint_is_not_read(name: str, tmp_path: Path) -> None:
    record = np.frombuffer(json.dumps({"record": RECORD, "training": TRAINING}).encode(), np.uint8)
    arrays = {"about": record, name: np.array([Payload(tmp_path / "ran")], dtype=object)}
    np.savez(tmp_path / "a.npz", allow_pickle=True, **arrays)
    assert checkpoint.load(tmp_path / "a.npz") is None
    assert not (tmp_path / "ran").exists()


def test_a_full_disk_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.npz"
    checkpoint.save(file, SAVED)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError) as raised:
        checkpoint.save(file, Checkpoint(STATE, {"epoch": 4}, TRAINING))
    assert checkpoint.disk_fault(raised.value) == "the disk is full"
    kept = checkpoint.load(file)
    assert kept and kept.record == RECORD
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few changed, doubled, moved or cut out."""
    new = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        place, length = chance.randrange(len(new)), chance.randint(1, 40)
        kind = chance.choice(["change", "zero", "cut", "double", "number", "end"])
        if kind == "change":
            new[place] = chance.randrange(256)
        elif kind == "zero":
            new[place : place + length] = bytes(length)
        elif kind == "cut":
            del new[place : place + length]
        elif kind == "double":
            new[place:place] = new[place : place + length]
        elif kind == "number":
            new[place : place + 4] = chance.choice([b"\xff\xff\xff\xff", b"9999", b"\x7f\xff\xff\xff"])
        else:
            del new[place:]
        new = new or bytearray(b"\0")
    return bytes(new)


def fuzz(folder: Path, count: int) -> int:
    """Load damaged checkpoints; return how many were as if they were not there."""
    file, chance, none = folder / "a.npz", random.Random(20), 0
    checkpoint.save(file, SAVED)
    content = file.read_bytes()
    for number in range(count):
        changed = damaged(content, chance)
        file.write_bytes(changed)
        loaded = checkpoint.load(file, TRAINING)
        none += loaded is None
        if loaded is not None:  # what was changed is not part of what is read
            assert loaded.record == RECORD, number
            for kept, array in zip(STATE, loaded.state, strict=True):
                np.testing.assert_array_equal(kept, array, err_msg=str(number))
    return none


def test_damaged_checkpoints_are_whole_or_not_there(tmp_path: Path) -> None:
    assert fuzz(tmp_path, 60) > 30


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_damaged_checkpoints_are_whole_or_not_there(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()  # not of the clock: other programs run, too
    assert fuzz(tmp_path, 1000) > 500
    assert time.process_time() - began < 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20  # KB


def test_an_unknown_compression_is_none(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    checkpoint.save(file, SAVED)
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02") + 10] = 99
    file.write_bytes(content)
    assert checkpoint.load(file) is None


@pytest.mark.parametrize("record", [{"epoch": 0}, {"epoch": "3"}, {}, [], {"epoch": 3, "loss": None}])
def test_a_record_that_is_none_is_none(tmp_path: Path, record: Any) -> None:
    file = tmp_path / "a.npz"
    checkpoint.save(file, Checkpoint(STATE, record, TRAINING))
    assert checkpoint.load(file) is None


def test_one_of_before_the_digest_is_loaded(tmp_path: Path) -> None:
    header = np.frombuffer(json.dumps({"record": RECORD, "training": TRAINING}).encode(), np.uint8)
    np.savez(tmp_path / "a.npz", **{"about": header, "00000": STATE[0]})
    assert checkpoint.load(tmp_path / "a.npz", TRAINING) is not None


def test_a_folder_or_a_pipe_in_its_place_is_none_and_gives_way(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    (file / "inside").mkdir(parents=True)
    assert checkpoint.load(file) is None
    checkpoint.remove(file)
    checkpoint.save(file, SAVED)
    assert checkpoint.load(file) is not None
    assert (tmp_path / "a.npz.folder/inside").is_dir()
    os.mkfifo(tmp_path / "b.npz")
    assert checkpoint.load(tmp_path / "b.npz") is None
