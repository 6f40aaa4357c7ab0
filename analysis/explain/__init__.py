"""What a trained model looks at: its graph, and gradients in its input."""
