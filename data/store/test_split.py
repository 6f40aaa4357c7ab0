"""The sealed test split: opened by the analysis to judge a run, never imported by models or search."""

from data.store.dataset import open_split
from data.store.split import Split


def open_test(name: str) -> Split:
    """Open the test split of prepared data, memory-mapped and read-only. Raises DataError."""
    return open_split(name, "test")
