"""Tools to explain a trained model: its graph, and gradients with respect to its input."""
