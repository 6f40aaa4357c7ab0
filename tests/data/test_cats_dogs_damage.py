"""Cats and dogs with damaged files: each kind is reported, and all other files are kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from data.sources.picture import decode
from data.store.preparation import Prepared
from tests.data.pets import blocks, images, pictures, rows, saved, write_tree

Read = Callable[..., Prepared]
PHOTOGRAPH = "PetImages/Cat/3.jpg"


def header_of(side: int) -> bytes:
    """A JPEG that claims to be a square of that side, in pixels."""
    content = bytearray(saved(blocks(9)))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = side.to_bytes(2, "big") * 2
    return bytes(content)


def colour(mode: str, kind: str = "JPEG", **options: object) -> bytes:
    picture = blocks(0, 3).convert(mode)
    if mode in ("RGBA", "LA"):
        picture.putalpha(200)
    return saved(picture, kind, **options)


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(blocks(0, 3), exif=exif)


# A file that is added to a set of good photographs, and the reason why it is left out.
LEFT_OUT = {
    "an empty file": ("PetImages/Cat/900.jpg", b"", "empty"),
    "a truncated one": ("PetImages/Cat/900.jpg", saved(blocks(9, width=300))[:-2000], "truncated"),
    "a text": ("PetImages/Cat/900.jpg", b"<html>404 Not Found</html>", "not a picture"),
    "a header alone": ("PetImages/Dog/900.jpg", saved(blocks(9))[:20], "not a picture"),
    "a thumbnail": ("PetImages/Dog/900.jpg", saved(blocks(9, width=16, height=16)), "under 32 pixels"),
    "an animation": (
        "PetImages/Dog/900.jpg",
        saved(blocks(8), "GIF", save_all=True, append_images=[blocks(9)]),
        "animated",
    ),
    "50,000 by 50,000": ("PetImages/Dog/900.jpg", header_of(50_000), "over 120,000,000 pixels"),
    "11,000 by 11,000": ("PetImages/Dog/900.jpg", header_of(11_000), "over 120,000,000 pixels"),
    "61 million bytes": ("PetImages/Dog/900.jpg", bytes(61_000_000), "over 60,000,000 bytes"),
    "Windows's thumbnails": ("PetImages/Dog/Thumbs.db", b"\xd0\xcf\x11\xe0", "Windows thumbnails"),
    "a hidden file": ("PetImages/Dog/.DS_Store", b"\0\0\0\1Bud1", "hidden"),
    "a Mac's double": ("__MACOSX/PetImages/Dog/._7.jpg", b"\0\5\x16\7", "hidden"),
    "a folder among them": ("PetImages/Cat/900.jpg/", b"", "folder"),
    "a file in a folder": ("PetImages/Cat/more/900.jpg", saved(blocks(9)), "neither a cat nor a dog"),
    "a third class": ("PetImages/Bird/900.jpg", saved(blocks(9)), "neither a cat nor a dog"),
    "a name": ("PetImages/Cat/Tom.jpg", saved(blocks(9)), "name without a number"),
    "a copy by hand": ("PetImages/Cat/7 (1).jpg", saved(blocks(9)), "name without a number"),
    "leading zeros": ("PetImages/Cat/0900.jpg", saved(blocks(9)), "name without a number"),
    "other digits": ("PetImages/Cat/٩٠٠.jpg", saved(blocks(9)), "name without a number"),
    "a way out": ("PetImages/Cat/../../../900.jpg", saved(blocks(9)), "unsafe path"),
    "an absolute path": ("/tmp/PetImages/Cat/900.jpg", saved(blocks(9)), "unsafe path"),
}


@pytest.mark.parametrize("damage", LEFT_OUT)
def test_an_unusable_file_is_reported_and_all_others_are_kept(read: Read, damage: str) -> None:
    name, content, reason = LEFT_OUT[damage]
    good = pictures()
    prepared = read(good | {name: content})
    assert rows(prepared) == [(name, reason, "left out")]
    assert images(*prepared[:3]) == {decode(one, 150, 150).pixels.tobytes() for one in good.values()}
    assert prepared.fingerprint == read(good).fingerprint


def test_all_damage_at_once_in_a_folder(
    read: Read, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, tree, expected = pictures(), tmp_path / "tree", []
    for number, (name, content, reason) in enumerate(LEFT_OUT.values()):
        name = name.replace("900", str(900 + number))
        if reason == "folder":
            (tree / name).mkdir(parents=True)
        elif reason != "unsafe path":
            write_tree(tree, {name: content})
        if reason != "unsafe path":
            expected.append((name, reason, "left out"))
    expected.append(("PetImages/Cat/more/", "folder", "left out"))
    prepared = read(write_tree(tree, good))
    assert rows(prepared) == sorted(expected)
    assert "tree: 42 files, usable: 12 cats, 12 dogs" in capsys.readouterr().err
    assert prepared.fingerprint == read(good).fingerprint


# A file that replaces a good photograph, its name, and what the report says of it.
KEPT = {
    "greyscale": ("3.jpg", colour("L"), ["greyscale"]),
    "CMYK": ("3.jpg", colour("CMYK"), ["CMYK"]),
    "a PNG": ("3.jpg", colour("RGB", "PNG"), ["PNG instead of JPEG"]),
    "a GIF": ("3.jpg", colour("P", "GIF"), ["GIF instead of JPEG", "palette"]),
    "a BMP": ("3.jpg", colour("RGB", "BMP"), ["BMP instead of JPEG"]),
    "a transparent one": ("3.jpg", colour("RGBA", "PNG"), ["PNG instead of JPEG", "transparent"]),
    "rotated": ("3.jpg", rotated(), ["rotated by EXIF"]),
    "another extension": ("3.png", colour("RGB"), ["extension other than .jpg"]),
    "in capitals": ("3.JPG", colour("RGB"), []),
}


@pytest.mark.parametrize("oddity", KEPT)
def test_an_unusual_file_is_reported_and_kept(read: Read, oddity: str) -> None:
    name, content, reasons = KEPT[oddity]
    files = pictures()
    del files[PHOTOGRAPH]
    prepared = read(files | {f"PetImages/Cat/{name}": content})
    assert rows(prepared) == [(f"PetImages/Cat/{name}", reason, "kept") for reason in reasons]
    assert decode(content, 150, 150).pixels.tobytes() in images(*prepared[:3])


def test_many_kinds_of_damage_at_once_are_counted(read: Read, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = {f"PetImages/Cat/{900 + number}.jpg": b"" for number in range(3)}
    damaged |= {"PetImages/Dog/Thumbs.db": b"x", "PetImages/Cat/10.png": colour("L")}
    read(pictures() | damaged)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "pets.zip: 29 files, usable: 13 cats, 12 dogs\n" in printed.err
    assert "left out     3 empty, 1 Windows thumbnails\n" in printed.err
    assert "odd, kept    1 extension other than .jpg, 1 greyscale\n" in printed.err


def test_the_same_picture_under_several_numbers_is_used_once(read: Read) -> None:
    files = pictures(per_class=20)
    # The same pixels in different files.
    copies = {f"PetImages/Cat/{900 + n}.jpg": files[f"PetImages/Cat/{n}.jpg"] + b"\0" for n in range(20)}
    prepared = read(files | copies)
    assert len(images(*prepared[:3])) == 24
    assert len(rows(prepared)) == 20
    for name, reason, outcome in rows(prepared):
        other = outcome.removeprefix("left out: the same picture as ")
        assert reason == "duplicate"
        assert int(Path(name).stem) % 900 == int(Path(other).stem) % 900 and name != other


def test_a_picture_in_both_classes_is_used_in_neither(read: Read) -> None:
    files = pictures()
    contradiction = {"PetImages/Cat/900.jpg": saved(blocks(9)), "PetImages/Dog/901.jpg": saved(blocks(9))}
    twice = contradiction | {"PetImages/Dog/902.jpg": saved(blocks(9))}
    prepared = read(files | twice)
    assert rows(prepared) == [(name, "in both classes", "left out") for name in twice]
    assert prepared.fingerprint == read(files).fingerprint
