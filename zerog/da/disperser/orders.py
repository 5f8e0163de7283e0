"""Sign requests as bytes: what protobuf would make of `to_sign_request`, with one copy of the rows.

The message classes copy every row three times before it is sent, and a blob has 93 MiB of them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from zerog.da.encoding import Encoded
from zerog.da.proto.signer_pb2 import BatchSignRequest, SignRequest
from zerog.da.wire import erasure_commitment

_INDEX: Final = struct.Struct("<I")
_BYTES: Final = 2
"""The wire type of what is preceded by its length."""


def sign_request(
    encoded: Encoded, data_root: bytes, epoch: int, quorum_id: int, rows: Sequence[int]
) -> bytes:
    """A BatchSignRequest of one blob, with the rows of one signer, ascending."""
    commitment = encoded.commitment
    head = SignRequest(
        epoch=epoch,
        quorum_id=quorum_id,
        erasure_commitment=erasure_commitment(commitment),
        storage_root=data_root,
        header=commitment.header.encode(),
        combinations=encoded.values,
    ).SerializeToString()
    parts = [head]
    path_bytes = len(encoded.row_proof(0).path)
    size = _INDEX.size + path_bytes + commitment.header.row_size
    slice_head = _key(SignRequest.ENCODED_SLICE_FIELD_NUMBER) + _varint(size)
    for index in rows:
        row = encoded.row_proof(index)
        parts += [slice_head, _INDEX.pack(index), row.path, row.data]  # type: ignore[list-item]
    length = len(head) + len(rows) * (len(slice_head) + size)
    start = _key(BatchSignRequest.REQUESTS_FIELD_NUMBER) + _varint(length)
    return b"".join([start, *parts])


def _key(field: int) -> bytes:
    return _varint(field << 3 | _BYTES)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])
