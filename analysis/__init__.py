"""What a search means: the best retrained and tested once, shown in pictures, and compared honestly."""

import importlib
import sys
from pathlib import Path

# Before anything else: beside a user's own data/ or models.py, this project's packages come first.
sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("data.terminal.own_packages")
del sys.path[0]
