"""A stand-in for a GPU and its driver: the search believes what SLURM and Ray have granted, and uses the CPU.

Each worker writes which devices it sees into the folder FAKE_GPU_SEEN, in a file named by its process.
"""

import importlib.abc
import importlib.util
import os
import sys
from pathlib import Path


class Trainer(importlib.abc.MetaPathFinder):
    """Changes `search.training.trainer` as soon as it is imported."""

    def find_spec(self, name, path=None, target=None):
        if name != "search.training.trainer":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            module._sees_gpu = _see

        spec.loader.exec_module = exec_module
        return spec


def _see():
    seen = Path(os.environ["FAKE_GPU_SEEN"], str(os.getpid()))
    seen.write_text(os.environ.get("CUDA_VISIBLE_DEVICES", ""))
    return True


sys.meta_path.insert(0, Trainer())
