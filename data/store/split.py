"""A split is images with their labels; subsets are chosen by seed and keep its class proportions."""

import hashlib
from dataclasses import dataclass

import numpy as np


class DataError(Exception):
    """Data that is not available or not what it should be; the message is one clear line for the user."""


def stratified(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Choose n of the labels (m,) by seed, in the proportions of the classes: ascending positions (n,).

    The choices of one seed are nested: a smaller n gives a subset of the choice of a larger n.
    Raises DataError if n is negative or more than m.
    """
    if not 0 <= n <= len(labels):
        raise DataError(f"{n:,} images asked for, but there are {len(labels):,}")
    # Raw bits rather than a shuffle: numpy guarantees the same stream in all future versions.
    random_bits = np.random.PCG64(seed).random_raw(len(labels))
    order = np.lexsort((random_bits, labels))
    ordered = labels[order]
    counts = np.bincount(labels)
    first = np.cumsum(counts) - counts
    # The rank of an image within its class, 0 to 1: the n lowest ranks keep the proportions.
    rank = (np.arange(len(labels)) - first[ordered] + 0.5) / counts[ordered]
    return np.sort(order[np.lexsort((random_bits[order], rank))[:n]])


@dataclass(frozen=True)
class Split:
    """Images (n, height, width, 3) uint8 in 0 to 255, and their labels (n,) int64."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, n: int, seed: int) -> "Split":
        """Return a stratified subset of n images, in memory; the split itself if n is its length.

        Raises DataError if n is less than 1 or more than its length.
        """
        if n == len(self):
            return self
        if n < 1:
            raise DataError(f"{n:,} images asked for, but at least 1 is needed")
        return self._at(stratified(self.labels, n, seed))

    def halves(self, n: int, seed: int) -> "tuple[Split, Split]":
        """Cut into two disjoint stratified parts, in memory: the first has n images, the second the rest.

        Raises DataError if one of them would be empty.
        """
        if not 0 < n < len(self):
            raise DataError(f"cannot cut {len(self):,} images into {n:,} and the rest: a part is empty")
        chosen = stratified(self.labels, n, seed)
        rest = np.setdiff1d(np.arange(len(self)), chosen, assume_unique=True)
        return self._at(chosen), self._at(rest)

    def joined(self, other: "Split") -> "Split":
        """Return the images of this split and then those of another one, in memory."""
        images = np.concatenate([self.images, other.images])
        return Split(images, np.concatenate([self.labels, other.labels]))

    def _at(self, positions: np.ndarray) -> "Split":
        return Split(np.asarray(self.images[positions]), np.asarray(self.labels[positions]))


def fingerprint(*arrays: np.ndarray) -> str:
    """Return the SHA-256, in hexadecimal, over type, shape and bytes of each array in order."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
