"""The best of a run trained again with several seeds, and the test set opened once."""
