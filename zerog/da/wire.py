"""Slices, commitments and sign requests as they travel, and the codec's objects that they mean.

A slice is LE32(index) ‖ path ‖ row: the path has 32 bytes for each level above the row nodes,
the row is the rest. A commitment is header(16) ‖ row root(32) ‖ rlc root(32). Nothing here says
that bytes are true: `zerog.da.checking` and `zerog.da.reading` do. docs/da-wire.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from zerog.da.commitment import Commitment
from zerog.da.encoding import ProvenRow
from zerog.da.errors import BadHeader
from zerog.da.params import FULL, HASH, Header, Profile
from zerog.da.proto import encoder_pb2, signer_pb2
from zerog.errors import Refused
from zerog.types import Buffer

HEADER_BYTES: Final = 16
ROOTS_BYTES: Final = 2 * HASH
COMMITMENT_BYTES: Final = HEADER_BYTES + ROOTS_BYTES
VERSION: Final = 0
_HEADER: Final = struct.Struct("<4I")
_INDEX: Final = struct.Struct("<I")
_EMPTY: Final = sha256(b"").digest()


class BadMessage(Refused):
    """A field of a message that cannot mean anything."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


@dataclass(frozen=True, slots=True)
class SignOrder:
    """One blob for one signer. values: the combinations of all data rows, joined."""

    epoch: int
    quorum_id: int
    data_root: bytes
    commitment: Commitment
    values: bytes
    rows: Sequence[ProvenRow]


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Rows of one blob that somebody wants: indices ascending, each once."""

    epoch: int
    quorum_id: int
    data_root: bytes
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowsGiven:
    """Rows of one blob that a signer gives, and the commitment that they are said to belong to."""

    commitment: Commitment
    rows: Sequence[ProvenRow]


def path_bytes(profile: Profile) -> int:
    """Bytes of a row's path."""
    return (profile.rows - 1).bit_length() * HASH


def encode_slice(row: ProvenRow) -> bytes:
    """A row with its path."""
    return b"".join((_INDEX.pack(row.index), row.path, row.data))


def decode_slice(encoded: Buffer, profile: Profile = FULL) -> ProvenRow:
    """What `encode_slice` gave; the row is a view. Raises BadMessage.

    The row may have any length but none: one of a wrong length that proves to the root is
    evidence against whoever made the commitment.
    """
    view = memoryview(encoded).cast("B")
    start = _INDEX.size + path_bytes(profile)
    if len(view) <= start:
        raise BadMessage("encoded_slice", f"{len(view)} bytes, a path alone has {start}")
    (index,) = _INDEX.unpack_from(view)
    if index >= profile.rows:
        raise BadMessage("encoded_slice", f"row {index} of {profile.rows}")
    return ProvenRow(index, view[start:], bytes(view[_INDEX.size : start]))


def decode_slices(encoded: Iterable[Buffer], profile: Profile = FULL) -> list[ProvenRow]:
    """Rows in ascending order, each once; raises BadMessage."""
    rows: list[ProvenRow] = []
    for part in encoded:
        row = decode_slice(part, profile)
        if rows and row.index <= rows[-1].index:
            raise BadMessage("encoded_slice", f"row {row.index} comes after {rows[-1].index}")
        rows.append(row)
    return rows


def encode_commitment(commitment: Commitment) -> bytes:
    """80 bytes."""
    return commitment.header.encode() + erasure_commitment(commitment)


def decode_commitment(encoded: bytes) -> Commitment:
    """What `encode_commitment` gave; the header may be any. Raises BadMessage."""
    if len(encoded) != COMMITMENT_BYTES:
        raise BadMessage("commitment", f"{len(encoded)} bytes, not {COMMITMENT_BYTES}")
    return _commitment(encoded[:HEADER_BYTES], encoded[HEADER_BYTES:])


def erasure_commitment(commitment: Commitment) -> bytes:
    """The 64 bytes of the published field: row root, rlc root; the words of the contract's too."""
    return commitment.row_root + commitment.rlc_root


def _commitment(header: bytes, roots: bytes) -> Commitment:
    if len(header) != HEADER_BYTES:
        raise BadMessage("header", f"{len(header)} bytes, not {HEADER_BYTES}")
    if len(roots) != ROOTS_BYTES:
        raise BadMessage("erasure_commitment", f"{len(roots)} bytes, not {ROOTS_BYTES}")
    return Commitment(Header(*_HEADER.unpack(header)), roots[:HASH], roots[HASH:])


def data_root(encoded: bytes) -> bytes:
    """The same bytes if they can be a data root; raises BadMessage."""
    if len(encoded) != HASH:
        raise BadMessage("storage_root", f"{len(encoded)} bytes, not {HASH}")
    return encoded


