"""A receiver's consent as a paper: the JSON that a buyer without the seller's home hands over.

Consent is the receiver's own act. Where the receiver's key is in another home, `zerog inft
consent` writes this paper there, and the seller's transfer takes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zerog.crypto.curve import BadSignature, address_of, check_point, recover_key
from zerog.errors import Refused
from zerog.inft.documents import (
    Json,
    address_field,
    big_field,
    hex_field,
    number_field,
    operation_field,
    operation_name,
)
from zerog.inft.proofs import AccessProof, Statement, access_digest, access_proof
from zerog.types import Address, PublicKey


class PaperForAnother(Refused):
    """The paper consents to something else than this hand-over."""

    def __init__(self, field: str, wanted: object, found: object) -> None:
        self.field, self.wanted, self.found = field, wanted, found
        super().__init__(
            f"the consent has {field} {found}, this hand-over {wanted}",
            "ask the receiver for one that fits: zerog inft consent",
        )


class PaperNotSigned(Refused):
    """The paper is not signed by the receiver that it names."""

    def __init__(self, receiver: Address) -> None:
        self.receiver = receiver
        super().__init__(f"the consent is not signed by {receiver}", "ask for it again")


@dataclass(frozen=True, slots=True)
class Paper:
    """One consent to receive one item of data as it is, under the receiver's key.

    statement: a transfer or clone whose old and new data hash are the same; wanted_key: 64 bytes,
    or empty for the key behind the receiver's address; deadline: unix seconds; signature: 65
    bytes.
    """

    statement: Statement
    wanted_key: bytes
    nonce: int
    deadline: int
    signature: bytes

    @property
    def digest(self) -> bytes:
        """The 32 bytes that the receiver signed."""
        return access_digest(self.statement, self.wanted_key, self.nonce, self.deadline)

    def signed(self, signature: bytes) -> Paper:
        """The same with the receiver's signature."""
        return replace(self, signature=signature)

    def target_key(self) -> PublicKey:
        """The key to seal to; raises PaperNotSigned, NotAPoint.

        A signature by a key tells that key, so that the default needs no other paper.
        """
        receiver = self.statement.receiver
        try:
            key = recover_key(self.digest, self.signature)
        except BadSignature:
            raise PaperNotSigned(receiver) from None
        if address_of(key) != receiver:
            raise PaperNotSigned(receiver)
        return check_point(self.wanted_key) if self.wanted_key else key

    def proof(self) -> AccessProof:
        """The ABI tuple."""
        root = self.statement.old_data_hash
        return access_proof(root, root, self.nonce, self.deadline, self.wanted_key, self.signature)

    def check(self, expected: Statement, now: int) -> None:
        """That it is a consent to exactly this; raises PaperForAnother, PaperNotSigned."""
        for field in Statement.__dataclass_fields__:
            wanted, found = getattr(expected, field), getattr(self.statement, field)
            if wanted != found:
                raise PaperForAnother(field, _shown(wanted), _shown(found))
        if self.deadline <= now:
            raise PaperForAnother("a deadline after", now, self.deadline)
        self.target_key()

    def to_json(self) -> dict[str, str | int]:
        """The document, as the receiver hands it over."""
        act = self.statement
        return {
            "chainId": act.chain_id,
            "token": act.token,
            "verifier": act.verifier,
            "tokenId": act.token_id,
            "from": act.sender,
            "to": act.receiver,
            "dataHash": "0x" + act.old_data_hash.hex(),
            "wantedKey": "0x" + self.wanted_key.hex(),
            "nonce": hex(self.nonce),
            "deadline": self.deadline,
            "signature": "0x" + self.signature.hex(),
            **operation_name(act.operation),
        }

    @classmethod
    def from_json(cls, document: Json) -> Paper:
        """Read a document; raises MalformedDocument. Nothing is verified yet."""
        root = hex_field(document, "dataHash", 32)
        statement = Statement(
            chain_id=number_field(document, "chainId"),
            token=address_field(document, "token"),
            verifier=address_field(document, "verifier"),
            operation=operation_field(document),
            token_id=number_field(document, "tokenId"),
            sender=address_field(document, "from"),
            receiver=address_field(document, "to"),
            old_data_hash=root,
            new_data_hash=root,
        )
        return cls(
            statement,
            hex_field(document, "wantedKey"),
            big_field(document, "nonce"),
            number_field(document, "deadline"),
            hex_field(document, "signature", 65),
        )


def _shown(value: object) -> object:
    return "0x" + value.hex() if isinstance(value, bytes) else value
