"""Read an official CIFAR batch of the Matlab version: a MAT-file 5 with the arrays `data` and `labels`.

https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf. Its variables may be compressed: they are
decompressed here, within a limit, before SciPy sees them; and SciPy reads two arrays of bytes alone.
"""

import io
import struct
import zlib

import numpy as np

from data.store.split import DataError

HEADER = 128  # bytes
COMPRESSED, MATRIX = 15, 14  # types of an element
LIMIT = 64_000_000  # bytes of all variables
VARIABLES = 100


class _Invalid(Exception):
    """Not a batch; the message is the reason."""


def read_batch(content: bytes, pixels: int, origin: str) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (n, pixels) uint8 and labels (n,) int64 of a batch.

    Args:
        content: the file.
        pixels: values in each row.
        origin: name of the batch in error messages.

    Raises:
        DataError: it is not such a batch.
    """
    from scipy.io import loadmat, whosmat

    try:
        plain = _decompressed(content)
        kinds = {name: (shape, kind) for name, shape, kind in whosmat(io.BytesIO(plain))}
        for name in ("data", "labels"):
            if name not in kinds or kinds[name][1] != "uint8" or len(kinds[name][0]) != 2:
                raise _Invalid(f"no array {name} of bytes")
            if int(np.prod(kinds[name][0], dtype=object)) > len(plain):
                raise _Invalid(f"an array {name} that is larger than the file")
        batch = loadmat(io.BytesIO(plain), variable_names=["data", "labels"])
        rows, labels = np.ascontiguousarray(batch["data"]), batch["labels"].ravel().astype(np.int64)
    except _Invalid as error:
        raise DataError(f"{origin} is not a CIFAR batch: it has {error}") from None
    except Exception as error:  # a broken file can raise an exception of any type
        raise DataError(f"{origin} is not a CIFAR batch: {type(error).__name__}") from error
    if rows.shape != (len(labels), pixels):
        raise DataError(f"{origin} has images {rows.shape} and {len(labels):,} labels")
    return rows, labels


def _decompressed(content: bytes) -> bytes:
    """Return the file with all of its variables uncompressed, and checked to lie within it."""
    if content[126:128] != b"IM":  # little endian, as the official files
        raise _Invalid("no header of a MAT-file 5")
    parts, position = [content[:HEADER]], HEADER
    while position < len(content):
        kind, length = struct.unpack_from("<II", content, position)
        element = content[position + 8 : position + 8 + length]
        position += 8 + length
        if kind == COMPRESSED:
            unpacked = zlib.decompressobj().decompress(element, LIMIT + 1)
        else:
            unpacked = struct.pack("<II", kind, length) + element
        if struct.unpack_from("<II", unpacked) != (MATRIX, len(unpacked) - 8):
            raise _Invalid("a variable that is not complete")
        parts.append(unpacked)
        if sum(map(len, parts)) > LIMIT or len(parts) > VARIABLES:
            raise _Invalid(f"more than {VARIABLES} variables or {LIMIT:,} bytes")
    return b"".join(parts)
