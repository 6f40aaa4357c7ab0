"""How one trial is trained: the generator of epochs, its batches and inputs."""
