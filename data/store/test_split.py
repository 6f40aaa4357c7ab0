"""The sealed test split: opened by the analysis when a run is judged, imported by no search and no model."""

from data.store.dataset import open_split
from data.store.split import Split


def open_test(name: str) -> Split:
    """The test split of prepared data, memory-mapped and read-only. Raises DataError if not prepared."""
    return open_split(name, "test")
