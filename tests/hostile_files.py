"""Read damaged archives, pictures, pickles and weights: no traceback, no hang, no gigabyte.

    python -m tests.hostile_files FOLDER SEED COUNT

Each file is a sound one with random changes. The program prints the case before it is read, and ends with
status 1 at the first fault: an exception that is not the one of its reader, a message that is not one
printable line, 10 seconds of the processor or 5 minutes of the clock, which a busy machine does not need
(a signal ends the program), or 1 GB more than before.
"""

import contextlib
import gzip
import io
import random
import resource
import signal
import struct
import sys
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from PIL import Image
from scipy.io import savemat

from data import DataError
from data.sources.archive import read_members
from data.sources.cifar.matlab import read_batch as read_matlab
from data.sources.cifar.pickle import read_batch as read_pickle
from data.sources.files import Unusable, open_source
from data.sources.formats import FORMATS
from data.sources.picture import decode
from models.parts.weights import WeightsError, kernel_shapes, read
from tests.data.conftest import python2_batch
from tests.data.pets import blocks, saved
from tests.models.random_weights import random_arrays

LIMIT_SECONDS, HUNG, LIMIT_BYTES = 10, 300, 1_000_000_000
MEMBERS = {"a": 100_000, "folder/b": 100_000}

Reader = Callable[[Path], object]


def members(path: Path) -> None:
    read_members(path, MEMBERS)


def listed(path: Path) -> None:
    with open_source(path) as files:
        for file in files:
            if not file.problem:
                with contextlib.suppress(Unusable):
                    file.read()


def picture(path: Path) -> None:
    decode(path.read_bytes(), 150, 150)


def tar(form: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name in ("a", "folder/b", "long/" * 39 + "c"):
            member = tarfile.TarInfo(name)
            member.size = 700
            archive.addfile(member, io.BytesIO(bytes(700)))
    return file.getvalue()


def zipped(compression: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name in MEMBERS:
            archive.writestr(name, bytes(700))
    return file.getvalue()


def matlab(compressed: bool) -> bytes:
    file, arrays = io.BytesIO(), {"data": np.zeros((20, 30), np.uint8), "labels": np.zeros((20, 1), np.uint8)}
    savemat(file, {"batch_label": "a batch", **arrays}, do_compression=compressed)
    return file.getvalue()


def npz() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **random_arrays(1))
    return file.getvalue()


def hdf5() -> bytes:
    """Weights in the layout of Keras; the values lie nowhere, so the file is small."""
    file = io.BytesIO()
    with h5py.File(file, "w") as stream:
        for name, shape in kernel_shapes().items():
            layer = stream.create_group(name)
            layer.attrs["weight_names"] = [b"kernel", b"bias"]
            layer.create_dataset("kernel", shape, np.float32)
            layer.create_dataset("bias", shape[-1:], np.float32, chunks=True)
    return file.getvalue()


def sound() -> list[tuple[str, bytes, Reader]]:
    """Return sound files: the end of the name, the content, and how it is read."""
    tags = Image.Exif()
    tags[0x0112] = 6
    options = {"JPEG": {"exif": tags}, "PNG": {"exif": tags}, "WEBP": {"exif": tags}, "TIFF": {"exif": tags}}
    rows = np.zeros((20, 32, 32, 3), np.uint8), np.zeros(20, np.uint8)
    return [
        *((f"{kind}.img", saved(blocks(1), kind, **options.get(kind, {})), picture) for kind in FORMATS),
        ("animated.gif", saved(blocks(1), "GIF", save_all=True, append_images=[blocks(2)]), picture),
        ("palette.png", saved(blocks(1).convert("P"), "PNG"), picture),
        *((f"{form}.tar", tar(form), members) for form in range(3)),
        ("a.tar.gz", gzip.compress(tar(tarfile.PAX_FORMAT)), members),
        *((f"{kind}.zip", zipped(kind), reader) for kind in (0, 8) for reader in (members, listed)),
        ("batch", python2_batch(*rows), lambda path: read_pickle(path.read_bytes(), 3072, "batch")),
        ("plain.mat", matlab(False), lambda path: read_matlab(path.read_bytes(), 30, "mat")),
        ("compressed.mat", matlab(True), lambda path: read_matlab(path.read_bytes(), 30, "mat")),
        ("w.npz", npz(), read),
        ("w.h5", hdf5(), read),
        ("w.hdf5", hdf5(), read),
    ]


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Change some bytes or numbers, mostly of the head or the end; cut out, repeat or put in a part."""
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 4, 8])):
        size = len(changed)
        head = rng.choice([64, 512, 4_000, size])
        place = rng.randrange(min(head, size))
        place = place if rng.random() < 0.8 else size - 1 - place
        length = rng.choice([1, 4, 16, 500])
        match rng.randrange(6):
            case 0 | 1:
                changed[place] = rng.randrange(256)
            case 2:
                number = rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, rng.getrandbits(32)])
                changed[place : place + 4] = struct.pack(rng.choice("<>") + "I", number)
            case 3:
                del changed[place : place + length]
            case 4:
                changed[place:place] = changed[place : place + length] * rng.choice([1, 2, 1000])
            case 5:
                changed[place:place] = rng.randbytes(length)
        changed = changed or bytearray(b"\0")
    return bytes(changed)


def fault(read_file: Reader, path: Path) -> str:
    """Read a file; return what is wrong with how that went, or an empty text."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_PROF, LIMIT_SECONDS)
    signal.alarm(HUNG)
    try:
        read_file(path)
    except (DataError, Unusable, WeightsError) as error:
        if not str(error).isprintable() or len(str(error)) > 1_000:
            return f"the message {str(error)[:2_000]!a}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return f"{grown:,} bytes" if grown > LIMIT_BYTES else ""


def main(folder: Path, seed: int, count: int) -> int:
    """Read `count` files; return 1 at the first fault."""
    warnings.simplefilter("ignore")  # Pillow's, which the callers silence
    files = sound()
    for name, content, reader in files:
        (folder / name).write_bytes(content)
        reader(folder / name) if not name.startswith("animated") else None
    for number in range(count):
        name, content, reader = files[number % len(files)]
        path = folder / name
        path.write_bytes(damaged(content, random.Random(f"{seed} {number}")))
        print(f"case {number}: {path}", flush=True)
        if reason := fault(reader, path):
            print(f"fault: {reason}")
            return 1
    print(f"{count} files without a fault")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
