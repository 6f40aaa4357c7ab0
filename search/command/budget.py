"""How much a search trains: sized for the hardware, unless the options say otherwise.

Without a GPU, 50 trials are to end in about a quarter of an hour on two cores; with one, trials see all
training images.
"""

import data
from models import Study
from search.runs.plan import Plan
from search.runs.provenance import Hardware

# On a CPU: chosen so that 50 trials of cifar_residual take about a quarter of an hour on 2 idle cores: they
# took 33 minutes of processor time (AMD EPYC, 2026-11-28, n = 2).
CPU_TRAIN_IMAGES = 2048
CPU_VALIDATION_IMAGES = 1000
CPU_EPOCHS = 12

START_SECONDS = 15  # Ray, workers, Keras in each; and the measurement at the end


def train_images(images: int, study: Study, *, gpu: bool) -> int:
    """Return how many of the available training images a trial sees in each epoch."""
    return images if gpu else min(images, study.cpu_images or CPU_TRAIN_IMAGES)


def validation_images(images: int, *, gpu: bool) -> int:
    """Return how many of the validation images a search measures on; it keeps back a fifth at least."""
    most = images * 4 // 5
    return most if gpu else min(most, CPU_VALIDATION_IMAGES)


def epochs(study: Study, *, gpu: bool) -> int:
    """Return the length of a trial that is never stopped."""
    return study.max_epochs if gpu else min(study.max_epochs, study.cpu_epochs or CPU_EPOCHS)


def total_epochs(plan: Plan) -> int:
    """Return how many epochs a search trains, all trials together, as its scheduler expects."""
    return plan.judge([]).expected_epochs()


def speed(plan: Plan, study: Study) -> float | None:
    """Return the images a second and core of a study on the run's dataset; None if none was measured.

    It was measured on the study's own dataset; the work on an image grows with its area.
    """
    if plan.dataset in ("", study.dataset) or not study.images_per_second:
        return study.images_per_second
    own, here = (data.shape(name)[0] for name in (study.dataset, plan.dataset))
    return study.images_per_second * (own[0] * own[1]) / (here[0] * here[1])


def seconds(plan: Plan, hardware: Hardware, images_per_second: float | None) -> float | None:
    """Estimate how long a search takes on CPU cores; None if no speed was measured.

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
