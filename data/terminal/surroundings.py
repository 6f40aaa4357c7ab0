"""What the environment of a process says must not decide whether and how our programs work.

`data` imports this first of all, and so does every other room, in workers too.
"""

import contextlib
import importlib.util
import os
import stat
import tempfile
from pathlib import Path


def settle() -> None:
    """Replace what the environment says and what cannot be: a home that no folder is, a missing library.

    Only what is unusable is replaced: a notebook that draws its figures inline goes on to do so.
    """
    if os.path.expanduser("~") == "~":
        _settle_home()
    backend = os.environ.get("MPLBACKEND", "")
    if backend.startswith("module://") and not _is_module(backend.removeprefix("module://")):
        os.environ["MPLBACKEND"] = "agg"  # with another one, `import matplotlib` itself raises


def _settle_home() -> None:
    """Give a user without HOME and without an entry in passwd, as in many containers, a home and a name.

    Without them Keras, Ray and platformdirs write into a folder called "~", or raise.
    """
    os.environ["HOME"] = str(_private_folder(Path(tempfile.gettempdir(), f"cnn-search-home-{os.getuid()}")))
    os.environ.setdefault("USER", str(os.getuid()))


def _private_folder(folder: Path) -> Path:
    """Make a folder of this user alone; a new one where somebody else has taken its name."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077 and status.st_uid == os.getuid()
    return folder if private else Path(tempfile.mkdtemp(prefix=f"{folder.name}-"))


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # its package is missing; the name is none
        return False


settle()
