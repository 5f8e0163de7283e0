"""The three doors to one token: hand-overs in each generation's structs and functions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from web3.types import TxReceipt

from tests.support.agents import House, Person, root
from tests.support.contracts import Deployed, Reverted
from tests.support.handovers import (
    AGENT_NFT,
    AGENTIC_ID,
    FINAL,
    P_AGENT_NFT,
    P_AGENTIC_ID,
    Shape,
    old_style,
    safe,
)
from zerog.inft.legacy import Generation
from zerog.inft.proofs import CLONE, TRANSFER, Statement

FUNCTIONS = {TRANSFER: "iTransferFrom", CLONE: "iCloneFrom"}
STRUCTS = {AGENT_NFT: P_AGENT_NFT, AGENTIC_ID: P_AGENTIC_ID}


@dataclass(frozen=True, slots=True)
class Door:
    """One generation's way to a house's token; `legacy` uses its own digests."""

    house: House
    generation: Generation
    legacy: bool = False

    @property
    def token(self) -> Deployed:
        """The token."""
        return self.house.token

    def act(
        self, token_id: int, sender: Person, receiver: Person, operation: int = TRANSFER
    ) -> Statement:
        """What proofs are to say: new data through the Final ABI, the same through the others."""
        made = self.house.statement(token_id, sender, receiver, operation)
        if self.generation is FINAL:
            return replace(made, new_data_hash=root(f"renewed {made.new_data_hash.hex()}"))
        return replace(made, new_data_hash=made.old_data_hash)

    def shape(self, act: Statement, receiver: Person, **changes: object) -> Shape:
        """Both proofs, signed; changes as for House.pair."""
        make = old_style if self.legacy else safe
        return make(self.house, self.generation, act, receiver, **changes)

    def send(
        self, act: Statement, *shapes: Shape, caller: Person | None = None, operation: int = 0
    ) -> TxReceipt:
        """The generation's own function, by the owner or `caller`."""
        proofs = [shape.own for shape in shapes]
        sender = caller.address if caller is not None else act.sender
        wanted = operation or act.operation
        if self.generation is FINAL:
            name = "iTransfer" if wanted == TRANSFER else "iClone"
            return self.token.send(name, act.receiver, act.token_id, proofs, sender=sender)
        name = f"{FUNCTIONS[wanted]}(address,address,uint256,{STRUCTS[self.generation]}[])"
        return self.token.send(name, act.sender, act.receiver, act.token_id, proofs, sender=sender)


def refusal_of(house: House, caller: Person, *call: object) -> str:
    """Name of the revert of a call; it must revert."""
    with pytest.raises(Reverted) as caught:
        house.token.send(str(call[0]), *call[1:], sender=caller.address)
    if caught.value.name == "Error":
        return str(caught.value.values[0])
    return caught.value.name


def mint_plain(house: House, owner: Person) -> int:
    """A token without data."""
    token_id = int(str(house.token.read("nextTokenId")))
    house.token.send("mint(address)", owner.address, sender=owner.address)
    return token_id
