"""The versions in which CIFAR-10 is published: for Python, as binary files, for Matlab."""
