"""Whether a row or a piece belongs to a commitment, and what a signer checks before it signs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zerog.da import leopard, tree
from zerog.da.commitment import Commitment, coefficients, rlc_root, split
from zerog.da.encoding import ProvenPiece, ProvenRow
from zerog.da.errors import (
    BadEncoding,
    BadHeader,
    ForgedCombinations,
    NoSuchPiece,
    NoSuchRow,
    RepeatedRow,
    TamperedPiece,
    TamperedRow,
    WrongCombination,
    WrongRows,
)
from zerog.da.kernel import kernel
from zerog.da.params import FULL, HASH, PIECE, SYMBOL, SYMBOLS, Profile


def check_row(commitment: Commitment, row: ProvenRow) -> None:
    """As `check_rows`, for one."""
    check_rows(commitment, [row])


def check_rows(commitment: Commitment, rows: Sequence[ProvenRow]) -> dict[int, bytes]:
    """Whether each row proves to the row root at its index; their nodes, by index.

    Raises NoSuchRow, TamperedRow; BadEncoding when a row of another length than the header's does
    prove to the root: then the commitment itself is wrong.
    """
    header = commitment.header
    count, path_bytes = header.rows, header.row_depth * HASH
    for row in rows:
        if not 0 <= row.index < count:
            raise NoSuchRow(row.index, count)
        if len(row.path) != path_bytes:
            raise TamperedRow(row.index)
    due = [row for row in rows if memoryview(row.data).nbytes == header.row_size]
    nodes = _prove(commitment, due, header.pieces) if due else {}
    for row in rows:
        if row.index not in nodes and (length := memoryview(row.data).nbytes):
            _prove(commitment, [row], -(-length // PIECE))
            raise BadEncoding(commitment.row_root, f"row {row.index} has {length} bytes")
        if row.index not in nodes:
            raise TamperedRow(row.index)
    return nodes


def _prove(commitment: Commitment, rows: Sequence[ProvenRow], pieces: int) -> dict[int, bytes]:
    """Nodes of some equally long rows, which all prove to the row root; raises TamperedRow."""
    nodes = tree.row_nodes([row.data for row in rows], pieces)
    paths = b"".join([row.path for row in rows])
    indices = [row.index for row in rows]
    roots = kernel().climb(nodes, indices, paths, commitment.header.row_depth)
    for index, root in zip(indices, split(roots, HASH), strict=True):
        if root != commitment.row_root:
            raise TamperedRow(index)
    return {i: bytes(node) for i, node in zip(indices, split(nodes, HASH), strict=True)}


def check_piece(commitment: Commitment, piece: ProvenPiece) -> None:
    """Whether a piece proves to the row root at its place; raises NoSuchRow, NoSuchPiece,
    TamperedPiece (also when its length is not the header's)."""
    header = commitment.header
    if not 0 <= piece.row < header.rows:
        raise NoSuchRow(piece.row, header.rows)
    if not 0 <= piece.piece < header.pieces:
        raise NoSuchPiece(piece.row, piece.piece, header.pieces)
    depth = header.piece_depth + header.row_depth
    due = header.piece_length(piece.piece)
    if len(piece.path) != depth * HASH or memoryview(piece.data).nbytes != due:
        raise TamperedPiece(piece.row, piece.piece)
    leaf = tree.row_nodes([piece.data], 1)
    position = piece.row << header.piece_depth | piece.piece
    if kernel().climb(leaf, [position], piece.path, depth) != commitment.row_root:
        raise TamperedPiece(piece.row, piece.piece)


class Inspection:
    """A signer's view of one blob: made once, then used for the signer's rows.

    It filters garbage out before it gets a certificate; that readers agree does not rest on it.
    """

    def __init__(self, commitment: Commitment, values: bytes, profile: Profile = FULL) -> None:
        """values: the combinations of all data rows. Raises BadHeader, ForgedCombinations."""
        header = commitment.header
        if reason := header.contradiction(profile):
            raise BadHeader(reason)
        size = profile.value_bytes
        found = rlc_root(values, size) if len(values) == header.k * size else b""
        if found != commitment.rlc_root:
            raise ForgedCombinations(commitment.rlc_root, found)
        self._commitment = commitment
        self._limbs, self._size = profile.limbs, size
        self._factors = coefficients(header, commitment.row_root, profile.limbs)
        self._values = [bytes(value) for value in split(values, size)]
        self._packed = leopard.parity([_pack(value) for value in self._values], header.n)

    def check(self, rows: Sequence[ProvenRow], assigned: Collection[int]) -> None:
        """Whether the signer may sign: these are exactly its rows, and each one is right.

        assigned: the indices that one bit of the aggregate stands for. Raises RepeatedRow,
        WrongRows, NoSuchRow, TamperedRow, BadEncoding, WrongCombination.
        """
        seen: set[int] = set()
        for row in rows:
            if row.index in seen:
                raise RepeatedRow(row.index)
            seen.add(row.index)
        if seen != (own := frozenset(assigned)):
            raise WrongRows(own - seen, frozenset(seen - own))
        check_rows(self._commitment, rows)
        if misfits := self.misfits(rows):
            raise WrongCombination(misfits[0])

    def misfits(self, rows: Sequence[ProvenRow]) -> list[int]:
        """Indices of the rows, of the header's length, that do not fit the combinations."""
        if not rows:
            return []
        combined = kernel().combine([row.data for row in rows], self._factors, self._limbs)
        found = split(combined, self._size)
        return [r.index for r, v in zip(rows, found, strict=True) if v != self.expected(r.index)]

    def expected(self, index: int) -> bytes:
        """The combination that a row must have: that of a parity row is in the extension of the
        others', because the code commutes with combining."""
        if index < len(self._values):
            return self._values[index]
        return _unpack(self._packed[index - len(self._values)], self._size)


def _pack(value: bytes) -> bytes:
    """The limbs of a value as the first symbols of a row."""
    low, high = value[0::2], value[1::2]
    if len(low) <= SYMBOLS:
        return low.ljust(SYMBOLS, b"\0") + high.ljust(SYMBOLS, b"\0")
    step = SYMBOLS * SYMBOL
    return b"".join([_pack(value[at : at + step]) for at in range(0, len(value), step)])


def _unpack(row: bytes, size: int) -> bytes:
    """The value whose limbs a row holds; what `_pack` made of it."""
    value = bytearray(len(row))
    for at in range(0, len(row), 2 * SYMBOLS):
        value[at : at + 2 * SYMBOLS : 2] = row[at : at + SYMBOLS]
        value[at + 1 : at + 2 * SYMBOLS : 2] = row[at + SYMBOLS : at + 2 * SYMBOLS]
    return bytes(value[:size])
