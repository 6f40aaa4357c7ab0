"""What other users may read: jobs of several users need the project and its Python."""

import sys
from pathlib import Path

from tests.conftest import ROOT


def opening(folder: Path) -> str:
    """Return shell commands after which, in a mount namespace, all users can read project and Python.

    Both often lie in the home of root, which is closed to others. It is covered by a folder that has only
    what is needed.

    Args:
        folder: for the covers; made here.
    """
    commands, covers = "", {}
    for path in {Path(sys.base_prefix), Path(sys.prefix), ROOT}:
        for closed in reversed(path.parents):
            if not closed.stat().st_mode & 0o001:
                covers.setdefault(closed, set()).add(path.relative_to(closed).parts[0])
                break
    for number, (closed, names) in enumerate(covers.items()):
        cover = folder / str(number)
        for name in sorted(names):
            (cover / name).mkdir(parents=True)
            commands += f"mount --rbind '{closed / name}' '{cover / name}'; "
        commands += f"mount --rbind '{cover}' '{closed}'; "
    return commands
