"""What a rollup writes down of a batch (pure).

Two of the kinds of the OP Stack (ethereum-optimism/specs: specs/experimental/alt-da.md): the type
byte, then keccak256 of the batch for type 0, or for type 1 a byte of the DA layer and what that
layer says. 0G's is 0x47, epoch and quorum as little-endian u64, data root
(0glabs/0g-da-op-plasma: cmd/daserver/zg.go).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, TypeAlias

from zerog.crypto.keccak import keccak256
from zerog.errors import UsageError
from zerog.types import Buffer

KECCAK: Final = 0
GENERIC: Final = 1
LAYER: Final = 0x47
"""0G's byte."""
_GENERIC: Final = struct.Struct("<BBQQ32s")
_KECCAK_BYTES: Final = 33


class BadCommitment(UsageError):
    """Bytes that are no commitment of ours."""

    def __init__(self, text: str, reason: str) -> None:
        self.text, self.reason = text, reason
        super().__init__(f"no commitment: {reason}")


@dataclass(frozen=True, slots=True)
class Generic:
    """Where a blob is."""

    epoch: int
    quorum_id: int
    data_root: bytes

    def encode(self) -> bytes:
        """50 bytes."""
        return _GENERIC.pack(GENERIC, LAYER, self.epoch, self.quorum_id, self.data_root)


@dataclass(frozen=True, slots=True)
class Keccak:
    """What a batch hashes to; where it is, only the server knows that took it."""

    digest: bytes

    @classmethod
    def of(cls, data: Buffer) -> Keccak:
        """The commitment of a batch."""
        return cls(keccak256(data))

    def encode(self) -> bytes:
        """33 bytes."""
        return bytes([KECCAK]) + self.digest


Commitment: TypeAlias = Generic | Keccak


def decode(encoded: bytes) -> Commitment:
    """What `encode` gave; raises BadCommitment."""
    if len(encoded) == _KECCAK_BYTES and encoded[0] == KECCAK:
        return Keccak(encoded[1:])
    if encoded[:1] != bytes([GENERIC]):
        raise BadCommitment(encoded.hex(), f"type {encoded[:1].hex() or 'none'}")
    if encoded[1:2] != bytes([LAYER]):
        raise BadCommitment(encoded.hex(), f"DA layer {encoded[1:2].hex() or 'none'}, not 47")
    if len(encoded) != _GENERIC.size:
        raise BadCommitment(encoded.hex(), f"{len(encoded)} bytes, not {_GENERIC.size}")
    _, _, epoch, quorum_id, data_root = _GENERIC.unpack(encoded)
    return Generic(epoch, quorum_id, data_root)


def parse(text: str) -> Commitment:
    """As it stands in a path: 0x and hex. Raises BadCommitment."""
    digits = text.removeprefix("0x")
    if digits == text or not digits.isascii() or not digits.isalnum():
        raise BadCommitment(text[:110], "0x and hex expected")
    try:
        return decode(bytes.fromhex(digits))
    except ValueError:
        raise BadCommitment(text[:110], "0x and hex expected") from None
