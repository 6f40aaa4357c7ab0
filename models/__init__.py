"""What is trained: the studies, one short file each in this folder.

`models/space/` says what a study is, `models/parts/` holds what models are made of.
"""

import importlib
import sys
from pathlib import Path

# Before anything else: beside a user's own data/ or models.py, this project's packages come first.
sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("data.terminal.own_packages")
del sys.path[0]

from models.space.study import Study, UnknownStudy, load, names, summary, table  # noqa: E402

__all__ = ["Study", "UnknownStudy", "load", "names", "summary", "table"]
