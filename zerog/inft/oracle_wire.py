"""What the oracle and its callers say to each other: JSON documents and the signed request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zerog.chain.hexes import to_address
from zerog.crypto.eip712 import Domain, typed_digest
from zerog.crypto.keccak import keccak256
from zerog.errors import UsageError
from zerog.types import Address

REQUEST_TYPE: Final = (
    "TransferRequest(uint256 tokenId,address from,address to,bytes32 oldDataHash,"
    "bytes32 targetKeyHash,bytes32 grantHash,uint256 deadline)"
)
HEX_NUMBER: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
Json = Mapping[str, object]


class MalformedDocument(UsageError):
    """A field of a JSON document is missing or has another form."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


def _hex(document: Json, field: str, size: int | None = None) -> bytes:
    found = document.get(field)
    if not isinstance(found, str) or not found.startswith("0x"):
        raise MalformedDocument(field, "0x-prefixed hex expected")
    try:
        value = bytes.fromhex(found[2:])
    except ValueError:
        raise MalformedDocument(field, "not hex") from None
    if size is not None and len(value) != size:
        raise MalformedDocument(field, f"{len(value)} bytes, {size} expected")
    return value


def _number(document: Json, field: str) -> int:
    found = document.get(field)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**256:
        raise MalformedDocument(field, "a number from 0 to 2^256-1 expected")
    return found


def _big(document: Json, field: str) -> int:
    """A 256-bit number, which JSON numbers do not carry safely: 0x-prefixed hex."""
    found = document.get(field)
    if not isinstance(found, str) or not HEX_NUMBER.fullmatch(found):
        raise MalformedDocument(field, "0x-prefixed hex number of at most 256 bits expected")
    return int(found, 16)


def _address(document: Json, field: str) -> Address:
    return to_address(_hex(document, field, 20))


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """The owner's order to re-encrypt a token's data for a buyer.

    grant: the data key sealed to the oracle, bound to the token; deadline: unix seconds;
    signature: 65 bytes by the owner over the EIP-712 digest.
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

    def digest(self) -> bytes:
        """What the owner signs: domain `0G-iNFT-Oracle` of the token contract."""
        return typed_digest(
            Domain("0G-iNFT-Oracle", "1", self.chain_id, self.token),
            REQUEST_TYPE,
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
        }

    @classmethod
    def from_json(cls, document: Json) -> TransferRequest:
        """Parse a body; raises MalformedDocument."""
        return cls(
            chain_id=_number(document, "chainId"),
            token=_address(document, "token"),
            token_id=_number(document, "tokenId"),
            sender=_address(document, "from"),
            receiver=_address(document, "to"),
            old_data_hash=_hex(document, "oldDataHash", 32),
            target_key=_hex(document, "targetPubkey", 64),
            grant=_hex(document, "grant"),
            deadline=_number(document, "deadline"),
            signature=_hex(document, "signature", 65),
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
            wanted_key=_hex(document, "wantedKey"),
            nonce=_big(document, "nonce"),
            deadline=_number(document, "deadline"),
            signature=_hex(document, "signature", 65),
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
            new_data_hash=_hex(document, "newDataHash", 32),
            sealed_key=_hex(document, "sealedKey"),
            nonce=_big(document, "nonce"),
            deadline=_number(document, "deadline"),
            signature=_hex(document, "signature", 65),
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
            token_id=_number(document, "tokenId"),
            sender=_address(document, "from"),
            receiver=_address(document, "to"),
            old_data_hash=_hex(document, "oldDataHash", 32),
            target_key=_hex(document, "targetPubkey", 64),
            error=None if error is None else str(error),
            result=Resealed.from_json(result) if isinstance(result, dict) else None,
            consent=Consent.from_json(consent) if isinstance(consent, dict) else None,
        )
