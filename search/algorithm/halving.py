"""Successive halving over rungs: which trial deserves more epochs. Pure: no clock, thread, file or Ray.

Asynchronous successive halving with promotions (ASHA; Li et al., MLSys 2020): a trial that reaches a rung
is paused there, and goes on when it is among the best 1/eta of all that have reached that rung.
"""

from collections.abc import Iterable

from search.algorithm.trial import Trial


def rungs(epochs: int, grace: int, eta: int) -> tuple[int, ...]:
    """Return the epochs at which trials are compared, ascending; the last one is the full length.

    Args:
        epochs: of a trial that is never stopped, at least 1.
        grace: no trial is stopped before this epoch.
        eta: each rung lies at about 1/eta of the next one, and passes on about 1/eta of its trials.

    >>> rungs(18, grace=2, eta=3)
    (2, 6, 18)
    """
    levels = [epochs]
    while levels[0] // eta >= grace:
        levels.insert(0, levels[0] // eta)
    return tuple(levels)


def expected_epochs(trials: int, levels: tuple[int, ...], eta: int) -> int:
    """Return how many epochs a whole search trains, all trials together, if none fails.

    Args:
        trials: how many there will be; the first, the default configuration, is never paused.
        levels: the rungs.
        eta: a rung passes on the best 1/eta of its trials.

    It is the least: while a search learns, more than 1/eta of a rung are at some time among its best.

    >>> expected_epochs(50, (2, 6, 18), 3)
    240
    """
    total, others, before = levels[-1], trials - 1, 0
    for level in levels:
        total += others * (level - before)
        before, others = level, max(1, others // eta) if others else 0
    return total


def promotable(
    trials: Iterable[Trial], levels: tuple[int, ...], eta: int, *, last_call: bool = False
) -> Trial | None:
    """Return the paused trial that most deserves to go on, or None.

    The highest rung comes first, and in it the best trial. A trial that failed is left out, also of the
    rungs that it had reached.

    Args:
        trials: all of them.
        levels: the rungs.
        eta: a rung passes on the best 1/eta of its trials.
        last_call: no further trial will come. Then a rung passes on at least one, so that every search,
            however small, ends with a trial at full length.
    """
    alive = [trial for trial in trials if trial.state != "failed"]
    for level in reversed(levels[:-1]):
        reached = [trial for trial in alive if level in trial.epochs]
        reached.sort(key=lambda trial: (-trial.value_at(level), trial.number))
        below = any(trial.state in ("running", "waiting") and trial.epoch < level for trial in alive)
        passed_on = len(reached) // eta
        if last_call and not below:
            passed_on = max(1, passed_on)
        for trial in reached[:passed_on]:
            if trial.state == "paused" and trial.epoch == level:
                return trial
    return None
