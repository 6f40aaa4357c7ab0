"""Where trials are trained: in this process, or on Ray."""
