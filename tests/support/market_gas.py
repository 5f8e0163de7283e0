"""Gas of one sale on either market, in the situation of the reference's figure.

Both parties have signed and have used no nonce, nobody has credit but the buyer: every slot that
can be new is new. The reference's own call leaves the data as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tests.support.agents import root
from tests.support.evm import AnvilProcess
from tests.support.market import DAY, PRICE, Bazaar
from tests.support.reference_market import Desk

REFERENCE: Final = 392_000
"""fulfillOrder, coin, one item of data, a TEE's proof (0gfoundation/0g-agent-nft, main)."""
TIME: Final = 2_000_000_000
OLD: Final = "ReferenceMarket.fulfillOrder TEE"
BY_ORACLE: Final = "AgentMarket.fulfil TEE"
BY_PROOF: Final = "AgentMarket.fulfil ZKP"


def fulfil(anvil: AnvilProcess, by_oracle: bool) -> int:
    """Our own market, matched by a third, paid by the buyer's credit; an oracle renews the data."""
    anvil.rpc("evm_setNextBlockTimestamp", TIME)
    bazaar = Bazaar.build(anvil)
    alice, bob, carol = bazaar.house_people()
    token_id = bazaar.mint(alice, "gas")
    bazaar.market.send("deposit", bob.address, value=PRICE)
    if by_oracle:
        act = bazaar.house.statement(token_id, alice, bob)
        fresh = replace(act, new_data_hash=root("gas fresh"))
        pairs = [bazaar.house.pair(fresh, bob, nonce=7, deadline=TIME + DAY)]
    else:
        pairs = bazaar.proofs(token_id, alice, bob)
    order = bazaar.order(token_id, alice, expiry=TIME + DAY)
    offer = bazaar.offer(token_id, bob, expiry=TIME + DAY)
    return bazaar.fulfil(order, offer, pairs, carol, value=0)["gasUsed"]


def fulfil_order(anvil: AnvilProcess) -> int:
    """The reference's call on our market with its ABI, paid by the call."""
    desk = Desk.build(anvil)
    alice, bob = desk.house.alice, desk.house.bob
    token_id = desk.house.mint(alice, "gas")
    order, offer = desk.order(token_id, alice), desk.offer(token_id, bob)
    proofs = desk.proofs(token_id, alice, bob)
    return desk.fulfil(order, offer, proofs, bob, value=PRICE)["gasUsed"]


def figures(old: AnvilProcess, oracle: AnvilProcess, proof: AnvilProcess) -> Mapping[str, int]:
    """All three, each on a chain of its own."""
    return {
        OLD: fulfil_order(old),
        BY_ORACLE: fulfil(oracle, by_oracle=True),
        BY_PROOF: fulfil(proof, by_oracle=False),
    }
