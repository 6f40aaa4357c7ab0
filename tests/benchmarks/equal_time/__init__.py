"""Searches of real trainings at equal wall time, this program's and other tools'."""
