"""One untrusted picture: every kind becomes RGB of one size, or a reason why not."""

import contextlib
import random
import struct
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile, features

from data.sources.files import Unusable
from data.sources.formats import FORMATS
from data.sources.picture import decode
from data.store.split import fingerprint
from tests.data.pets import blocks, saved


def pixels(content: bytes) -> np.ndarray:
    return decode(content, 150, 150).pixels


def close(first: np.ndarray, second: np.ndarray) -> bool:
    """Equal up to the losses of compression."""
    return bool(np.abs(first.astype(int) - second).mean() < 8)


def expected(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.resize((150, 150), Image.Resampling.BICUBIC))


def test_a_photograph_is_stretched_to_the_square() -> None:
    for width, height in ((500, 375), (100, 300), (150, 150)):
        picture = blocks(1, width=width, height=height)
        result = decode(saved(picture), 150, 150)
        assert (result.pixels.shape, result.pixels.dtype, result.odd) == ((150, 150, 3), np.uint8, ())
        assert close(result.pixels, expected(picture))
    assert decode(saved(blocks(1)), 40, 70).pixels.shape == (40, 70, 3)


def test_the_pixels_are_the_same_with_every_version_of_pillow() -> None:
    # A picture 1.5 times as high as wide: Pillow 12 and 13 resize it differently in a single step.
    resized = pixels(saved(blocks(1, width=170, height=260), "PNG"))
    assert fingerprint(resized) == "f5cb75518d277cf2e2659895482b8cc791f3aedfc833b0a5b5160941225b92e1"


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_rotated_as_its_exif_says(orientation: int) -> None:
    # A camera held on its side writes rotated pixels and a tag; each of these is rotated back.
    turn = Image.Transpose
    turned = {2: turn.FLIP_LEFT_RIGHT, 3: turn.ROTATE_180, 4: turn.FLIP_TOP_BOTTOM, 5: turn.TRANSPOSE}
    turned |= {6: turn.ROTATE_90, 7: turn.TRANSVERSE, 8: turn.ROTATE_270}
    upright = blocks(1)
    lying = upright.transpose(turned[orientation]) if orientation > 1 else upright
    result = decode(saved(lying, exif=exif(orientation)), 150, 150)
    assert close(result.pixels, expected(upright))
    assert result.odd == (("rotated by EXIF",) if orientation > 1 else ())


@pytest.mark.parametrize(
    "damaged", [b"garbage", b"MM\0*\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03"]
)
def test_damaged_exif_is_ignored(damaged: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's warnings, which `decode_candidates` silences
        result = decode(saved(blocks(1), exif=b"Exif\0\0" + damaged), 150, 150)
    assert close(result.pixels, expected(blocks(1)))


@pytest.mark.parametrize(
    ("mode", "kind", "odd"),
    [
        ("L", "JPEG", ("greyscale",)),
        ("CMYK", "JPEG", ("CMYK",)),
        ("RGB", "PNG", ("PNG instead of JPEG",)),
        ("RGB", "BMP", ("BMP instead of JPEG",)),
        ("RGB", "WEBP", ("WEBP instead of JPEG",)),
        ("RGB", "TIFF", ("TIFF instead of JPEG",)),
        ("CMYK", "TIFF", ("TIFF instead of JPEG", "CMYK")),
        ("RGB", "JPEG2000", ("JPEG2000 instead of JPEG",)),
        ("RGB", "PPM", ("PPM instead of JPEG",)),
        ("P", "PNG", ("PNG instead of JPEG", "palette")),
        ("P", "GIF", ("GIF instead of JPEG", "palette")),
        ("L", "PNG", ("PNG instead of JPEG", "greyscale")),
        ("1", "PNG", ("PNG instead of JPEG", "greyscale")),
    ],
)
def test_every_mode_and_format_becomes_rgb(mode: str, kind: str, odd: tuple[str, ...]) -> None:
    picture = blocks(1).convert(mode)
    result = decode(saved(picture, kind), 150, 150)
    assert result.odd == odd
    assert close(result.pixels, expected(picture.convert("RGB")))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_are_shown_on_white(mode: str) -> None:
    picture = Image.new("RGB", (60, 60), "black").convert(mode)
    picture.putalpha(Image.new("L", (60, 60), 0))
    result = decode(saved(picture, "PNG"), 150, 150)
    assert "transparent" in result.odd
    assert (result.pixels == 255).all()
    picture.putalpha(Image.new("L", (60, 60), 255))
    assert (pixels(saved(picture, "PNG")) == 0).all()


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65_535, 150 * 150).reshape(150, 150).astype(np.uint16)
    result = decode(saved(Image.fromarray(ramp), "PNG"), 150, 150)
    assert (result.pixels == (ramp >> 8).astype(np.uint8)[..., None]).all()
    assert result.odd == ("PNG instead of JPEG", "16 bits")
    for scan in (ramp, ramp.astype(">u2"), ramp.astype(np.int32) + 2**24):
        result = decode(saved(Image.fromarray(scan), "TIFF"), 150, 150)
        assert (result.pixels == (scan >> 8).clip(0, 255).astype(np.uint8)[..., None]).all()
        assert result.odd == ("TIFF instead of JPEG", "16 bits")


