"""What `singularity test` runs in the image: every module imports, a model trains, and Ray runs a function.

python selftest.py            about 15 s; it needs no data, no network and no GPU
"""

import importlib
import math
import os
import pkgutil
import sys
import tempfile

import numpy as np

ROOMS = ("data", "models", "search", "analysis", "cluster")
OPTIONAL = {"jax", "keras_tuner", "syne_tune", "torch"}  # extras, peers in the bench


def import_everything() -> int:
    """Import each module of the project; return how many."""
    modules = [
        module.name
        for room in ROOMS
        for module in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}.")
    ]
    for name in modules:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in OPTIONAL:
                raise
    return len(modules)


def train() -> float:
    """Train a small model of a shipped study for one epoch of noise; return its loss."""
    from models.cifar_basic import STUDY
    from search.training.fit import fit

    images = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), np.uint8)
    labels = np.arange(64) % 10
    model = STUDY.build((32, 32, 3), 10, depth=1, width=16)
    epoch = next(fit(model, (images, labels), (images, labels), epochs=1, seed=0, batch_size=32))
    return epoch.metrics["loss"]


def ask_ray() -> int:
    """Run a function in a worker of Ray; return the worker's process number."""
    import ray

    from search.executors.ray_cluster import init

    @ray.remote
    def process() -> int:
        return os.getpid()

    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        init(
            address="local",
            num_cpus=1,
            include_dashboard=False,
            object_store_memory=100 * 2**20,
            _temp_dir=folder,
            _node_ip_address="127.0.0.1",
        )
        try:
            return int(ray.get(process.remote()))
        finally:
            ray.shutdown()


def main() -> int:
    """Run the three checks, one line for each."""
    from search.executors.ray_cluster import require_token

    require_token()
    print(f"modules imported: {import_everything()}", flush=True)
    loss = train()
    print(f"loss after one epoch of noise: {loss:.2f}", flush=True)
    worker = ask_ray()
    print(f"a worker of Ray answered: process {worker}", flush=True)
    return 0 if math.isfinite(loss) and worker != os.getpid() else 1


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    sys.exit(main())
