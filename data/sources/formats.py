"""Which formats of pictures are read; and the name of one that is not, with how to convert it."""

import re
from typing import NamedTuple

from PIL import Image, features

# Those of photographs. Pillow reads more, but some start other programs, and some are seldom tested.
FORMATS = (
    *("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "JPEG2000", "PPM"),
    *(("AVIF",) if features.check("avif") else ()),  # in Pillow's wheels since 11.3
)
CONVERT = "convert it to JPEG or PNG"


class Unread(NamedTuple):
    """How the content of a format starts, its name, and how to convert it."""

    start: re.Pattern[bytes]
    name: str
    advice: str


def _unread(start: bytes, name: str, advice: str = CONVERT) -> Unread:
    return Unread(re.compile(start, re.DOTALL | re.IGNORECASE), name, advice)


RAW = f"develop it to JPEG, or {CONVERT}"
UNREAD = (
    _unread(rb".{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", "HEIC",
            "convert it with `heif-convert IN OUT.jpg`, or export it as JPEG"),
    _unread(rb".{4}ftypavi[fs]", "AVIF", "convert it with `avifdec IN OUT.png`, or install Pillow 11.3"),
    _unread(rb".{4}ftypcrx|FUJIFILMCCD|IIU\0|IIR[OS]|MMOR", "a camera's raw photograph", RAW),
    _unread(rb".{4}ftyp", "a video, or an unknown kind of HEIF", "take a frame of it, as JPEG or PNG"),
    _unread(rb"\xff\x0a|\0\0\0\x0cJXL ", "JPEG XL", "convert it with `djxl IN OUT.png`"),
    _unread(rb"8BPS", "Photoshop"),
    _unread(rb"%PDF", "PDF", "convert it with `pdftoppm -png IN OUT`"),
    _unread(rb"%!PS|\xc5\xd0\xd3\xc6", "PostScript"),
    _unread(rb"\0\0[\1\2]\0", "a Windows icon"),
    _unread(rb"\s*(<\?xml.{,1000})?<svg", "SVG"),
    _unread(rb"(II\*\0|MM\0\*|II\+\0|MM\0\+)", "TIFF of a kind that Pillow does not know"),
)  # fmt: skip


def not_read(content: bytes) -> str:
    """Return the reason why this content, which Pillow does not open, is not read."""
    for start, name, advice in UNREAD:
        if start.match(content[:2000]):
            if name in FORMATS:
                return "damaged"
            return f"{name}, which is not read; {advice}"
    return "not a picture"


def raw_preview(picture: Image.Image) -> bool:
    """Tell whether a TIFF is a raw photograph whose first picture is a small preview: DNG, NEF, ARW."""
    reduced, dng_version = 254, 50706
    tags = getattr(picture, "tag_v2", {})
    return dng_version in tags or bool(tags.get(reduced, 0) & 1)


RAW_PREVIEW = f"a camera's raw photograph, which is not read; {RAW}"