def to_sign_request(order: SignOrder) -> signer_pb2.SignRequest:
    """The message that carries an order."""
    return signer_pb2.SignRequest(
        epoch=order.epoch,
        quorum_id=order.quorum_id,
        erasure_commitment=erasure_commitment(order.commitment),
        storage_root=order.data_root,
        encoded_slice=[encode_slice(row) for row in order.rows],
        header=order.commitment.header.encode(),
        combinations=order.values,
    )


def from_sign_request(request: signer_pb2.SignRequest, profile: Profile = FULL) -> SignOrder:
    """What a message asks a signer to sign, none of it verified but its shape.

    Raises BadMessage, BadHeader.
    """
    commitment = _commitment(request.header, request.erasure_commitment)
    if reason := commitment.header.contradiction(profile):
        raise BadHeader(reason)
    if len(request.encoded_slice) > profile.rows:
        raise BadMessage("encoded_slice", f"{len(request.encoded_slice)} rows")
    if len(request.combinations) != (due := profile.k * profile.value_bytes):
        raise BadMessage("combinations", f"{len(request.combinations)} bytes, not {due}")
    return SignOrder(
        request.epoch,
        request.quorum_id,
        data_root(request.storage_root),
        commitment,
        request.combinations,
        decode_slices(request.encoded_slice, profile),
    )


def to_retrieve_request(asked: RowsAsked) -> signer_pb2.RetrieveRequest:
    """The message that asks for rows."""
    return signer_pb2.RetrieveRequest(
        epoch=asked.epoch,
        quorum_id=asked.quorum_id,
        storage_root=asked.data_root,
        row_indexes=asked.indices,
    )


def from_retrieve_request(
    request: signer_pb2.RetrieveRequest, profile: Profile = FULL
) -> RowsAsked:
    """Which rows are asked for, sorted, each once; raises BadMessage."""
    indices = tuple(sorted(set(request.row_indexes)))
    if indices and indices[-1] >= profile.rows:
        raise BadMessage("row_indexes", f"row {indices[-1]} of {profile.rows}")
    root = data_root(request.storage_root)
    return RowsAsked(request.epoch, request.quorum_id, root, indices)


def to_slices(given: RowsGiven) -> signer_pb2.Slices:
    """The message that carries rows to a reader."""
    return signer_pb2.Slices(
        encoded_slice=[encode_slice(row) for row in given.rows],
        commitment=encode_commitment(given.commitment),
    )


def from_slices(
    slices: signer_pb2.Slices, asked: RowsAsked, chain_id: int, entrance: bytes, profile: Profile
) -> RowsGiven:
    """Rows that a signer gave, of the blob and among the indices that were asked for.

    The commitment is verified against the data root, the rows are not. entrance: 20 bytes.
    Raises BadMessage, WrongDataRoot.
    """
    commitment = decode_commitment(slices.commitment)
    commitment.require(asked.data_root, chain_id, entrance)
    rows = decode_slices(slices.encoded_slice, profile)
    if surplus := {row.index for row in rows}.difference(asked.indices):
        raise BadMessage("encoded_slice", f"row {min(surplus)} was not asked for")
    return RowsGiven(commitment, rows)


def encode_reply(
    commitment: Commitment,
    values: bytes,
    rows: Iterable[ProvenRow],
    root: bytes,
    data: bytes = b"",
) -> encoder_pb2.EncodeBlobReply:
    """An encoder's answer. root: the data root; data: all rows joined, if they were asked for."""
    return encoder_pb2.EncodeBlobReply(
        version=VERSION,
        erasure_commitment=erasure_commitment(commitment),
        storage_root=root,
        encoded_data=data,
        encoded_slice=[encode_slice(row) for row in rows],
        header=commitment.header.encode(),
        combinations=values,
    )


def request_id(digest: bytes, time_ns: int) -> str:
    """What a client asks for its blob with: the form of 0glabs/0g-da-client: disperser/server.go.

    digest: SHA-256 of the blob. Unique only if no two blobs of one digest have one time.
    """
    stamp = f"{time_ns}/".encode() + _EMPTY
    return f"{digest.hex()}-{stamp.hex()}"


def parse_request_id(encoded: bytes) -> str:
    """The text of an id that `request_id` can have made; raises BadMessage."""
    if not encoded:
        raise BadMessage("request_id", "must not be empty")
    digest, dash, stamp = encoded.partition(b"-")
    fits = len(digest) == 2 * HASH and dash and len(stamp) <= 128
    if not fits or not all(part.isalnum() for part in (digest, stamp)):
        raise BadMessage("request_id", "no id of a request")
    return encoded.decode("ascii")
