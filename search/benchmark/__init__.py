"""The search itself measured, on recorded learning curves."""
