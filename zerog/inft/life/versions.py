"""The provable history of a token's data: a Merkle mountain range of its versions.

Pure; twin of contracts/libraries/VersionHistory.sol. A history of `count` leaves is a row of
perfect trees, one for each bit of the count, highest first; its root is the keccak of the count
and of their peaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode

from zerog.crypto.eip712 import struct_hash
from zerog.crypto.keccak import keccak256
from zerog.inft.life.errors import BadVersionProof, NoSuchVersion
from zerog.types import Address

VERSION_TYPE: Final = (
    "Version(uint256 tokenId,uint256 index,bytes32 before,bytes32 next,address author,uint64 time)"
)
NO_VERSIONS: Final = bytes(32)
"""The root of an empty history."""


@dataclass(frozen=True, slots=True)
class Version:
    """One change of a token's data.

    before, next: data commitments (see `commitment`); time: Unix seconds of the block.
    """

    token_id: int
    index: int
    before: bytes
    next: bytes
    author: Address
    time: int

    def leaf(self) -> bytes:
        """32 bytes that stand for this version in its history."""
        place, change = (self.token_id, self.index), (self.before, self.next)
        return struct_hash(VERSION_TYPE, [*place, *change, self.author, self.time])


@dataclass(frozen=True, slots=True)
class VersionProof:
    """Siblings from a leaf up to its peak, and the other peaks, highest mountain first."""

    siblings: tuple[bytes, ...]
    peaks: tuple[bytes, ...]

    def hashes(self) -> list[bytes]:
        """As the contract takes them."""
        return [*self.siblings, *self.peaks]


def commitment(data_hashes: Sequence[bytes]) -> bytes:
    """What stands for all data of a token: keccak256(abi.encode(bytes32[]))."""
    return keccak256(encode(["bytes32[]"], [list(data_hashes)]))


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over all versions; NO_VERSIONS when there are none."""
    return _bag(len(leaves), [levels[-1][0] for levels in _mountains(leaves)])


def prove(leaves: Sequence[bytes], index: int) -> VersionProof:
    """Proof of the version at `index`; raises NoSuchVersion."""
    height, position = mountain_of(len(leaves), index)
    mountains = _mountains(leaves)
    path = index & ((1 << height) - 1)
    levels = mountains[position]
    siblings = tuple(levels[level][(path >> level) ^ 1] for level in range(height))
    peaks = tuple(m[-1][0] for place, m in enumerate(mountains) if place != position)
    return VersionProof(siblings, peaks)


def check(expected: bytes, count: int, version: Version, proof: Sequence[bytes]) -> None:
    """Check a version against root and count of its history.

    proof: as `VersionProof.hashes` gives it. Raises NoSuchVersion, BadVersionProof.
    """
    height, position = mountain_of(count, version.index)
    wanted = height + count.bit_count() - 1
    if len(proof) != wanted:
        raise BadVersionProof(version.index, f"{len(proof)} hashes, it needs {wanted}")
    node = version.leaf()
    for level, sibling in enumerate(proof[:height]):
        pair = sibling + node if (version.index >> level) & 1 else node + sibling
        node = keccak256(pair)
    peaks = list(proof[height:])
    peaks.insert(position, node)
    if _bag(count, peaks) != expected:
        raise BadVersionProof(version.index, "it leads to another root")


def mountain_of(count: int, index: int) -> tuple[int, int]:
    """Height of the mountain that an index lies in, and its position, highest first.

    Raises NoSuchVersion.
    """
    if not 0 <= index < count:
        raise NoSuchVersion(index, count)
    height = (count ^ index).bit_length() - 1
    return height, (count >> (height + 1)).bit_count()


def _mountains(leaves: Sequence[bytes]) -> list[list[list[bytes]]]:
    """The levels of each mountain from its leaves up, highest mountain first."""
    mountains, start = [], 0
    for height in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> height & 1:
            mountains.append(_levels(leaves[start : start + (1 << height)]))
            start += 1 << height
    return mountains


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([keccak256(row[i] + row[i + 1]) for i in range(0, len(row), 2)])
    return levels


def _bag(count: int, peaks: Sequence[bytes]) -> bytes:
    return keccak256(count.to_bytes(32, "big") + b"".join(peaks)) if count else NO_VERSIONS
