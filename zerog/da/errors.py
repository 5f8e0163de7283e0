"""What can be wrong with a blob, a row or a commitment, each by name."""

from __future__ import annotations

from zerog.errors import NotFound, Refused, Tampered, UsageError


class BadBlobSize(UsageError):
    """A blob is empty or above the maximum."""

    def __init__(self, length: int, maximum: int) -> None:
        self.length, self.maximum = length, maximum
        super().__init__(f"a blob of {length} bytes", f"it takes 1 to {maximum}")


class BadProfile(UsageError):
    """Numbers of rows or limbs with which the code does not work."""

    def __init__(self, k: int, n: int, limbs: int) -> None:
        self.k, self.n, self.limbs = k, n, limbs
        super().__init__(f"no code has {k} data rows, {n} parity rows and {limbs} limbs")


class BadHeader(Refused):
    """A header contradicts itself or the network's profile; nobody signs it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the blob's header is wrong: {reason}")


class WrongDataRoot(Tampered):
    """Header and roots do not give the data root, on this chain and for this contract."""

    def __init__(self, expected: bytes, found: bytes) -> None:
        self.expected, self.found = expected, found
        super().__init__(
            f"the commitment gives the data root 0x{found.hex()}, not 0x{expected.hex()}"
        )


class NoSuchRow(Refused):
    """An index that the code has not."""

    def __init__(self, index: int, rows: int) -> None:
        self.index, self.rows = index, rows
        super().__init__(f"there is no row {index}: the blob has {rows}")


class NoSuchPiece(Refused):
    """A piece that the rows have not."""

    def __init__(self, row: int, piece: int, pieces: int) -> None:
        self.row, self.piece, self.pieces = row, piece, pieces
        super().__init__(f"row {row} has no piece {piece}: there are {pieces}")


class TamperedRow(Tampered):
    """A row does not prove to the row root: another blob's, changed, or with a wrong path."""

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(f"row {index} does not prove to the row root", "ask another signer")


class TamperedPiece(Tampered):
    """A piece does not prove to the row root."""

    def __init__(self, row: int, piece: int) -> None:
        self.row, self.piece = row, piece
        super().__init__(f"piece {piece} of row {row} does not prove to the row root")


class WrongRows(Refused):
    """The rows given are not exactly those that the signer has to hold."""

    def __init__(self, missing: frozenset[int], surplus: frozenset[int]) -> None:
        self.missing, self.surplus = missing, surplus
        super().__init__(
            f"not the signer's own rows: {len(missing)} missing, {len(surplus)} not its own",
            "a signature stands for all of them: nothing is signed",
        )


class RepeatedRow(Refused):
    """One row was given twice."""

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(f"row {index} was given twice")


class ForgedCombinations(Tampered):
    """The combinations of the data rows do not hash to their root, or are too few or many."""

    def __init__(self, expected: bytes, found: bytes) -> None:
        self.expected, self.found = expected, found
        super().__init__("the combinations of the rows are not those of the commitment")


class WrongCombination(Tampered):
    """A row is no part of the code word that the combinations stand for."""

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(f"row {index} does not fit the combinations", "it is not signed")


class NotEnoughRows(NotFound):
    """Too few rows to decode."""

    def __init__(self, found: int, wanted: int) -> None:
        self.found, self.wanted = found, wanted
        super().__init__(f"{found} rows of the {wanted} that it takes", "ask more signers")


class BadEncoding(Tampered):
    """The blob's rows are no code word of its header: the same outcome for every reader.

    Whoever made the commitment made it wrong; no set of rows gives data.
    """

    def __init__(self, row_root: bytes, reason: str) -> None:
        self.row_root, self.reason = row_root, reason
        super().__init__(
            f"BAD_ENCODING: the blob of row root 0x{row_root.hex()} has no data: {reason}"
        )
