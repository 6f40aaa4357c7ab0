"""Take the metadata out of an untrusted picture, so that nothing in it decides whether its pixels are used.

Texts, colour profiles, EXIF, previews and comments can be damaged in many ways that Pillow refuses. A file is
a list of parts, and only those that hold pixels are kept. Where the list cannot be followed, the rest is kept
as it is: Pillow decides whether that can be decoded.
"""

import re
import struct
import zlib
from collections.abc import Iterator

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
PNG_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
PNG_FRAMES = b"acTL", 8  # the number of frames, and how long this part is: an animation is still called one
GIF_SHOWN = b"!\xf9\4"  # how the next picture is shown: its transparent colour
WEBP_PIXELS = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
# JFIF and Adobe say how the colours are stored. libjpeg reads them only where they have at least this length.
JPEG_COLOURS = {(0xE0, b"JFIF\0"): 14, (0xEE, b"Adobe"): 12}
# The type of an item in an AVIF's list of items; an item of an unknown type is passed over.
AVIF_METADATA = re.compile(rb"(infe[\2\3]...(?:..|....)..)(?:Exif|mime)", re.DOTALL)


def without_metadata(content: bytes) -> tuple[bytes, bytes]:
    """Return the content of a picture's file without its metadata, and its EXIF, or b"" if it has none."""
    if content.startswith(PNG):
        return _joined(PNG, _png(content))
    if content.startswith(JPEG):
        return _joined(JPEG[:2], _jpeg(content))
    if content.startswith(b"GIF8"):
        return _joined(b"", _gif(content))
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        pixels, exif = _joined(b"WEBP", _webp(content))
        return b"RIFF" + struct.pack("<I", len(pixels)) + pixels, exif
    if content[4:8] == b"ftyp":  # positions in the file must stay what they are
        return AVIF_METADATA.sub(rb"\1none", content), b""
    return content, b""


Part = tuple[bytes, bytes]  # content to keep; or b"", and an EXIF


def _joined(start: bytes, parts: Iterator[Part]) -> tuple[bytes, bytes]:
    kept, exifs = zip((start, b""), *parts, strict=True)
    return b"".join(kept), next(filter(None, exifs), b"")


def _png(content: bytes) -> Iterator[Part]:
    position = len(PNG)
    while position + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        chunk = content[position : position + 12 + length]
        position += len(chunk)
        intact = chunk[-4:] == struct.pack(">I", zlib.crc32(chunk[4:-4]))
        if kind in PNG_PIXELS or ((kind, length) == PNG_FRAMES and intact):
            yield chunk, b""
        elif kind == b"eXIf" and intact:
            yield b"", chunk[8:-4]


def _jpeg(content: bytes) -> Iterator[Part]:
    """Go through the segments up to the start of the first scan; pixels follow."""
    position = 2
    while content[position : position + 1] == b"\xff" and position + 4 <= len(content):
        marker, length = struct.unpack_from(">xBH", content, position)
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        segment = content[position + 4 : position + 2 + length]
        if marker == 0xDA:
            break
        if marker == 0xE1 and segment.startswith(b"Exif\0\0"):
            yield b"", segment
        colours = any(
            marker == of and segment.startswith(name) and len(segment) >= least
            for (of, name), least in JPEG_COLOURS.items()
        )
        if colours or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            yield content[position : position + 2 + length], b""
        position += 2 + length
    yield content[position:], b""


def _gif(content: bytes) -> Iterator[Part]:
    """Drop comments, texts and what applications add, before the first picture and after it."""
    position = 13 + _gif_colours(content[10:11])
    yield content[:position], b""
    while content[position : position + 1] in (b"!", b","):
        start = position
        position += 2 if content[start] == ord("!") else 11 + _gif_colours(content[start + 9 : start + 10])
        while position < len(content) and content[position]:
            position += 1 + content[position]
        position += 1
        if content[start] == ord(",") or content[start : start + 3] == GIF_SHOWN:
            yield content[start:position], b""
    if position <= len(content):  # the last block is complete
        yield b";", b""


def _gif_colours(flags: bytes) -> int:
    """Return the number of bytes of a colour table, from the flags before it."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _webp(content: bytes) -> Iterator[Part]:
    position = 12
    while position + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, position)
        chunk = content[position : position + 8 + length]
        position += len(chunk) + length % 2
        if kind in WEBP_PIXELS:
            yield chunk + bytes(length % 2), b""
        elif kind == b"EXIF":
            yield b"", chunk[8:]
