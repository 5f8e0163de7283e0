"""Transfer proofs: what the receiver and the oracle sign, and the tuples that the contract takes.

Python twin of contracts/libraries/ProofHash.sol and ProofNonces.sol. Structs and selectors are
those of the Final ERC-7857 (EIP-7857); the signed messages are EIP-712 and bound to one chain,
token contract, verifier, operation, token, seller and receiver. The digests that the clients of
the published generations sign are in `legacy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from zerog.crypto.eip712 import Domain, typed_digest
from zerog.crypto.keccak import keccak256
from zerog.errors import Refused
from zerog.types import Address

BARE: Final = 0
TRANSFER: Final = 1
CLONE: Final = 2
RESEAL: Final = 3
DEPOSIT: Final = 4

TEE: Final = 0
"""OracleType of the standard: a signing oracle."""
ZKP: Final = 1
"""OracleType of the standard: a zero-knowledge proof, here `sealproof` or a committee's."""

DOMAIN_NAME: Final = "0G-iNFT"
DOMAIN_VERSION: Final = "1"
NONCE_LENGTH: Final = 64
MAX_HORIZON: Final = 30 * 24 * 3600
"""Longest time in seconds from the block to a deadline that the verifier accepts."""

ACCESS_TYPE: Final = (
    "Access(uint8 op,uint256 tokenId,address from,address to,bytes32 oldDataHash,"
    "bytes32 newDataHash,bytes32 wantedKeyHash,address verifier,uint256 nonce,uint256 deadline)"
)
OWNERSHIP_TYPE: Final = (
    "Ownership(uint8 op,uint256 tokenId,address from,address to,bytes32 oldDataHash,"
    "bytes32 newDataHash,bytes32 sealedKeyHash,bytes32 targetKeyHash,address verifier,"
    "uint256 nonce,uint256 deadline)"
)


class MalformedNonce(Refused):
    """Nonce bytes of a proof are not `abi.encode(uint256 nonce, uint256 deadline)`."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        super().__init__(
            f"the proof's nonce has {len(raw)} bytes",
            f"encode nonce and deadline as two 32-byte words, {NONCE_LENGTH} bytes",
        )


class AccessProof(NamedTuple):
    """The receiver's consent, in the field order of the ABI.

    nonce: `nonce_bytes(...)`; encrypted_pub_key: the wanted key, empty for the one behind the
    receiver's address; proof: 65 bytes r, s, v.
    """

    old_data_hash: bytes
    new_data_hash: bytes
    nonce: bytes
    encrypted_pub_key: bytes
    proof: bytes


class OwnershipProof(NamedTuple):
    """The oracle's statement, in the field order of the ABI.

    sealed_key: the data key sealed to encrypted_pub_key; nonce: `nonce_bytes(...)`, empty with
    type ZKP; proof: 65 bytes r, s, v, or the proof of type ZKP.
    """

    oracle_type: int
    old_data_hash: bytes
    new_data_hash: bytes
    sealed_key: bytes
    encrypted_pub_key: bytes
    nonce: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """The act that both proofs of one item of data are bound to.

    token: contract that calls the verifier; operation: BARE, TRANSFER or CLONE; sender: owner of
    the token; hashes: 32-byte storage roots. The bare operation has token id 0 and zero parties.
    """

    chain_id: int
    token: Address
    verifier: Address
    operation: int
    token_id: int
    sender: Address
    receiver: Address
    old_data_hash: bytes
    new_data_hash: bytes

    @property
    def domain(self) -> Domain:
        """The EIP-712 domain: the token contract on its chain."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.chain_id, self.token)

    def _head(self) -> list[int | str | bytes]:
        return [
            self.operation,
            self.token_id,
            self.sender,
            self.receiver,
            self.old_data_hash,
            self.new_data_hash,
        ]


def nonce_bytes(nonce: int, deadline: int) -> bytes:
    """The `nonce` field of a proof: two 32-byte big-endian words, nonce and unix seconds."""
    return nonce.to_bytes(32, "big") + deadline.to_bytes(32, "big")


def split_nonce(raw: bytes) -> tuple[int, int]:
    """(nonce, deadline) out of a proof's `nonce` field; raises MalformedNonce."""
    if len(raw) != NONCE_LENGTH:
        raise MalformedNonce(raw)
    return int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")


def access_digest(statement: Statement, wanted_key: bytes, nonce: int, deadline: int) -> bytes:
    """32 bytes that the receiver, or their assistant, signs.

    wanted_key: key to seal to; empty for the one behind the receiver's address.
    """
    tail: list[int | str | bytes] = [keccak256(wanted_key), statement.verifier, nonce, deadline]
    return typed_digest(statement.domain, ACCESS_TYPE, [*statement._head(), *tail])


def ownership_digest(
    statement: Statement, sealed_key: bytes, target_key: bytes, nonce: int, deadline: int
) -> bytes:
    """32 bytes that the oracle signs; target_key: the key that sealed_key is sealed to."""
    tail: list[int | str | bytes] = [
        keccak256(sealed_key),
        keccak256(target_key),
        statement.verifier,
        nonce,
        deadline,
    ]
    return typed_digest(statement.domain, OWNERSHIP_TYPE, [*statement._head(), *tail])


def access_proof(
    old_data_hash: bytes,
    new_data_hash: bytes,
    nonce: int,
    deadline: int,
    wanted_key: bytes,
    signature: bytes,
) -> AccessProof:
    """The ABI tuple of a signed consent."""
    return AccessProof(
        old_data_hash, new_data_hash, nonce_bytes(nonce, deadline), wanted_key, signature
    )


def ownership_proof(
    old_data_hash: bytes,
    new_data_hash: bytes,
    sealed_key: bytes,
    target_key: bytes,
    nonce: int,
    deadline: int,
    signature: bytes,
) -> OwnershipProof:
    """The ABI tuple of the oracle's signed statement."""
    raw = nonce_bytes(nonce, deadline)
    return OwnershipProof(TEE, old_data_hash, new_data_hash, sealed_key, target_key, raw, signature)
