"""Pictures that are the same to the eye: encoded again, resized or mirrored.

A picture's difference hash says for 8 rows of 9 grey cells which of two neighbours is the brighter one: 64
bits that a new encoding or another size hardly changes (N. Krawetz, Kind of Like That, hackerfactor.com,
2013). Two pictures are near duplicates if

1. their hashes, or one's hash and the other's mirrored one, differ in at most BITS of 64 bits, and
2. their grey pictures of 16 by 16 cells differ by at most LEVELS of 256 (root mean square), mirrored or not.

The second condition is for pictures with few edges, which share a hash by chance. Both limits were measured
on real photographs: tests/data/sources/test_near_duplicates.py.
"""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BITS = 4
LEVELS = 8.0
GRID = 16  # cells a side of the grey pictures
# A picture is compared with so many next ones in the order of a band, and of those with the very same hash
# with a few: thousands of black pictures must not be compared each with each.
NEIGHBOURS, EQUALS = 200, 8

# Hashes that differ in at most BITS bits agree completely in one of BITS + 1 bands.
_EDGES = np.linspace(0, 64, BITS + 2).astype(int)


def difference_hashes(pixels: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the hashes of a picture (height, width, 3) and of the mirrored one, each from 0 to 2**64 - 1."""
    cells = _grey(pixels, 9, 8)
    return _hash(cells), _hash(cells[:, ::-1])


def grey_cells(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the grey picture (GRID, GRID) of a picture (height, width, 3)."""
    return _grey(pixels, GRID, GRID)


def near_duplicates(hashes: NDArray[np.uint64], cells: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the group (n,) of each picture, numbered from 0: near duplicates have the same one.

    Near duplicates of near duplicates count as such.

    Args:
        hashes: (n, 2) difference hashes, of each picture and of the mirrored one.
        cells: (n, GRID, GRID) grey pictures.
    """
    from scipy.sparse import coo_array  # imported late: no other command of `data` needs it
    from scipy.sparse.csgraph import connected_components

    n = len(hashes)
    if not n:
        return np.zeros(0, np.int64)
    edges = [np.zeros((0, 2), np.int64), *(pairs[_alike(cells, pairs)] for pairs in _similar(hashes, cells))]
    one, other = np.concatenate(edges).T
    graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(n, n))
    groups: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


def _similar(hashes: NDArray[np.uint64], cells: NDArray[np.uint8]) -> Iterator[NDArray[np.int64]]:
    """Yield pairs (m, 2) of pictures whose hashes, mirrored or not, differ in at most BITS bits."""
    n = len(hashes)
    both = hashes.T.ravel()
    brightness = np.tile(cells.reshape(n, -1).mean(axis=1), 2)
    for low, high in itertools.pairwise(_EDGES):
        band = (both >> np.uint64(low)) & np.uint64(2 ** int(high - low) - 1)
        order = np.lexsort((brightness, both, band))
        band, ordered = band[order], both[order]
        starts = np.arange(2 * n)
        for step in range(1, NEIGHBOURS + 1):
            starts = starts[: np.searchsorted(starts, 2 * n - step)]
            starts = starts[band[starts] == band[starts + step]]
            if not len(starts):
                break
            distance = np.bitwise_count(ordered[starts] ^ ordered[starts + step])
            close = starts[(distance <= BITS) & ((distance > 0) | (step <= EQUALS))]
            yield np.stack([order[close], order[close + step]], axis=1) % n


def _alike(cells: NDArray[np.uint8], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each pair (m, 2) whether its grey pictures differ by at most LEVELS, mirrored or not."""
    one, other = (cells[column].astype(np.float32) for column in pairs.T)
    differences = [np.mean((one - view) ** 2, axis=(1, 2)) for view in (other, other[:, :, ::-1])]
    return np.minimum(*differences) <= LEVELS**2


def _hash(cells: NDArray[np.uint8]) -> int:
    return int.from_bytes(np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes())


def _grey(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return the mean brightness (height, width) of a picture's cells, in 0 to 255."""
    picture = Image.fromarray(pixels).convert("L")
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX))
