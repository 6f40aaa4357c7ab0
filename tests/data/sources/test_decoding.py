"""Many candidates: decoded in order and in batches, each distinct picture stored once."""

import io
from collections.abc import Iterable

import numpy as np
import pytest

from data.sources import decoding
from data.sources.decoding import Groups, decode_candidates, unique_pictures
from data.sources.files import File, Unusable
from data.sources.layout import Candidate
from data.sources.source_report import OddFile
from tests.data.pets import blocks, saved


def candidate(name: str, content: bytes, label: int = 0) -> Candidate:
    return Candidate(File(name, "", lambda: content), label, 0)


def names(groups: Groups) -> list[list[str]]:
    return [[candidate.file.name for candidate in group] for group in groups.values()]


def decoded(candidates: Iterable[Candidate]) -> tuple[Groups, list[OddFile], np.ndarray]:
    store = io.BytesIO()
    groups, odd_files = decode_candidates(list(candidates), (40, 50), store, lambda groups: False)
    return groups, odd_files, np.frombuffer(store.getvalue(), np.uint8).reshape(-1, 40, 50, 3)


def test_pictures_are_stored_in_the_order_of_the_candidates() -> None:
    files = {f"{number}.jpg": saved(blocks(number, width=50, height=40), "PNG") for number in range(30)}
    groups, odd_files, store = decoded(candidate(*file) for file in files.items())
    assert names(groups) == [[name] for name in files]
    assert {odd.reason for odd in odd_files} == {"PNG instead of JPEG"}
    assert (store == [np.asarray(blocks(number, width=50, height=40)) for number in range(30)]).all()


def test_the_same_pixels_are_stored_once() -> None:
    picture = saved(blocks(1))
    groups, _, store = decoded(
        [
            candidate("1.jpg", picture),
            candidate("2.jpg", saved(blocks(2))),
            candidate("3.jpg", picture + b"\0"),
        ]
    )
    assert names(groups) == [["1.jpg", "3.jpg"], ["2.jpg"]]
    assert len(store) == 2


def test_files_that_cannot_be_read_or_decoded_are_listed() -> None:
    def fail() -> bytes:
        raise Unusable("cannot be read")

    unreadable = Candidate(File("1.jpg", "", fail), 0, 1)
    groups, odd_files, store = decoded(
        [unreadable, candidate("2.jpg", b"text"), candidate("3.png", saved(blocks(1)))]
    )
    assert names(groups) == [["3.png"]] and len(store) == 1
    assert odd_files == [
        OddFile("1.jpg", "cannot be read"),
        OddFile("2.jpg", "not a picture"),
        OddFile("3.png", "extension other than .jpg", "kept"),
    ]


def test_it_stops_after_the_batch_with_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(decoding, "BATCH", 4)
    candidates = [candidate(f"{number}.jpg", saved(blocks(number))) for number in range(20)]
    groups, _ = decode_candidates(candidates, (40, 50), io.BytesIO(), lambda groups: len(groups) >= 5)
    assert names(groups) == [[f"{number}.jpg"] for number in range(8)]
    printed = capsys.readouterr()
    assert printed.out == "" and "pictures" in printed.err


def test_each_class_has_its_distinct_pictures() -> None:
    files = [("a", 0, 1), ("b", 1, 2), ("c", 0, 1), ("d", 0, 3), ("e", 1, 3), ("f", 1, 4)]
    groups, _, _ = decoded(
        candidate(f"{name}.jpg", saved(blocks(seed)), label) for name, label, seed in files
    )
    positions, odd_files = unique_pictures(groups, 2)
    assert positions == [[0], [1, 3]]
    assert odd_files == [
        OddFile("c.jpg", "duplicate", "left out: the same picture as a.jpg"),
        OddFile("d.jpg", "in both classes"),
        OddFile("e.jpg", "in both classes"),
    ]
