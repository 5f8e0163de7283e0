"""The DA code in one import: encode, commit, prove, check, decode. Pure: bytes in, bytes out.

docs/da-code.md says what it promises and what that rests on.
"""

from __future__ import annotations

from zerog.da.checking import Inspection, check_piece, check_row, check_rows
from zerog.da.commitment import Commitment, coefficients, rlc_root
from zerog.da.encoding import Encoded, ProvenPiece, ProvenRow, encode
from zerog.da.kernel import backend, keep_heap
from zerog.da.params import FULL, MAX_BLOB_BYTES, Header, Profile
from zerog.da.reading import Reader

__all__ = [
    "FULL",
    "MAX_BLOB_BYTES",
    "Commitment",
    "Encoded",
    "Header",
    "Inspection",
    "Profile",
    "ProvenPiece",
    "ProvenRow",
    "Reader",
    "backend",
    "check_piece",
    "check_row",
    "check_rows",
    "coefficients",
    "encode",
    "keep_heap",
    "rlc_root",
]
