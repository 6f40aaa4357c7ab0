"""Divide pictures into splits of 70, 15 and 15 %, class by class; groups of near duplicates stay together.

The order in which groups are divided is that of a digest of their content: it depends neither on the names of
files nor on the order in which a disk lists them.
"""

from collections import defaultdict
from collections.abc import Sequence

from data.store.dataset import SplitName

SHARE = 0.15  # of a class's pictures, for validation and for test each; one picture at least
LEAST = 3  # groups that a class needs, one for each split

Group = Sequence[int]  # positions of pictures that stay together


def divided(groups: Sequence[Group], labels: Sequence[int], splits: Sequence[SplitName]) -> list[SplitName]:
    """Return the split of each group.

    Args:
        groups: in the order in which they are to be divided.
        labels: class of each picture; the class of a group is that of its first picture.
        splits: those beside training that are to be filled: "test", "validation" or both.
    """
    chosen: list[SplitName] = ["training"] * len(groups)
    by_class: dict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        by_class[labels[group[0]]].append(number)
    for members in by_class.values():
        quota = max(1, round(SHARE * sum(len(groups[number]) for number in members)))
        left = list(members)
        for split in splits:
            taken = _taken(left, groups, quota)
            left = [number for number in left if number not in taken]
            for number in taken:
                chosen[number] = split
    return chosen


def _taken(numbers: list[int], groups: Sequence[Group], quota: int) -> set[int]:
    """Return groups, the first ones that fit into a quota of pictures; the smallest where none fits."""
    taken, pictures = set(), 0
    for number in numbers:
        if pictures + len(groups[number]) <= quota:
            taken.add(number)
            pictures += len(groups[number])
    return taken or {min(numbers, key=lambda number: len(groups[number]))}
