"""What the oracle and its callers say to each other: JSON documents and the signed request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zerog.crypto.eip712 import Domain, typed_digest
from zerog.crypto.keccak import keccak256
from zerog.inft.documents import (
    Json,
    address_field,
    big_field,
    hex_field,
    number_field,
    operation_field,
    operation_name,
)
from zerog.inft.proofs import CLONE, TRANSFER
from zerog.types import Address

_MEMBERS: Final = (
    "(uint256 tokenId,address from,address to,bytes32 oldDataHash,"
    "bytes32 targetKeyHash,bytes32 grantHash,uint256 deadline)"
)
REQUEST_TYPES: Final = {
    TRANSFER: f"TransferRequest{_MEMBERS}",
    CLONE: f"CloneRequest{_MEMBERS}",
}
"""What the owner signs for each operation: an order for one is none for the other."""


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """The owner's order to re-encrypt a token's data for a buyer.

    grant: the data key sealed to the oracle, bound to the token; deadline: unix seconds;
    signature: 65 bytes by the owner over the EIP-712 digest; operation: TRANSFER, or CLONE for a
    token of the buyer's beside it.
    """

    chain_id: int
    token: Address
    token_id: int
    sender: Address
    receiver: Address
    old_data_hash: bytes
    target_key: bytes
    grant: bytes
    deadline: int
    signature: bytes
    operation: int = TRANSFER

    def digest(self) -> bytes:
        """What the owner signs: domain `0G-iNFT-Oracle` of the token contract."""
        return typed_digest(
            Domain("0G-iNFT-Oracle", "1", self.chain_id, self.token),
            REQUEST_TYPES[self.operation],
            [
                self.token_id,
                self.sender,
                self.receiver,
                self.old_data_hash,
                keccak256(self.target_key),
                keccak256(self.grant),
                self.deadline,
            ],
        )

    @property
    def transfer_id(self) -> str:
        """Names the transfer; the same order twice is one transfer."""
        return self.digest().hex()

    def to_json(self) -> dict[str, str | int]:
        """The body of POST /v1/transfers."""
        return {
            "chainId": self.chain_id,
            "token": self.token,
            "tokenId": self.token_id,
            "from": self.sender,
            "to": self.receiver,
            "oldDataHash": "0x" + self.old_data_hash.hex(),
            "targetPubkey": "0x" + self.target_key.hex(),
            "grant": "0x" + self.grant.hex(),
            "deadline": self.deadline,
            "signature": "0x" + self.signature.hex(),
            **operation_name(self.operation),
        }

    @classmethod
    def from_json(cls, document: Json) -> TransferRequest:
        """Parse a body; raises MalformedDocument."""
        return cls(
            chain_id=number_field(document, "chainId"),
            token=address_field(document, "token"),
            token_id=number_field(document, "tokenId"),
            sender=address_field(document, "from"),
            receiver=address_field(document, "to"),
            old_data_hash=hex_field(document, "oldDataHash", 32),
            target_key=hex_field(document, "targetPubkey", 64),
            grant=hex_field(document, "grant"),
            deadline=number_field(document, "deadline"),
            signature=hex_field(document, "signature", 65),
            operation=operation_field(document),
        )


@dataclass(frozen=True, slots=True)
class Consent:
    """The receiver's access proof over a finished re-encryption."""

    wanted_key: bytes
    nonce: int
    deadline: int
    signature: bytes

    def to_json(self) -> dict[str, str | int]:
        """The body of POST /v1/transfers/ID/consent."""
        return {
            "wantedKey": "0x" + self.wanted_key.hex(),
            "nonce": hex(self.nonce),
            "deadline": self.deadline,
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def from_json(cls, document: Json) -> Consent:
        """Parse a body; raises MalformedDocument."""
        return cls(
            wanted_key=hex_field(document, "wantedKey"),
            nonce=big_field(document, "nonce"),
            deadline=number_field(document, "deadline"),
            signature=hex_field(document, "signature", 65),
        )


@dataclass(frozen=True, slots=True)
class Resealed:
    """A finished re-encryption and the oracle's ownership proof over it."""

    new_data_hash: bytes
    sealed_key: bytes
    nonce: int
    deadline: int
    signature: bytes

    def to_json(self) -> dict[str, object]:
        """The member `result` of a transfer."""
        return {
            "newDataHash": "0x" + self.new_data_hash.hex(),
            "sealedKey": "0x" + self.sealed_key.hex(),
            "nonce": hex(self.nonce),
            "deadline": self.deadline,
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def from_json(cls, document: Json) -> Resealed:
        """Parse the member; raises MalformedDocument."""
        return cls(
            new_data_hash=hex_field(document, "newDataHash", 32),
            sealed_key=hex_field(document, "sealedKey"),
            nonce=big_field(document, "nonce"),
            deadline=number_field(document, "deadline"),
            signature=hex_field(document, "signature", 65),
        )


@dataclass(frozen=True, slots=True)
class OracleTransfer:
    """What the oracle tells of one transfer; `result` is there from state `signed` on."""

    transfer_id: str
    state: str
    token_id: int
    sender: Address
    receiver: Address
    old_data_hash: bytes
    target_key: bytes
    error: str | None = None
    result: Resealed | None = None
    consent: Consent | None = None
    operation: int = TRANSFER

    def to_json(self) -> dict[str, object]:
        """The document of GET /v1/transfers/ID; what is not known yet is left out."""
        known: dict[str, object] = {
            "transferId": self.transfer_id,
            "state": self.state,
            "tokenId": self.token_id,
            "from": self.sender,
            "to": self.receiver,
            "oldDataHash": "0x" + self.old_data_hash.hex(),
            "targetPubkey": "0x" + self.target_key.hex(),
            **operation_name(self.operation),
        }
        optional: dict[str, object | None] = {
            "error": self.error,
            "result": None if self.result is None else self.result.to_json(),
            "consent": None if self.consent is None else self.consent.to_json(),
        }
        return known | {name: value for name, value in optional.items() if value is not None}

    @classmethod
    def from_json(cls, document: Json) -> OracleTransfer:
        """Parse the document; raises MalformedDocument."""
        error, result = document.get("error"), document.get("result")
        consent = document.get("consent")
        return cls(
            transfer_id=str(document.get("transferId")),
            state=str(document.get("state")),
            token_id=number_field(document, "tokenId"),
            sender=address_field(document, "from"),
            receiver=address_field(document, "to"),
            old_data_hash=hex_field(document, "oldDataHash", 32),
            target_key=hex_field(document, "targetPubkey", 64),
            error=None if error is None else str(error),
            result=Resealed.from_json(result) if isinstance(result, dict) else None,
            consent=Consent.from_json(consent) if isinstance(consent, dict) else None,
            operation=operation_field(document),
        )
