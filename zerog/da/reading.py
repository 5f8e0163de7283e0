"""From rows back to the blob: verify, decode, encode again, compare; else there is no data.

The rule that makes all readers agree is that of AVID-M (DispersedLedger, NSDI 2022): a row root
commits to every row, so if the rows are no code word, no choice of rows gives one that hashes to
the same root, and if they are, every choice gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from zerog.da import leopard, tree
from zerog.da.checking import check_rows
from zerog.da.commitment import Commitment, split
from zerog.da.encoding import ProvenRow
from zerog.da.errors import BadEncoding, NotEnoughRows
from zerog.da.kernel import kernel
from zerog.da.params import FULL, HASH, PIECE, Profile


class Reader:
    """Collects rows of one blob until there are enough; keeps the blob's size of them."""

    def __init__(self, commitment: Commitment, profile: Profile = FULL) -> None:
        """Raises BadEncoding when the header, which the data root binds, contradicts itself."""
        if reason := commitment.header.contradiction(profile):
            raise BadEncoding(commitment.row_root, reason)
        self._commitment = commitment
        self._rows: dict[int, bytes] = {}
        self._nodes: dict[int, bytes] = {}

    @property
    def missing(self) -> int:
        """How many rows are still needed."""
        return self._commitment.header.k - len(self._rows)

    def add(self, row: ProvenRow) -> int:
        """As `add_all`, for one."""
        return self.add_all([row])

    def add_all(self, rows: Iterable[ProvenRow]) -> int:
        """Verify rows and keep those that are new; how many are still needed.

        What is not needed any more is not looked at. Raises NoSuchRow, TamperedRow, and then keeps
        none of them; BadEncoding when a row of a wrong length proves to the root.
        """
        fresh: dict[int, ProvenRow] = {}
        for row in rows:
            if len(fresh) < self.missing and row.index not in self._rows:
                fresh.setdefault(row.index, row)
        self._nodes |= check_rows(self._commitment, list(fresh.values()))
        for index, row in fresh.items():
            self._rows[index] = row.data if isinstance(row.data, bytes) else bytes(row.data)
        return self.missing

    def decode(self) -> memoryview:
        """The blob; raises NotEnoughRows, and BadEncoding, the same for every choice of rows."""
        header = self._commitment.header
        if self.missing:
            raise NotEnoughRows(len(self._rows), header.k)
        blob = memoryview(bytearray(header.k * header.row_size))
        nodes = self._decode_into(blob)
        if tree.levels(nodes)[-1] != self._commitment.row_root:
            raise BadEncoding(self._commitment.row_root, "its rows are no code word")
        tail = bytes(blob[header.length :])
        if tail.count(0) != len(tail):
            raise BadEncoding(self._commitment.row_root, "its padding is not zero")
        return blob[: header.length].toreadonly()

    def _decode_into(self, blob: memoryview) -> bytes:
        """Fill in the data rows; the nodes of all rows, encoded again.

        The rows at hand have been hashed, and exactly k of them come out of encoding again as
        they went in: only the others are hashed here.
        """
        header, size = self._commitment.header, self._commitment.header.row_size
        absent = [index for index in range(header.rows) if index not in self._rows]
        leaves = bytearray(len(absent) * HASH << header.piece_depth)
        for columns in leopard.stripes(size):
            parts = kernel().cut(list(self._rows.values()), columns)
            found = dict(zip(self._rows, parts, strict=True))
            data = leopard.recover(header.k, header.n, found)
            kernel().scatter(data, blob, columns.start, size)
            rows = [*data, *leopard.parity(data, header.n)]
            first, places = columns.start // PIECE, 1 << header.piece_depth
            kernel().leaves_into([rows[index] for index in absent], leaves, first, places)
        others = iter(split(tree.fold(leaves, header.piece_depth), HASH))
        return b"".join([self._nodes.get(i) or next(others) for i in range(header.rows)])
