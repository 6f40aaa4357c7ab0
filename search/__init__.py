"""How it is searched: a pure rule proposes, stops and promotes; executors train; the journal is the truth."""
