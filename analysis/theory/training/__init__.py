"""What training does: small trainings on CIFAR-10, each of a few seconds."""
