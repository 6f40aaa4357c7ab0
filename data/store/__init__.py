"""Prepared data in the user's cache: datasets, splits, the sealed test split, locks, atomic writes."""
