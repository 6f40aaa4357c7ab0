"""Prepared data in the user's cache: dataset, splits, the sealed test split, atomic writes."""
