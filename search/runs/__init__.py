"""What is kept of a search: the run's folder, its plan, journal, checkpoints and provenance."""
