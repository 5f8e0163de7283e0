"""Serve proofs: an agent's signed statement that it answered somebody. Pure.

Source: 0gfoundation/0g-agentic-id: contracts/src/VerifiedFeedbackRegistry.sol, sdk ServeSession.
The Solidity twin is contracts/libraries/ServeProofs.sol.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import orjson
from eth_abi.abi import encode

from zerog.crypto.curve import BadSignature, recover
from zerog.crypto.keccak import keccak256
from zerog.inft.agentic.errors import BadHeader
from zerog.types import Address

TAG: Final = keccak256(b"SERVEPROOF")
LIFE_SECONDS: Final = 3600
HEADER: Final = "X-Agent-Proof"
CLIENT_HEADER: Final = "X-Client-Address"
DIGEST_TYPES: Final = (
    *("uint256", "address", "address", "uint256", "uint256"),
    *("uint256", "bytes32", "bytes32", "bytes32"),
)


def personal(message: bytes) -> bytes:
    """Digest of an EIP-191 personal message."""
    head = f"\x19Ethereum Signed Message:\n{len(message)}".encode()
    return keccak256(head + message)


def task_hash(method: str, uri: str, request: bytes, response: bytes, status: int) -> bytes:
    """What a proof says about a call: no separators, the bodies as their hashes."""
    parts = (method.encode(), uri.encode(), keccak256(request), keccak256(response))
    return keccak256(b"".join(parts) + str(status).encode())


@dataclass(frozen=True, slots=True)
class ServeProof:
    """Times in seconds since 1970; hashes are 32 bytes, the signature 65."""

    agent_id: int
    submitter: Address
    timestamp: int
    deadline: int
    task_hash: bytes
    data_hashes: tuple[bytes, ...]
    framework_hash: bytes
    signature: bytes = b""

    def digest(self, chain_id: int, registry: Address) -> bytes:
        """What is signed, before EIP-191; registry: the AgenticID."""
        values = (
            chain_id,
            registry,
            self.submitter,
            self.agent_id,
            self.timestamp,
            self.deadline,
            self.task_hash,
            keccak256(b"".join(self.data_hashes)),
            self.framework_hash,
        )
        return keccak256(encode(DIGEST_TYPES, values))

    def signed(self, signature: bytes) -> ServeProof:
        """The same with its signature, which must be over `personal(digest)`."""
        return replace(self, signature=signature)

    def signer(self, chain_id: int, registry: Address) -> Address | None:
        """Whose signature it carries; None when it is none."""
        try:
            return recover(personal(self.digest(chain_id, registry)), self.signature)
        except BadSignature:
            return None

    def nonce_key(self) -> bytes:
        """Where the registries remember that it was redeemed."""
        parts = (TAG, self.agent_id, self.signature)
        return keccak256(encode(("bytes32", "uint256", "bytes"), parts))

    def abi(self) -> tuple[object, ...]:
        """The struct of the contracts."""
        return (
            *(self.agent_id, self.submitter, self.timestamp, self.deadline, self.task_hash),
            *(list(self.data_hashes), self.framework_hash, self.signature),
        )

    def to_header(self) -> str:
        """`0xSIGNATURE.BASE64URL(JSON)`, without padding."""
        document = {
            "agent_id": str(self.agent_id),
            "submitter": self.submitter,
            "timestamp": self.timestamp,
            "deadline": self.deadline,
            "task_hash": _hex(self.task_hash),
            "data_hashes": [_hex(one) for one in self.data_hashes],
            "framework_hash": _hex(self.framework_hash),
        }
        text = base64.urlsafe_b64encode(orjson.dumps(document)).rstrip(b"=").decode()
        return f"{_hex(self.signature)}.{text}"

    @classmethod
    def from_header(cls, value: str) -> ServeProof:
        """What a header says; raises BadHeader."""
        signature, dot, text = value.partition(".")
        if not dot:
            raise BadHeader("no dot")
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            fields = orjson.loads(raw)
            return cls(
                int(fields["agent_id"]),
                Address(fields["submitter"]),
                int(fields["timestamp"]),
                int(fields["deadline"]),
                _bytes32(fields["task_hash"]),
                tuple(_bytes32(one) for one in fields["data_hashes"]),
                _bytes32(fields["framework_hash"]),
                bytes.fromhex(signature.removeprefix("0x")),
            )
        except (binascii.Error, ValueError, KeyError, TypeError) as error:
            raise BadHeader(f"{type(error).__name__}: {error}") from None


def by_role(items: Sequence[tuple[str, bytes]]) -> tuple[bytes, ...]:
    """Data hashes as a proof names them: ordered by the names of their roles."""
    return tuple(data_hash for _, data_hash in sorted(items))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _bytes32(value: object) -> bytes:
    found = bytes.fromhex(str(value).removeprefix("0x"))
    if len(found) != 32:
        raise ValueError(f"{len(found)} bytes instead of 32")
    return found
