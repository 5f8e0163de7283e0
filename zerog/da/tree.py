"""Binary SHA-256 trees over nodes: absent places up to the next power of two are 32 zero bytes."""

from __future__ import annotations

from collections.abc import Sequence

from zerog.da.kernel import kernel
from zerog.da.params import HASH
from zerog.types import Buffer


def levels(nodes: Buffer) -> list[bytes]:
    """Every level of the tree over some nodes, 32 bytes each, joined; the last is the root."""
    level = bytes(nodes)
    count = max(1, len(level) // HASH)
    found = [level.ljust(HASH << (count - 1).bit_length(), b"\0")]
    while len(found[-1]) > HASH:
        found.append(kernel().parents(found[-1]))
    return found


def path(tree: Sequence[bytes], index: int) -> bytes:
    """The siblings of a node, from below, joined; `tree` is what `levels` gave."""
    siblings = []
    for level in tree[:-1]:
        at = (index ^ 1) * HASH
        siblings.append(level[at : at + HASH])
        index >>= 1
    return b"".join(siblings)


def fold(leaves: Buffer, depth: int) -> bytes:
    """The nodes `depth` levels above perfect trees that lie side by side."""
    level = leaves
    for _ in range(depth):
        level = kernel().parents(level)
    return bytes(level)


def row_nodes(rows: Sequence[Buffer], pieces: int) -> bytes:
    """Nodes of equally long rows of so many pieces, joined."""
    depth = (pieces - 1).bit_length()
    leaves = bytearray(len(rows) * HASH << depth)
    kernel().leaves_into(rows, leaves, 0, 1 << depth)
    return fold(leaves, depth)
