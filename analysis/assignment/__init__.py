"""The course assignment answered in one document."""
