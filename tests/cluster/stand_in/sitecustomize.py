"""Stand-ins for what the lab does not have: GPUs, and trainings that take long without using the processor.

Python imports this file in every process of a job whose PYTHONPATH names this folder.

FAKE_GPU_SEEN=FOLDER    the search believes in the GPUs that SLURM and Ray have granted, and uses the CPU.
                        Each worker writes which it sees into the folder, in a file named by its process.
EPOCH_SECONDS=N         each epoch takes so many seconds longer.
HOLD=FILE               no epoch ends while this file exists.
"""

import importlib.abc
import importlib.util
import os
import sys
import time
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
            if "FAKE_GPU_SEEN" in os.environ:
                module._sees_gpu = _see
            attempt = module.attempt
            module.attempt = lambda records: (_wait(), attempt(records))[1]

        spec.loader.exec_module = exec_module
        return spec


def _see():
    seen = Path(os.environ["FAKE_GPU_SEEN"], str(os.getpid()))
    seen.write_text(os.environ.get("CUDA_VISIBLE_DEVICES", ""))
    return True


def _wait():
    time.sleep(float(os.environ.get("EPOCH_SECONDS", 0)))
    while os.path.exists(os.environ.get("HOLD", "")):
        time.sleep(0.1)


sys.meta_path.insert(0, Trainer())
