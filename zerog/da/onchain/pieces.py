"""Pieces of kept rows, with their paths, as the contracts take them. Pure."""

from __future__ import annotations

from zerog.da import tree
from zerog.da.encoding import ProvenPiece, ProvenRow
from zerog.da.errors import NoSuchPiece
from zerog.da.kernel import kernel
from zerog.da.params import HASH, PIECE, Header


def piece_of(header: Header, row: ProvenRow, piece: int) -> ProvenPiece:
    """A piece of a row that proves to the blob's row root; raises NoSuchPiece."""
    if not 0 <= piece < header.pieces:
        raise NoSuchPiece(row.index, piece, header.pieces)
    leaves = bytearray(HASH << header.piece_depth)
    kernel().leaves_into([row.data], leaves, 0, 1 << header.piece_depth)
    path = tree.path(tree.levels(leaves), piece) + row.path
    return ProvenPiece(row.index, piece, piece_data(row, piece), path)


def piece_data(row: ProvenRow, piece: int) -> memoryview:
    """The bytes of a piece, at most 1 KiB."""
    return memoryview(row.data).cast("B")[piece * PIECE : (piece + 1) * PIECE]


def piece_values(piece: ProvenPiece) -> tuple[int, int, bytes, bytes]:
    """The struct DaPiece."""
    return (piece.row, piece.piece, bytes(piece.data), piece.path)


def header_values(header: Header) -> tuple[int, int, int, int]:
    """The struct DaHeader."""
    return (header.k, header.n, header.row_size, header.length)
