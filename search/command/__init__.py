"""One session of a search as a user sees it."""
