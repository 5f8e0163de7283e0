"""The canonical registry of opinions: entries, means, answers, its published refusals."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.agentic import AgenticHouse, Values, low, refused
from tests.support.agents import Person, root
from tests.support.contracts import Deployed, artifact

pytestmark = pytest.mark.contracts

PLAIN = "giveFeedback(uint256,int128,uint8,string,string,string,string,bytes32)"


def opinion(agent: int, value: int = 5, decimals: int = 0, *tags: str) -> Values:
    """Arguments of an entry."""
    tag1, tag2 = (*tags, "", "")[:2]
    return (agent, value, decimals, tag1, tag2, "/api/echo", "ipfs://more", root("more"))


@pytest.fixture
def canonical(agentic: AgenticHouse) -> Deployed:
    """The canonical registry of opinions."""
    return agentic.reputation


@pytest.fixture
def agent(agentic: AgenticHouse) -> tuple[int, Person]:
    """An agent of alice's and its key."""
    return agentic.sealed_agent(agentic.alice)


def test_canonical_entry_is_kept_and_told(
    agentic: AgenticHouse, canonical: Deployed, agent: tuple[int, Person]
) -> None:
    bob = agentic.bob
    made = canonical.send(PLAIN, *opinion(agent[0], 45, 1, "quality"), sender=bob.address)
    (event,) = canonical.events("NewFeedback", made)
    assert (event["feedbackIndex"], event["value"], event["tag1"]) == (1, 45, "quality")
    assert (event["endpoint"], event["feedbackHash"]) == ("/api/echo", root("more"))
    entry = canonical.read("readFeedback", agent[0], bob.address, 1)
    assert entry == (45, 1, "quality", "", False)
    assert canonical.read("getClients", agent[0]) == (low(bob),)
    assert canonical.read("getLastIndex", agent[0], bob.address) == 1
    assert canonical.read("getVersion") == "2.0.0"
    assert canonical.read("getIdentityRegistry") == agentic.identity.address.lower()


def test_canonical_summary_is_the_mean_at_the_usual_decimals(
    agentic: AgenticHouse, canonical: Deployed, agent: tuple[int, Person]
) -> None:
    bob, carol = agentic.bob, agentic.carol
    for client, value, decimals, tag in ((bob, 4, 0, "a"), (carol, 60, 1, "a"), (bob, 80, 1, "b")):
        canonical.send(PLAIN, *opinion(agent[0], value, decimals, tag), sender=client.address)
    clients = [bob.address, carol.address]
    assert canonical.read("getSummary", agent[0], clients, "", "") == (3, 60, 1)
    assert canonical.read("getSummary", agent[0], clients, "a", "") == (2, 5, 0)
    assert canonical.read("getSummary", agent[0], clients, "", "x") == (0, 0, 0)
    canonical.send("revokeFeedback", agent[0], 1, sender=bob.address)
    assert canonical.read("getSummary", agent[0], clients, "a", "") == (1, 60, 1)
    everything = canonical.read("readAllFeedback", agent[0], [], "", "", True)
    assert [len(column) for column in cast("tuple[tuple[object, ...], ...]", everything)] == [3] * 7
    assert cast("tuple[object, ...]", everything)[6] == (True, False, False)


def test_canonical_answers_are_counted(
    agentic: AgenticHouse, canonical: Deployed, agent: tuple[int, Person]
) -> None:
    alice, bob, carol = agentic.alice, agentic.bob, agentic.carol
    canonical.send(PLAIN, *opinion(agent[0]), sender=bob.address)
    for responder in (alice, carol, carol):
        values = (agent[0], bob.address, 1, "ipfs://answer", root("answer"))
        canonical.send("appendResponse", *values, sender=responder.address)
    count = canonical.read
    nobody = "0x" + "00" * 20
    assert count("getResponseCount", agent[0], bob.address, 1, []) == 3
    assert count("getResponseCount", agent[0], bob.address, 0, [carol.address]) == 2
    assert count("getResponseCount", agent[0], nobody, 0, []) == 3
    assert count("getResponseCount", agent[0], carol.address, 0, []) == 0


@pytest.mark.parametrize(
    ("who", "changes", "reason"),
    [
        ("bob", (5, 19), "too many decimals"),
        ("bob", (10**38 + 1, 0), "value too large"),
        ("bob", (-(10**38) - 1, 0), "value too large"),
        ("collection", (5, 0), "Self-feedback not allowed"),
    ],
)
def test_canonical_entry_that_may_not_be_reverts(
    agentic: AgenticHouse,
    canonical: Deployed,
    agent: tuple[int, Person],
    who: str,
    changes: tuple[int, int],
    reason: str,
) -> None:
    # To the canonical registry the owner is the collection, which holds the token.
    sender = agentic.bob.address if who == "bob" else agentic.agents.address
    told = refused(lambda: canonical.read(PLAIN, *opinion(agent[0], *changes), sender=sender))
    assert told == ("Error", (reason,))


def test_canonical_entry_of_a_missing_agent_reverts(canonical: Deployed) -> None:
    told = refused(lambda: canonical.read(PLAIN, *opinion(10_000)))
    assert told == ("ERC721NonexistentToken", (10_000,))


def test_canonical_registry_refuses_by_its_published_words(
    agentic: AgenticHouse, canonical: Deployed, agent: tuple[int, Person]
) -> None:
    bob = agentic.bob.address
    canonical.send(PLAIN, *opinion(agent[0]), sender=bob)
    canonical.send("revokeFeedback", agent[0], 1, sender=bob)
    calls: list[tuple[str, Values, str]] = [
        ("revokeFeedback", (agent[0], 1), "Already revoked"),
        ("revokeFeedback", (agent[0], 0), "index must be > 0"),
        ("revokeFeedback", (agent[0], 2), "index out of bounds"),
        ("readFeedback", (agent[0], bob, 2), "index out of bounds"),
        ("appendResponse", (agent[0], bob, 2, "x", bytes(32)), "index out of bounds"),
        ("appendResponse", (agent[0], bob, 1, "", bytes(32)), "Empty URI"),
        ("getSummary", (agent[0], [], "", ""), "clientAddresses required"),
    ]
    for function, values, reason in calls:
        told = refused(lambda f=function, v=values: canonical.read(f, *v, sender=bob))  # type: ignore[misc]
        assert told == ("Error", (reason,))


def test_canonical_registry_needs_an_identity_registry(agentic: AgenticHouse) -> None:
    authority = agentic.registry.contract("Authority").address
    made = artifact("ReputationRegistry8004")
    told = refused(
        lambda: agentic.evm.deploy_proxy(made, "initialize", agentic.bob.address, authority)
    )
    assert told == ("Error", ("bad identity",))
