"""A figure rendered to PNG, as for the other figures."""

from tests.analysis.figures.conftest import read

__all__ = ["read"]
