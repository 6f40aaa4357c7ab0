"""Find datasets in an untrusted HDF5 file, without following anything out of the file.

A link can name another file, as can the storage of a dataset. Opening that could hang, as with a pipe, or
show what should stay unread. A small file can also ask for gigabytes, by the size of its chunks.
"""

from pathlib import Path
from typing import Any

import numpy as np

CHUNK_LIMIT = 100_000_000  # bytes; the largest array of VGG16 has 9,437,184
NAME_LIMIT = 1_000  # characters
NODE_LIMIT = 100_000  # groups and datasets; ConvNeXt-Tiny has fewer than 1,000


def child(group: Any, path: str) -> Any:
    """Return a group or dataset below a group of h5py, or None if there is none.

    Raises:
        ValueError: a part of the path, or the dataset's content, lies outside of the file, or is too large.
    """
    import h5py  # type: ignore[import-untyped]  # it comes with Keras

    parts = [part for part in path[:NAME_LIMIT].split("/") if part]
    for _ in range(2 * len(parts) + 100):  # soft links can form a circle
        if not parts:
            return _inside(group)
        link = group.get(parts[0], getlink=True) if isinstance(group, h5py.Group) else None
        if link is None:
            return None
        if isinstance(link, h5py.ExternalLink):
            raise ValueError(f"{parts[0]!a} is a link to another file")
        if isinstance(link, h5py.SoftLink):
            group = group.file if link.path.startswith("/") else group
            parts = [part for part in link.path[:NAME_LIMIT].split("/") if part not in ("", ".")] + parts[1:]
        else:
            group = group[parts.pop(0)]
    raise ValueError(f"{path[:NAME_LIMIT]!a} has too many links")


def _inside(node: Any) -> Any:
    import h5py

    if isinstance(node, h5py.Dataset):
        if node.external or node.is_virtual:
            raise ValueError(f"{node.name!a} has its values in another file")
        if node.chunks and int(np.prod(node.chunks, dtype=object)) * node.dtype.itemsize > CHUNK_LIMIT:
            raise ValueError(f"{node.name!a} has chunks of more than {CHUNK_LIMIT:,} bytes")
    return node


def names(group: Any, attribute: str, limit: int) -> list[str]:
    """Return a group's attribute, a list of at most `limit` names. Raises ValueError or KeyError."""
    stored = group.attrs.get_id(attribute)
    if int(np.prod(stored.shape, dtype=object)) > limit:
        raise ValueError(f"{group.name!a} has an attribute {attribute} of more than {limit} names")
    return [name.decode() if isinstance(name, bytes) else str(name) for name in group.attrs[attribute]]


def check(file: Path) -> None:
    """Raise a ValueError where anything in a file lies outside of it, or is too large; OSError: no HDF5."""
    import h5py

    with h5py.File(file) as opened:
        groups, seen = [opened], 0
        while groups:
            group = groups.pop()
            for name in group:
                seen += 1
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise ValueError(f"{name[:NAME_LIMIT]!a} is a link to another file")
                if isinstance(link, h5py.HardLink) and isinstance(node := _inside(group[name]), h5py.Group):
                    groups.append(node)
                if seen > NODE_LIMIT:  # hard links can form a circle
                    raise ValueError(f"more than {NODE_LIMIT:,} groups and datasets")
