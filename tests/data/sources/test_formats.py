"""A format that is not read is named, with how to convert it."""

import io

import pytest

from data.sources.files import Unusable
from data.sources.picture import decode
from tests.data.pets import blocks, saved


def tiff(tag: int, value: int) -> bytes:
    """A TIFF with one more tag, as cameras write raw photographs."""
    picture, file = blocks(1), io.BytesIO()
    picture.save(file, "TIFF", tiffinfo={tag: value})
    return file.getvalue()


UNREAD = {
    "HEIC": b"\0\0\0\x18ftypheic",
    "HEIC of an iPhone": b"\0\0\0\x24ftypmif1",
    "a camera's raw photograph": b"\0\0\0\x18ftypcrx \0\0\0\1",
    "a camera's raw photograph of Fujifilm": b"FUJIFILMCCD-RAW 0201",
    "a camera's raw photograph in a preview": tiff(254, 1),
    "a camera's raw photograph of Adobe": tiff(50706, 1),
    "a video": b"\0\0\0\x20ftypisom",
    "JPEG XL": b"\xff\x0a\xfa\x1f",
    "Photoshop": b"8BPS\0\1",
    "PDF": b"%PDF-1.7",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "a Windows icon": saved(blocks(1), "ICO"),
    "SVG": b'<?xml version="1.0"?>\n<svg width="60">',
    "TIFF of a kind that Pillow does not know": tiff(339, 4),
}


@pytest.mark.parametrize("name", UNREAD)
def test_a_format_that_is_not_read_is_named(name: str) -> None:
    with pytest.raises(Unusable) as caught:
        decode(UNREAD[name], 150, 150)
    reason = str(caught.value)
    assert reason.startswith(name.partition(" of ")[0].partition(" in ")[0])
    assert "which is not read; " in reason and "\n" not in reason
