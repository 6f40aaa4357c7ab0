"""Intervals and tests of accuracies."""