def test_other_types_of_pixels_are_named() -> None:
    unusable(saved(blocks(1).convert("F"), "TIFF"), "pixels of type F, which are not read; .*RGB")


def exif_rotated_tiff() -> bytes:
    return saved(blocks(1).transpose(Image.Transpose.ROTATE_180), "TIFF", exif=exif(3))


def test_a_tiff_is_rotated_and_its_first_page_is_read() -> None:
    assert close(pixels(exif_rotated_tiff()), expected(blocks(1)))
    pages = saved(blocks(1), "TIFF", save_all=True, append_images=[blocks(2)])
    assert close(pixels(pages), expected(blocks(1)))


@pytest.mark.skipif(not features.check("avif"), reason="Pillow before 11.3 does not read AVIF")
def test_an_avif_is_read_whatever_its_metadata_is() -> None:
    tags, picture = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", blocks(1, width=200, height=180)
    content = saved(picture, "AVIF", exif=tags, quality=95)
    for whole in (content, content.replace(b"MM\0*", b"junk")):
        result = decode(whole, 150, 150)
        assert close(result.pixels, expected(picture)) and result.odd == ("AVIF instead of JPEG",)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "I;16")])
def test_a_large_photograph_is_reduced_first_and_looks_the_same(
    kind: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = blocks(1, width=2400, height=1800).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) << 8)
    content = saved(picture, kind, **({"exif": exif(6)} if kind == "JPEG" else {}))
    whole = decode(content, 150, 150)
    monkeypatch.setattr("data.sources.picture.LARGE", 1_000_000)
    reduced = decode(content, 150, 150)
    assert close(reduced.pixels, whole.pixels) and reduced.odd == whole.odd


def test_a_phone_of_108_megapixels_passes_the_limit() -> None:
    unusable(jpeg(12_000, 9_000), "truncated|damaged")  # this one has only a header of that size


def unusable(content: bytes, reason: str) -> None:
    with pytest.raises(Unusable, match=f"^{reason}$"):
        decode(content, 150, 150)


@pytest.mark.parametrize("content", [b"", b"not a picture", bytes(1000), b"\xff\xd8\xff"])
def test_other_content_is_not_a_picture(content: bytes) -> None:
    unusable(content, "not a picture")


@pytest.mark.parametrize("kind", FORMATS)
def test_an_incomplete_picture_is_refused(kind: str) -> None:
    content = saved(blocks(1, width=200, height=200), kind)
    unusable(content[: len(content) // 2], "truncated|damaged|not a picture")


def test_a_truncated_jpeg_is_called_truncated() -> None:
    content = saved(blocks(1, width=200, height=200))
    unusable(content[: len(content) * 2 // 3], "truncated")


def test_thumbnails_are_too_small() -> None:
    unusable(saved(blocks(1, width=31, height=400)), "under 32 pixels")
    assert decode(saved(blocks(1, width=32, height=400)), 150, 150).odd == ()


def test_several_pictures_in_one_file() -> None:
    for kind in ("GIF", "PNG", "WEBP"):
        frames = {"save_all": True, "append_images": [blocks(2)]}
        unusable(saved(blocks(1), kind, **frames), "animated")
    with_preview = saved(blocks(1), "MPO", save_all=True, append_images=[blocks(2)])
    assert close(pixels(with_preview), expected(blocks(1)))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + data


def jpeg(width: int, height: int) -> bytes:
    content = bytearray(saved(blocks(1)))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [50_000, 12_000])
def test_a_picture_whose_header_declares_too_much_is_not_decoded(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda picture: pytest.fail("it was decoded"))
    unusable(png(side, side), "over (52|120),000,000 pixels")
    unusable(jpeg(side, side), "over 120,000,000 pixels")


def test_a_text_in_a_png_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000)))
    sound = saved(blocks(1), "PNG")
    tracemalloc.start()
    try:
        assert (pixels(sound[:33] + bomb + sound[33:]) == pixels(sound)).all()
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", FORMATS)
def test_random_changes_of_bytes_raise_no_other_error(kind: str) -> None:
    complete, rng = saved(blocks(1), kind), random.Random(0)
    for _ in range(100):
        content = bytearray(complete)
        for _ in range(6):
            content[rng.randrange(min(len(content), 400))] = rng.randrange(256)
        with warnings.catch_warnings(), contextlib.suppress(Unusable):
            warnings.simplefilter("ignore")
            assert pixels(bytes(content)).shape == (150, 150, 3)
