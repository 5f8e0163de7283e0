"""Shapes of the DA code: how many rows, how long, and the header that says so.

Numbers of 0G's encoder (0glabs/0g-da-encoder: crates/encoder/src/constants.rs): 1,024 data rows,
3,072 in all, at most 32,505,852 bytes. A network has one profile; small ones serve tests.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from zerog.da.errors import BadBlobSize, BadProfile

HASH: Final = 32
CHUNK: Final = 64
"""A row is a list of chunks: 32 low bytes, then 32 high bytes, of 32 symbols."""
SYMBOLS: Final = 32
"""Symbols of a chunk."""
SYMBOL: Final = 2
PIECE: Final = 1024
"""Bytes of a leaf of a row's tree; the last may be shorter."""
MAX_BLOB_BYTES: Final = 32_505_852
LIMBS: Final = 8
"""Coefficients that one hash gives to each symbol position."""
_HEADER: Final = struct.Struct("<4I")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a network fixes: k data rows, n parity rows, limbs of each combination.

    `limbs` is a multiple of 8. Raises BadProfile for what the code does not do.
    """

    k: int
    n: int
    limbs: int = LIMBS

    def __post_init__(self) -> None:
        fits = 1 <= self.k <= 32768 and 1 <= self.n <= 32768 and 8 <= self.limbs <= 512
        if not fits or self.limbs % LIMBS:
            raise BadProfile(self.k, self.n, self.limbs)

    @property
    def rows(self) -> int:
        """Data and parity rows."""
        return self.k + self.n

    @property
    def max_length(self) -> int:
        """Bytes of the largest blob: 0G's maximum; in other profiles, rows of 31 pieces."""
        return MAX_BLOB_BYTES if self.k == FULL_K else self.k * 31 * PIECE

    @property
    def value_bytes(self) -> int:
        """Bytes of one row's combination."""
        return self.limbs * SYMBOL


FULL_K: Final = 1024
FULL: Final = Profile(FULL_K, 2048)
"""The profile of 0G: any 1,024 of 3,072 rows give the blob."""


def row_size(length: int, k: int) -> int:
    """The least multiple of 64 with k * size >= length."""
    return -(-length // (k * CHUNK)) * CHUNK


@dataclass(frozen=True, slots=True)
class Header:
    """What every row, request and challenge carries; the data root binds it.

    It may come from anywhere, and so may be wrong: see `contradiction`.
    """

    k: int
    n: int
    row_size: int
    length: int

    @classmethod
    def of(cls, length: int, profile: Profile = FULL) -> Header:
        """The header of a blob of `length` bytes; raises BadBlobSize."""
        if not 1 <= length <= profile.max_length:
            raise BadBlobSize(length, profile.max_length)
        return cls(profile.k, profile.n, row_size(length, profile.k), length)

    @property
    def rows(self) -> int:
        """Data and parity rows."""
        return self.k + self.n

    @property
    def symbols(self) -> int:
        """Symbol positions of a row."""
        return self.row_size // SYMBOL

    @property
    def pieces(self) -> int:
        """Leaves of a row's tree."""
        return -(-self.row_size // PIECE)

    @property
    def row_depth(self) -> int:
        """Levels above the row nodes."""
        return (self.rows - 1).bit_length()

    @property
    def piece_depth(self) -> int:
        """Levels of a row's own tree."""
        return (self.pieces - 1).bit_length()

    def piece_length(self, piece: int) -> int:
        """Bytes of a piece: 1,024, the last one what is left."""
        return min(PIECE, self.row_size - piece * PIECE)

    def encode(self) -> bytes:
        """16 bytes: LE32 of k, n, row size, length."""
        return _HEADER.pack(self.k, self.n, self.row_size, self.length)

    def contradiction(self, profile: Profile) -> str | None:
        """Why no blob of this network has this header; None when it is right."""
        if (self.k, self.n) != (profile.k, profile.n):
            return f"{self.k} + {self.n} rows, not {profile.k} + {profile.n}"
        if not 1 <= self.length <= profile.max_length:
            return f"{self.length} bytes, of at most {profile.max_length}"
        if self.row_size != (due := row_size(self.length, self.k)):
            return f"rows of {self.row_size} bytes, not {due}"
        return None
