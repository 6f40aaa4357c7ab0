"""How much a search trains: sized for what there is, unless the command says otherwise.

Without a GPU, 50 trials are to end in about a quarter of an hour on two cores; with one, trials see all
training images.
"""

from models import Study
from search.algorithm.halving import expected_epochs
from search.executors.hardware import Hardware
from search.runs.plan import Plan

# On a CPU: chosen so that 50 trials of a CIFAR study take about 15 minutes on 2 cores.
CPU_TRAIN_IMAGES = 4096
CPU_VALIDATION_IMAGES = 1000
CPU_EPOCHS = 18

# A rung passes on its best third, and nothing is stopped before a ninth of the full length. Chosen with
# `python -m search bench` (50 trials, 2 workers, 41 seeds; 265 recorded CIFAR-10 CNNs of Klein et al. 2017,
# two recordings of TaskSet; 2026-11-22). With a first rung at a sixteenth the search hardly gets past the
# default configuration (on CIFAR-10 mean regret 0.009 instead of 0.003). No halving at all takes 2.9 times as
# long. Halves at 4 rungs have 0.0025 less regret there, in a third more time.
ETA = 3
RUNGS = 3

START_SECONDS = 15  # Ray, workers, Keras in each; and the measurement at the end


def train_images(there: int, study: Study, *, gpu: bool) -> int:
    """Return how many of the training images that are there a trial sees in each epoch."""
    return there if gpu else min(there, study.cpu_images or CPU_TRAIN_IMAGES)


def validation_images(there: int, *, gpu: bool) -> int:
    """Return how many validation images a search measures on: at least a fifth is kept from it."""
    most = there * 4 // 5
    return most if gpu else min(most, CPU_VALIDATION_IMAGES)


def epochs(study: Study, *, gpu: bool) -> int:
    """Return the length of a trial that is never stopped."""
    return study.max_epochs if gpu else min(study.max_epochs, study.cpu_epochs or CPU_EPOCHS)


def grace(length: int) -> int:
    """Return the epoch before which no trial of that length is stopped."""
    return max(1, length // ETA ** (RUNGS - 1))


def total_epochs(plan: Plan) -> int:
    """Return how many epochs a search trains, all trials together."""
    return expected_epochs(plan.trials, plan.levels, plan.eta)


def seconds(plan: Plan, hardware: Hardware, images_per_second: float | None) -> float | None:
    """Estimate how long a search takes on CPU cores; None where nothing was measured to go by.

    Args:
        plan: of the search.
        hardware: what it runs on.
        images_per_second: expected images a second and core (`models.Study`).
    """
    if plan.gpu or not images_per_second:
        return None
    images = total_epochs(plan) * plan.train_images
    busy = min(hardware.cores, plan.slots)
    return START_SECONDS + images / (images_per_second * busy)
