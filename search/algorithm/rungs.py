"""Rungs: the epochs at which trials are compared, and what a search over them costs."""

from search.algorithm.pool import Pool


def rungs(epochs: int, grace_period: int, reduction_factor: int) -> tuple[int, ...]:
    """Return the epochs at which trials are compared, ascending; the last one is the full length.

    Args:
        epochs: of a trial that is never stopped, at least 1.
        grace_period: no trial is stopped before this epoch.
        reduction_factor: each rung lies at about 1/reduction_factor of the next one, at least 2.

    >>> rungs(18, grace_period=2, reduction_factor=3)
    (2, 6, 18)
    """
    epochs_of_rungs = [epochs]
    while epochs_of_rungs[0] // reduction_factor >= grace_period:
        epochs_of_rungs.insert(0, epochs_of_rungs[0] // reduction_factor)
    return tuple(epochs_of_rungs)


def doubling(epochs: int, grace_period: int) -> tuple[int, ...]:
    """Return the grace period, twice and four times as much and so on, and the full length as the last.

    The last step is not shorter than half of the epochs before it: a comparison just before the end is of no
    use.

    >>> doubling(50, 2)
    (2, 4, 8, 16, 32, 50)
    >>> doubling(18, 2)
    (2, 4, 8, 18)
    """
    rungs, epoch = [], grace_period
    while 3 * epoch <= 2 * epochs:
        rungs.append(epoch)
        epoch *= 2
    return (*rungs, epochs)


def total_epochs(trials: int, rungs: tuple[int, ...], reduction_factor: int) -> int:
    """Return how many epochs a whole search trains, all trials together, if none fails.

    Args:
        trials: how many there will be; the first, the default configuration, is never paused.
        rungs: the epochs at which trials are compared.
        reduction_factor: a rung passes on the best 1/reduction_factor of its trials.

    It is the least: while a search learns, more than that share of a rung is at some time among its best.

    >>> total_epochs(50, (2, 6, 18), 3)
    240
    """
    if trials < 1:
        return 0
    total, others, before = rungs[-1], trials - 1, 0
    for epoch in rungs:
        total += others * (epoch - before)
        before, others = epoch, max(1, others // reduction_factor) if others else 0
    return total


def remaining_epochs(pool: Pool, rungs: tuple[int, ...], reduction_factor: int) -> int:
    """Estimate how many epochs are still to be trained; epochs of failed trials do not count."""
    alive = pool.alive
    failed = len(pool.trials) - len(alive)
    trained = sum(len(trial.epochs) for trial in alive)
    expected = total_epochs(pool.target - failed, rungs, reduction_factor) - trained
    # More trials go on than expected where early ones had little to be compared with.
    owed = rungs[0] * (pool.target - len(pool.trials))
    for trial in alive:
        if trial.state in ("running", "waiting"):
            owed += min((rung - trial.epoch for rung in rungs if rung > trial.epoch), default=0)
    return max(expected, owed)
