"""Pieces of stored data with their paths, and what a contract says of them. Pure.

Twin of contracts/inft/escrow/ExchangeJudge.sol and contracts/libraries/SectorTree.sol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from zerog.crypto.keccak import HASH, chunk_hashes, keccak256
from zerog.crypto.keccakctr import (
    CHUNK,
    SECTOR,
    Header,
    chunk_block,
    decrypt_chunk,
    leaf_sector,
    read_header,
    sealed_size,
)
from zerog.crypto.merkle import ZERO_HASHES, Proof, levels, node, prove_in
from zerog.inft.escrow.errors import NotInData, WrongPiece
from zerog.storage.codec import SEGMENT_SECTORS, padded_sectors, padded_segment_sectors

BLOCK_SECTORS: Final = CHUNK // SECTOR
SEGMENT_BLOCKS: Final = SEGMENT_SECTORS // BLOCK_SECTORS


class Piece(NamedTuple):
    """256 bytes of a sector or 1,024 of a block; siblings up to the data root, lowest first."""

    data: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One stored segment with the proof that the storage node gave.

    size: bytes of the whole file. data: as uploaded, whole sectors.
    """

    size: int
    index: int
    data: bytes
    proof: Proof

    def block(self, index: int) -> Piece:
        """Block `index` of the file, which lies in this segment."""
        place = index - self.index * SEGMENT_BLOCKS
        return self._piece(place, CHUNK, 2)

    def sector(self, index: int) -> Piece:
        """Sector `index` of the file, which lies in this segment."""
        return self._piece(index - self.index * SEGMENT_SECTORS, SECTOR, 0)

    def _piece(self, place: int, length: int, level: int) -> Piece:
        data = self.data[place * length : (place + 1) * length]
        if place < 0 or len(data) != length:
            raise WrongPiece("the place in its segment", place, len(self.data) // length)
        inner = prove_in(self._levels()[level:], place)
        return Piece(data, _siblings(inner) + _siblings(self.proof))

    def _levels(self) -> list[list[bytes]]:
        joined = chunk_hashes(self.data, SECTOR)
        hashes = [joined[at : at + HASH] for at in range(0, len(joined), HASH)]
        padding = padded_segment_sectors(self.size, self.index) - len(hashes)
        return levels(hashes + [ZERO_HASHES[0]] * padding)


def _siblings(proof: Proof) -> tuple[bytes, ...]:
    return tuple(proof.lemma[1:-1])


def segment_of_block(index: int) -> int:
    """The segment that a block lies in."""
    return index // SEGMENT_BLOCKS


def root_from(count: int, index: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Where a path leads in a left-complete tree of `count` leaves; raises WrongPiece."""
    if not 0 <= index < count:
        raise WrongPiece("the index", index, count)
    used, running = 0, leaf
    while count > 1:
        if index & 1 or index + 1 < count:
            if used == len(path):
                raise WrongPiece("the path", used, used + 1)
            sibling, used = path[used], used + 1
            running = node(sibling, running) if index & 1 else node(running, sibling)
        index, count = index >> 1, (count + 1) >> 1
    if used != len(path):
        raise WrongPiece("the path", len(path), used)
    return running


def check_sector(data_root: bytes, plain_size: int, index: int, piece: Piece) -> None:
    """Raise NotInData unless the sector lies there; WrongPiece for wrong lengths."""
    if len(piece.data) != SECTOR:
        raise WrongPiece("the sector", len(piece.data), SECTOR)
    sectors = padded_sectors(sealed_size(plain_size))
    found = root_from(sectors, index, keccak256(piece.data), piece.path)
    if found != data_root:
        raise NotInData(data_root, found)


def check_block(data_root: bytes, plain_size: int, index: int, piece: Piece) -> None:
    """Raise NotInData unless the block lies there; WrongPiece for wrong lengths."""
    size = sealed_size(plain_size)
    if len(piece.data) != CHUNK:
        raise WrongPiece("the block", len(piece.data), CHUNK)
    if not 0 <= index < size // CHUNK:
        raise WrongPiece("the index", index, size // CHUNK)
    hashes = chunk_hashes(piece.data, SECTOR)
    leaf = node(node(hashes[:32], hashes[32:64]), node(hashes[64:96], hashes[96:]))
    found = root_from(padded_sectors(size) // BLOCK_SECTORS, index, leaf, piece.path)
    if found != data_root:
        raise NotInData(data_root, found)


def container_of(data_root: bytes, head: Piece) -> Header:
    """The head of a container that the chain would register; raises NotAContainer, NotInData."""
    header = read_header(head.data)
    check_sector(data_root, header.plain_size, 0, head)
    return header


def is_wrong(
    data_root: bytes,
    plain_size: int,
    content_key: bytes,
    chunk: int,
    sealed_chunk: Piece,
    leaves: Piece,
) -> bool:
    """Whether a complaint about a chunk holds: what it decrypts to has not the leaf given.

    Raises NotInData, WrongPiece when the pieces are not those of the chunk.
    """
    check_block(data_root, plain_size, chunk_block(chunk), sealed_chunk)
    sector, place = leaf_sector(chunk)
    check_sector(data_root, plain_size, sector, leaves)
    _, found = decrypt_chunk(content_key, chunk, sealed_chunk.data)
    return found != leaves.data[place * HASH : (place + 1) * HASH]
