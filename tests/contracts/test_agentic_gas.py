"""What the calls of Agentic ID cost; signatures and times vary, so these are bounds."""

from __future__ import annotations

import pytest

from tests.support.agentic import GIVE, REGISTER, AgenticHouse
from tests.support.agents import root, sealed

pytestmark = pytest.mark.contracts


def test_registrations_and_a_sale_cost_no_more_than_the_manual_says(agentic: AgenticHouse) -> None:
    alice, bob = agentic.alice.address, agentic.bob.address
    item = [("one", root("one"))]
    plain = agentic.agents.send(REGISTER, "", [], item, [sealed("one")], sender=alice)
    bound = agentic.register_sealed(agentic.alice, agentic.carol, root("gas"), "one")
    (event,) = agentic.agents.events("AgentSealSet", bound)
    sale = agentic.agents.send("transferFrom", alice, bob, event["agentId"], sender=alice)
    assert plain["gasUsed"] < 420_000
    assert bound["gasUsed"] < 560_000
    assert sale["gasUsed"] < 102_000


def test_ratings_cost_no_more_than_the_manual_says(agentic: AgenticHouse) -> None:
    agent, key = agentic.sealed_agent(agentic.alice)
    bob, rating = agentic.bob, (agent, 5, 0, "quality", "", "/api", "", bytes(32))
    proofs = [agentic.proof(agent, key, bob).abi() for _ in range(2)]
    book, marks = agentic.at("AgenticIDReputation"), agentic.at("VerifiedFeedback")
    rated = book.send(GIVE, *rating, proofs[0], sender=bob.address)
    entered = agentic.reputation.send("giveFeedback", *rating, sender=bob.address)
    marked = marks.send("attestFeedback", agent, 1, proofs[1], sender=bob.address)
    assert rated["gasUsed"] < 325_000
    assert entered["gasUsed"] < 176_000
    assert marked["gasUsed"] < 325_000
