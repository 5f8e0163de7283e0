"""Proofs for the minimal contracts of tests/contracts/sources, each with one flawed rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, cast

from tests.support.agents import House, Person, root, sealed
from tests.support.contracts import Deployed, compiled


class MinimalProof(NamedTuple):
    """MinimalToken.Proof, in the order of its fields."""

    old_hash: bytes
    new_hash: bytes
    wanted_key: bytes
    access_nonce: bytes
    access_signature: bytes
    sealed_key: bytes
    target_key: bytes
    ownership_nonce: bytes
    ownership_signature: bytes


class MinimalAct(NamedTuple):
    """MinimalToken.Act: operation (1 transfer, 2 clone), token, owner, receiver."""

    operation: int
    token_id: int
    sender: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Flawed:
    """A deployed minimal contract; the oracle and the people are those of the house."""

    house: House
    token: Deployed

    @classmethod
    def deploy(cls, house: House, name: str) -> Flawed:
        """Deploy the contract of this name."""
        return cls(house, house.evm.deploy(compiled(name), house.oracle.address))

    def mint(self, to: Person, data_hash: bytes) -> int:
        """A token with this data."""
        self.token.send("mint", to.address, data_hash)
        return cast(int, self.token.read("minted"))

    def owner_of(self, token_id: int) -> str:
        """Lower-case address of the owner."""
        return str(self.token.read("ownerOf", token_id))

    def proof(
        self,
        act: MinimalAct,
        receiver: Person,
        *,
        wanted_key: bytes = b"",
        target_key: bytes = b"",
        access_nonce: bytes = b"",
        ownership_nonce: bytes = b"",
        new_hash: bytes = b"",
    ) -> MinimalProof:
        """Both halves, honestly signed over what the contract says it checks."""
        count = next(self.house.counter)
        bare = MinimalProof(
            cast(bytes, self.token.read("hashOf", act.token_id)),
            new_hash or root(f"fresh {count}"),
            wanted_key,
            access_nonce or f"access {count}".encode(),
            b"",
            sealed(count),
            target_key or wanted_key or receiver.public_key,
            ownership_nonce or f"ownership {count}".encode(),
            b"",
        )
        access = cast(bytes, self.token.read("accessDigest", act, bare))
        ownership = cast(bytes, self.token.read("ownershipDigest", act, bare))
        return bare._replace(
            access_signature=receiver.sign(access),
            ownership_signature=self.house.oracle.sign(ownership),
        )
