"""The analysis of a run: its best configuration retrained and tested once, the report, and comparisons."""

import importlib
import sys
from pathlib import Path

# Before anything else: beside a user's own data/ or models.py, this project's packages come first.
sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("data.terminal.own_packages")
del sys.path[0]
