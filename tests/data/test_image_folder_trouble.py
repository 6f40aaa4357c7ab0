"""One folder with twenty kinds of trouble: what is kept, what is left out and why, and nothing breaks."""

import csv
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data import image_folder
from data.sources import files
from data.store.dataset import describe
from data.store.test_split import open_test
from tests.data.pets import blocks, saved, write_tree

HEIC = "HEIC, which is not read; convert it with `heif-convert IN OUT.jpg`, or export it as JPEG"
MANY = 200  # pictures of the largest class, for one of the smallest


def trouble(folder: Path) -> Path:
    """Write the folder."""
    picture = blocks(99)
    content = {f"large class/{n}.jpg": saved(blocks(1, n)) for n in range(MANY)}
    content |= {f"Größe 大/{n}.jpg": saved(blocks(2, n)) for n in range(4)}
    content |= {f"deep/a/b/{n}.jpg": saved(blocks(3, n)) for n in range(4)}
    content |= {"single/only.jpg": saved(blocks(4))}
    content |= {"deep/exif.jpg": saved(blocks(5), exif=_turned())}
    content |= {
        "deep/sixteen.png": saved(Image.fromarray(np.asarray(picture.convert("L"), np.uint16) << 8), "PNG")
    }
    content |= {"deep/palette.png": saved(blocks(6).convert("P"), "PNG", transparency=3)}
    content |= {"deep/cmyk.jpg": saved(blocks(7).convert("CMYK"))}
    content |= {"deep/animated.gif": saved(blocks(8), "GIF", save_all=True, append_images=[blocks(9)])}
    content |= {"deep/phone.heic": b"\0\0\0\x18ftypheic" + bytes(100)}
    content |= {"deep/one.png": saved(Image.new("RGB", (1, 1)), "PNG")}
    content |= {"deep/huge.png": _claims(12_000, 9_000)}
    content |= {"deep/notes.txt": b"not a picture", "deep/.hidden.jpg": saved(picture)}
    content |= {
        "deep/half.jpg": saved(blocks(10))[:900],
        "deep/empty.jpg": b"",
        "outside.jpg": saved(picture),
    }
    content |= {"deep/both.jpg": saved(blocks(11)), "large class/both.jpg": saved(blocks(11))}
    content |= {
        "deep/again.jpg": saved(blocks(3, 0)),
        "deep/smaller.jpg": saved(blocks(3, 1).resize((42, 35))),
    }
    write_tree(folder, content)
    (folder / "deep/link.jpg").symlink_to(folder / "deep/a/b/2.jpg")
    (folder / "deep/away.jpg").symlink_to("/etc/hostname")
    (folder / "deep/loop").symlink_to(folder)
    os.mkfifo(folder / "deep/pipe.jpg")
    (folder / "nothing here").mkdir()
    return folder


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


def _claims(width: int, height: int) -> bytes:
    """A PNG whose header claims a size; nothing of it is ever decoded."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    content = bytearray(file.getvalue())
    content[16:24] = width.to_bytes(4) + height.to_bytes(4)
    import zlib

    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4)
    return bytes(content)


def test_twenty_kinds_of_trouble(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = trouble(tmp_path / "my pictures")
    changing = folder / "deep/a/b/3.jpg"
    read = files._read

    def read_and_change(path: Path) -> bytes:
        if path == changing:  # cut off while it is read
            return read(path)[:700]
        return read(path)

    monkeypatch.setattr(files, "_read", read_and_change)
    dataset = image_folder.prepare(folder)
    rows = csv.reader((cache / dataset.name / "report.csv").read_text().splitlines()[1:])
    said = {(name, reason): outcome for name, reason, outcome in rows}
    for name, reason, outcome in (
        ("single/only.jpg", "class with too few pictures", "left out"),
        ("deep/exif.jpg", "rotated by EXIF", "kept"),
        ("deep/sixteen.png", "16 bits", "kept"),
        ("deep/palette.png", "transparent", "kept"),
        ("deep/cmyk.jpg", "CMYK", "kept"),
        ("deep/animated.gif", "animated", "left out"),
        ("deep/phone.heic", HEIC, "left out"),
        ("deep/one.png", "under 8 pixels", "left out"),
        ("deep/huge.png", "over 52,000,000 pixels", "left out"),
        ("deep/notes.txt", "not a picture", "left out"),
        ("deep/.hidden.jpg", "hidden", "left out"),
        ("deep/half.jpg", "truncated", "left out"),
        ("deep/a/b/3.jpg", "truncated", "left out"),
        ("deep/empty.jpg", "empty", "left out"),
        ("outside.jpg", "not in the folder of a class", "left out"),
        ("deep/both.jpg", "in several classes", "left out"),
        ("large class/both.jpg", "in several classes", "left out"),
        ("deep/again.jpg", "duplicate", "left out: the same picture as deep/a/b/0.jpg"),
        ("deep/link.jpg", "duplicate", "left out: the same picture as deep/a/b/2.jpg"),
        ("deep/away.jpg", "link", "left out"),
        ("deep/pipe.jpg", "not a regular file", "left out"),
    ):
        assert said.get((name, reason)) == outcome, (name, said)
    near = [row for row in said if row[1] == "near duplicate"]
    assert near in ([("deep/smaller.jpg", "near duplicate")], [("deep/a/b/1.jpg", "near duplicate")])
    assert dataset.classes == ("Größe 大", "deep", "large class")
    pictures = describe(dataset.name).pictures
    assert pictures is not None
    remarks = "\n".join(pictures.remarks)
    assert "classes with fewer than 3 distinct pictures: single" in remarks
    assert "classes without a picture: nothing here" in remarks
    assert "imbalance    the largest class has 50 times" in remarks
    sizes = [len(dataset.training), len(dataset.validation), len(open_test(dataset.name))]
    assert sum(sizes) == MANY + 4 + 8


def test_a_class_named_with_two_dots_does_not_leave_the_archive(tmp_path: Path, cache: Path) -> None:
    archive = tmp_path / "pictures.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for label, name in enumerate(("a", "b", "..")):
            for number in range(4):
                file.writestr(f"{name}/{number}.png", saved(blocks(label, number), "PNG"))
    dataset = image_folder.prepare(archive)
    assert dataset.classes == ("a", "b")
    assert "../0.png,unsafe path,left out" in (cache / dataset.name / "report.csv").read_text()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".png"] == []
