"""A split is images with their labels; parts of it are chosen by seed and keep its class proportions."""

import hashlib
from dataclasses import dataclass

import numpy as np


class DataError(Exception):
    """Data that cannot be had or trusted; the message is one clear line for the user."""


def stratified(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Choose n of the labels (m,) by seed, classes in their proportions: ascending positions (n,).

    The choices of one seed are nested: that of a smaller n lies within that of a larger one.
    Raises DataError where n is negative or more than m.
    """
    if not 0 <= n <= len(labels):
        raise DataError(f"{n:,} images asked for, there are {len(labels):,}")
    # Raw bits rather than a shuffle: numpy promises their stream for every version to come.
    chance = np.random.PCG64(seed).random_raw(len(labels))
    order = np.lexsort((chance, labels))
    ordered = labels[order]
    counts = np.bincount(labels)
    first = np.cumsum(counts) - counts
    # How far along its class an image comes, 0 to 1: taking the n foremost keeps the proportions.
    progress = (np.arange(len(labels)) - first[ordered] + 0.5) / counts[ordered]
    return np.sort(order[np.lexsort((chance[order], progress))[:n]])


@dataclass(frozen=True)
class Split:
    """Images (n, height, width, 3) uint8 in 0 to 255, and their labels (n,) int64."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, n: int, seed: int) -> "Split":
        """A stratified subset of n, in memory; the split itself where n is all of it.

        Raises DataError where n is less than 1 or more than there are.
        """
        if n == len(self):
            return self
        if n < 1:
            raise DataError(f"{n:,} images asked for, at least 1 is needed")
        return self._at(stratified(self.labels, n, seed))

    def halves(self, n: int, seed: int) -> "tuple[Split, Split]":
        """Cut into two disjoint stratified parts, in memory: the first has n images, the second the rest.

        Raises DataError where one of them would be empty.
        """
        if not 0 < n < len(self):
            raise DataError(f"cannot cut {len(self):,} images into {n:,} and the rest")
        chosen = stratified(self.labels, n, seed)
        rest = np.setdiff1d(np.arange(len(self)), chosen, assume_unique=True)
        return self._at(chosen), self._at(rest)

    def _at(self, positions: np.ndarray) -> "Split":
        return Split(np.asarray(self.images[positions]), np.asarray(self.labels[positions]))


def fingerprint(*arrays: np.ndarray) -> str:
    """SHA-256 over the arrays in their order: of each its type, its shape and its bytes."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
