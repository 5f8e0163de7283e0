"""What stands for a blob: header, row root and combination root, and the data root over them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from zerog.da import tree
from zerog.da.errors import WrongDataRoot
from zerog.da.kernel import kernel
from zerog.da.params import Header
from zerog.types import Buffer

DOMAIN: Final = b"zerog-da-v1"


@dataclass(frozen=True, slots=True)
class Commitment:
    """The row root commits to every row; the rlc root to each data row's linear combination."""

    header: Header
    row_root: bytes
    rlc_root: bytes

    def data_root(self, chain_id: int, entrance: bytes) -> bytes:
        """What signers sign, on one chain and for one DAEntrance (its 20 bytes)."""
        place = DOMAIN + chain_id.to_bytes(32) + entrance
        return sha256(place + self.header.encode() + self.row_root + self.rlc_root).digest()

    def require(self, data_root: bytes, chain_id: int, entrance: bytes) -> None:
        """Check what came with a data root; raises WrongDataRoot."""
        if (found := self.data_root(chain_id, entrance)) != data_root:
            raise WrongDataRoot(data_root, found)


def coefficients(header: Header, row_root: bytes, limbs: int) -> bytes:
    """The coefficients of each symbol position, [symbol][limb] as LE16, which nobody chooses."""
    shape = struct.pack("<3I", header.k, header.n, header.row_size)
    return kernel().coefficients(sha256(row_root + shape).digest(), header.symbols, limbs)


def split(values: Buffer, size: int) -> list[memoryview]:
    """Consecutive values of `size` bytes."""
    view = memoryview(values).cast("B")
    return [view[at : at + size] for at in range(0, len(view), size)]


def rlc_root(values: Buffer, size: int) -> bytes:
    """Root of the tree over the combinations, each of `size` bytes and a single leaf."""
    return tree.levels(tree.row_nodes(split(values, size), 1))[-1]
