"""From a blob to its rows, its commitment, and proofs of any row or piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zerog.da import leopard, tree
from zerog.da.commitment import Commitment, coefficients, rlc_root
from zerog.da.errors import NoSuchPiece, NoSuchRow
from zerog.da.kernel import kernel
from zerog.da.params import FULL, HASH, PIECE, Header, Profile
from zerog.types import Buffer


@dataclass(frozen=True, slots=True)
class ProvenRow:
    """A row as it travels. `path`: siblings of its node from below, 32 bytes each, joined."""

    index: int
    data: Buffer
    path: bytes


@dataclass(frozen=True, slots=True)
class ProvenPiece:
    """A piece of a row as it travels. `path`: from its leaf through the row's node to the root."""

    row: int
    piece: int
    data: Buffer
    path: bytes


@dataclass(frozen=True, slots=True)
class Encoded:
    """A blob in rows. The data rows are views of the caller's bytes, which must not change.

    values: the combinations of the data rows, joined. leaves: of every piece, the rows'
    power-of-two shares side by side.
    """

    commitment: Commitment
    rows: Sequence[memoryview]
    values: bytes
    leaves: bytes | bytearray
    levels: Sequence[bytes]

    def row_proof(self, index: int) -> ProvenRow:
        """A row with its path; raises NoSuchRow."""
        self._require(index)
        return ProvenRow(index, self.rows[index], tree.path(self.levels, index))

    def piece_proof(self, index: int, piece: int) -> ProvenPiece:
        """A piece of at most 1 KiB with its path; raises NoSuchRow, NoSuchPiece."""
        self._require(index)
        header = self.commitment.header
        if not 0 <= piece < header.pieces:
            raise NoSuchPiece(index, piece, header.pieces)
        share = HASH << header.piece_depth
        own = tree.levels(memoryview(self.leaves)[index * share : (index + 1) * share])
        path = tree.path(own, piece) + tree.path(self.levels, index)
        data = self.rows[index][piece * PIECE : (piece + 1) * PIECE]
        return ProvenPiece(index, piece, data, path)

    def _require(self, index: int) -> None:
        if not 0 <= index < len(self.rows):
            raise NoSuchRow(index, len(self.rows))


def encode(
    data: Buffer, profile: Profile = FULL, room: bytearray | memoryview | None = None
) -> Encoded:
    """Rows and commitment of a blob; raises BadBlobSize.

    Takes the parity rows, 32 bytes for each piece and a few MiB of memory besides the data itself.
    room: where the parity rows go, made larger if need be; who encodes one blob after another
    gives the same again once the last one's rows are gone, and saves the system's fresh pages. A
    view, of a mapped file for instance, has to be large enough.
    """
    view = memoryview(data).cast("B").toreadonly()
    header = Header.of(len(view), profile)
    rows = data_rows(view, header)
    parity, leaves = _extend(rows, header, room)
    levels = tree.levels(tree.fold(leaves, header.piece_depth))
    factors = coefficients(header, levels[-1], profile.limbs)
    values = kernel().combine(rows, factors, profile.limbs)
    size = header.row_size
    rows += [parity[at : at + size] for at in range(0, len(parity), size)]
    commitment = Commitment(header, levels[-1], rlc_root(values, profile.value_bytes))
    return Encoded(commitment, rows, values, leaves, levels)


def data_rows(view: memoryview, header: Header) -> list[memoryview]:
    """Views of the data; only the row in which it ends is copied, and one row of zeros shared."""
    size = header.row_size
    whole, rest = divmod(len(view), size)
    rows = [view[index * size : (index + 1) * size] for index in range(whole)]
    if rest:
        rows.append(memoryview(bytes(view[whole * size :]).ljust(size, b"\0")))
    zeros = memoryview(bytes(size))
    return rows + [zeros] * (header.k - len(rows))


def _extend(
    rows: Sequence[memoryview], header: Header, room: bytearray | memoryview | None
) -> tuple[memoryview, bytearray]:
    """Parity rows, joined, and the leaves of all rows: a stripe is hashed while it is at hand."""
    size = header.row_size
    due = header.n * size
    if room is None:
        room = bytearray(due)
    elif due > len(room) and isinstance(room, bytearray):
        room.extend(bytes(due - len(room)))
    parity = memoryview(room)[:due]
    leaves = bytearray(header.rows * HASH << header.piece_depth)
    for columns in leopard.stripes(size):
        data = kernel().cut(rows, columns)
        extension = leopard.parity(data, header.n)
        first = columns.start // PIECE
        kernel().leaves_into([*data, *extension], leaves, first, 1 << header.piece_depth)
        kernel().scatter(extension, parity, columns.start, size)
    return parity.toreadonly(), leaves
