"""Confidence intervals and significance tests of accuracies."""
