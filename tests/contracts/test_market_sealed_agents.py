"""Agents with a key of their own: no keys of theirs can be handed over, so that none are sold."""

from __future__ import annotations

import pytest

from tests.support.agentic import AgenticHouse
from tests.support.contracts import Deployed, Reverted, artifact
from tests.support.market import COIN, DAY, PRICE, PROOF, WINDOW

pytestmark = pytest.mark.contracts


def over(
    agentic: AgenticHouse, name: str, *arguments: object, first: tuple[object, ...]
) -> Deployed:
    """A proxy of this logic, over the collection of the house."""
    evm, authority = agentic.evm, agentic.registry.contract("Authority").address
    logic = evm.deploy(artifact(name), *arguments)
    call = logic.calldata("initialize", *first, 250, agentic.carol.address, authority)
    proxy = evm.deploy(artifact("Proxy"), logic.address, call)
    return evm.at(proxy.address, artifact(name))


def test_market_lists_agents_with_keys_of_their_owner_only(agentic: AgenticHouse) -> None:
    """Else its seller could be paid for a seal, and its buyer wait for the token for ever."""
    alice, agents = agentic.alice, agentic.agents
    market = over(agentic, "AgentMarket", agents.address, first=())
    agents.send("setApprovalForAll", market.address, True, sender=alice.address)
    until = agentic.clock.now() + DAY
    sealed_id, _ = agentic.sealed_agent(alice)
    terms = (sealed_id, COIN, PRICE, PROOF, until, WINDOW)
    with pytest.raises(Reverted, match="SealedAgent") as caught:
        market.send("list", terms, sender=alice.address)
    assert caught.value.values == (sealed_id,)
    plain = agentic.plain_agent(alice)
    market.send("list", (plain, COIN, PRICE, PROOF, until, WINDOW), sender=alice.address)
    assert market.read("listingOf", plain) == 1


def test_exchange_takes_no_agent_with_a_key_of_its_own(agentic: AgenticHouse) -> None:
    alice, agents = agentic.alice, agentic.agents
    judge = agentic.evm.deploy(artifact("ExchangeJudge"))
    exchange = over(agentic, "FairExchange", judge.address, first=(agents.address,))
    terms = (PRICE, PRICE, 0, WINDOW, WINDOW, WINDOW)
    for agent, error in (
        (agentic.sealed_agent(alice)[0], "SealedAgent"),
        (agentic.plain_agent(alice), "NotProtected"),
    ):
        with pytest.raises(Reverted, match=error):
            exchange.send("offer", (agent, COIN, *terms), sender=alice.address, value=PRICE)
