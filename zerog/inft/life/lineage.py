"""What the owner of a parent signs when an agent is derived from it.

Pure; twin of contracts/inft/facets/LineageFacet.sol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zerog.crypto.eip712 import Domain, typed_digest
from zerog.inft.documents import Json, big_field, hex_field, number_field
from zerog.inft.proofs import DOMAIN_NAME, DOMAIN_VERSION
from zerog.types import Address

DERIVE_TYPE: Final = (
    "Derive(uint256 parentId,uint256 childId,uint256 weightBps,bytes32 dataCommitment,"
    "uint256 nonce,uint256 deadline)"
)
MAX_PARENTS: Final = 4
MAX_WEIGHT_BPS: Final = 5_000
"""Most that all parents of an agent get together."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A parent, and its owner's consent.

    weight_bps: basis points of what the child's line earns; deadline: last second, Unix time;
    signature: empty where the parent is the child's owner's own.
    """

    parent_id: int
    weight_bps: int
    nonce: int
    deadline: int
    signature: bytes = b""

    def to_abi(self) -> tuple[int, int, int, int, bytes]:
        """As the contract takes it."""
        return self.parent_id, self.weight_bps, self.nonce, self.deadline, self.signature

    def to_json(self) -> dict[str, str | int]:
        """The document that the parent's owner gives to the child's."""
        return {
            "parentId": self.parent_id,
            "weightBps": self.weight_bps,
            "nonce": hex(self.nonce),
            "deadline": self.deadline,
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def from_json(cls, document: Json) -> Claim:
        """Read a document; raises MalformedDocument. The chain checks the signature."""
        return cls(
            number_field(document, "parentId"),
            number_field(document, "weightBps"),
            big_field(document, "nonce"),
            number_field(document, "deadline"),
            hex_field(document, "signature"),
        )


def derive_digest(
    chain_id: int, token: Address, child_id: int, claim: Claim, data_commitment: bytes
) -> bytes:
    """32 bytes that the parent's owner signs; data_commitment: of the parent, as it is now."""
    domain = Domain(DOMAIN_NAME, DOMAIN_VERSION, chain_id, token)
    weight, tail = claim.weight_bps, (claim.nonce, claim.deadline)
    return typed_digest(
        domain, DERIVE_TYPE, [claim.parent_id, child_id, weight, data_commitment, *tail]
    )
