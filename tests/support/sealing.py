"""Real seals, and hand-overs of them by proof, for contract tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from tests.support.agents import House, Person
from tests.support.handovers import AGENTIC_ID, FINAL, Shape, act_of, safe
from zerog.crypto.keccak import keccak256
from zerog.inft.envelope import DataKey, SealContext, seal
from zerog.inft.legacy import Generation
from zerog.inft.proofs import TRANSFER, ZKP, OwnershipProof, Statement
from zerog.inft.sealproof import Handed, transfer_seal
from zerog.types import PublicKey


def seal_for(act: Statement, owner: Person, key: DataKey | None = None, suite: int = 1) -> bytes:
    """An honest seal for the token of an act."""
    context = SealContext(act.chain_id, act.token, act.token_id)
    return seal(key or DataKey.generate(), PublicKey(owner.public_key), context, suite)


def zkp(
    house: House,
    generation: Generation,
    act: Statement,
    receiver: Person,
    handed: Handed,
    **changes: object,
) -> Shape:
    """The receiver's consent and a proof of type ZKP; changes: wanted_key, target_key, nonce."""
    shape = safe(house, generation, act, receiver, wanted_key=changes.get("wanted_key", b""))
    access, ownership = shape.pair
    nonce = ownership.nonce[-32:] if generation is AGENTIC_ID else b""
    made = OwnershipProof(
        ZKP,
        act.old_data_hash,
        act.new_data_hash,
        handed.sealed_key,
        cast(bytes, changes.get("target_key", receiver.public_key)),
        cast(bytes, changes.get("nonce", nonce)),
        handed.proof,
    )
    return replace(shape, pair=(access, made))


@dataclass(frozen=True, slots=True)
class Sale:
    """Alice's seal handed to bob by proof; `token` of the act is an account that asks."""

    house: House
    act: Statement
    current: bytes
    handed: Handed

    @classmethod
    def honest(cls, house: House, operation: int = TRANSFER, index: int = 0) -> Sale:
        """A fresh key, sealed to alice and handed to bob."""
        act = act_of(house, house.carol.address, FINAL, operation)
        act = replace(act, new_data_hash=act.old_data_hash)
        current = seal_for(act, house.alice)
        target = PublicKey(house.bob.public_key)
        return cls(
            house, act, current, transfer_seal(house.alice.secret, current, target, act, index)
        )

    @property
    def seals(self) -> list[bytes]:
        """What the token says of its one seal."""
        return [keccak256(self.current)]

    def shape(self, generation: Generation = FINAL, **changes: object) -> Shape:
        """The proofs, with bob's fresh consent."""
        return zkp(self.house, generation, self.act, self.house.bob, self.handed, **changes)
