"""Digests of transfer proofs as the clients of the three published generations sign them.

Twin of contracts/libraries/LegacyProof.sol, with the same guards. The signed text is the 66
characters "0x" and an inner hash in hex, as personal_sign takes it (EIP-191). The inner hash of
the Final ERC-7857 and of 0g-agent-nft is packed without lengths, so that only lengths are taken
for which every text has one reading. These digests bind neither token id nor operation, and but
for 0g-agentic-id neither chain nor contract; a nonce that was used is good never again.

Sources: ERC-7857; 0gfoundation/0g-agent-nft and 0gfoundation/0g-agentic-id: verifiers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from eth_abi.abi import encode

from zerog.crypto.keccak import keccak256
from zerog.errors import Refused
from zerog.inft.proofs import Statement

NONCE_BYTES: Final = 32
KEY_BYTES: Final = 64
SEAL_LENGTHS: Final = frozenset({129, 323, 387})
"""Plain ECIES and both envelopes. No two differ by 32, as the texts of two generations do."""


class Generation(IntEnum):
    """Whose structs and digests; numbers as in IDataVerifier.Generation."""

    FINAL = 0
    AGENT_NFT = 1
    AGENTIC_ID = 2


class LegacyLength(Refused):
    """A field of a legacy proof has a length with which its text could be read in two ways."""

    def __init__(self, field: str, length: int) -> None:
        self.field, self.length = field, length
        super().__init__(
            f"{field} of a legacy proof has {length} bytes", "use the EIP-712 form instead"
        )


def access_digest(
    generation: Generation, statement: Statement, wanted_key: bytes, nonce: bytes, deadline: int = 0
) -> bytes:
    """32 bytes that the receiver signs; raises LegacyLength.

    wanted_key: 64 bytes, or empty; nonce: 32 bytes; deadline: unix seconds, AGENTIC_ID only.
    """
    _check("the wanted key", wanted_key, {0, KEY_BYTES})
    _check("the nonce", nonce, {NONCE_BYTES})
    return text_digest(inner_hash(generation, statement, [wanted_key, nonce], deadline))


def ownership_digest(
    generation: Generation,
    statement: Statement,
    sealed_key: bytes,
    target_key: bytes,
    nonce: bytes,
    deadline: int = 0,
) -> bytes:
    """32 bytes that the oracle signs; raises LegacyLength."""
    _check("the target key", target_key, {KEY_BYTES})
    _check("the sealed key", sealed_key, SEAL_LENGTHS)
    _check("the nonce", nonce, {NONCE_BYTES})
    fields = [sealed_key, target_key, nonce]
    return text_digest(inner_hash(generation, statement, fields, deadline))


def inner_hash(
    generation: Generation, statement: Statement, fields: list[bytes], deadline: int = 0
) -> bytes:
    """32 bytes whose hex text is signed; fields: those behind the hashes, nonce last."""
    data_hash = statement.old_data_hash
    if generation is Generation.FINAL:
        return keccak256(data_hash + statement.new_data_hash + b"".join(fields))
    if generation is Generation.AGENT_NFT:
        return keccak256(data_hash + b"".join(fields))
    kinds = ["uint256", "address", "bytes32", *("bytes" for _ in fields), "uint256"]
    values = [statement.chain_id, statement.token, data_hash, *fields, deadline]
    return keccak256(encode(kinds, values))


def text_digest(inner: bytes) -> bytes:
    """EIP-191 digest of an inner hash as text: what a wallet's personal_sign signs."""
    return keccak256(b"\x19Ethereum Signed Message:\n66" + b"0x" + inner.hex().encode())


def _check(field: str, value: bytes, allowed: set[int] | frozenset[int]) -> None:
    if len(value) not in allowed:
        raise LegacyLength(field, len(value))
