"""Our packages come before a user's of the same name: most projects have a `data/` or a `models.py`.

`search`, `models` and `analysis` import this first of all, in workers too.
"""

import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = ("data", "models", "search", "analysis", "cluster")


class OwnPackages:
    """Finds this project's packages where they are, whatever the search path says."""

    @staticmethod
    def find_spec(name: str, *_: object) -> ModuleSpec | None:
        """Return where a package of this project is; None for other modules."""
        return PathFinder.find_spec(name, [str(ROOT)]) if name in NAMES else None


def put_first() -> None:
    """Let this project's packages be found first.

    Raises:
        ImportError: another module of such a name is loaded already.
    """
    for name in NAMES:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and not Path(file).is_relative_to(ROOT):
            raise ImportError(
                f"another module called {name!r} is loaded already, from {file}: import search before it"
            )
    if OwnPackages not in sys.meta_path:
        sys.meta_path.insert(0, OwnPackages)


put_first()
