"""Opinions about agents that need a serve proof, and the rules of such proofs."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from tests.support.agentic import CHAIN_ID, GIVE, AgenticHouse, Values, low, refused
from tests.support.agents import Person, root
from tests.support.contracts import Deployed
from zerog.chain.steps_agentic import MAX_PROOF_AGE_SECONDS
from zerog.inft.agentic.serveproof import ServeProof

pytestmark = pytest.mark.contracts

PLAIN = "giveFeedback(uint256,int128,uint8,string,string,string,string,bytes32)"
ONE = 10**18


def opinion(agent: int, value: int = 5, decimals: int = 0, *tags: str) -> Values:
    """Arguments of an entry."""
    tag1, tag2 = (*tags, "", "")[:2]
    return (agent, value, decimals, tag1, tag2, "/api/echo", "ipfs://more", root("more"))


@pytest.fixture
def book(agentic: AgenticHouse) -> Deployed:
    """The registry whose entries need a proof."""
    return agentic.at("AgenticIDReputation")


@pytest.fixture
def agent(agentic: AgenticHouse) -> tuple[int, Person]:
    """An agent of alice's and its key."""
    return agentic.sealed_agent(agentic.alice)


def rate(
    house: AgenticHouse, agent: tuple[int, Person], client: Person, *rating: object
) -> ServeProof:
    """One entry with a fresh proof."""
    proof = house.proof(agent[0], agent[1], client)
    values = opinion(agent[0], *rating)  # type: ignore[arg-type]
    house.at("AgenticIDReputation").send(GIVE, *values, proof.abi(), sender=client.address)
    return proof


# ----------------------------------------------------- entries that need a serve proof


def test_digest_on_chain_is_pythons(
    agentic: AgenticHouse, book: Deployed, agent: tuple[int, Person]
) -> None:
    proof = agentic.proof(*agent, agentic.bob, data_hashes=(root("a"), root("b"), root("c")))
    registry = agentic.registry.contract("AgenticID").address
    assert book.read("serveProofHash", proof.abi()) == proof.digest(CHAIN_ID, registry)
    assert book.read("getIdentityRegistry") == registry.lower()


def test_entry_with_a_proof_keeps_what_the_agent_ran_on(
    agentic: AgenticHouse, book: Deployed, agent: tuple[int, Person]
) -> None:
    bob = agentic.bob
    proof = agentic.proof(*agent, bob)
    made = book.send(GIVE, *opinion(agent[0], -3), proof.abi(), sender=bob.address)
    (event,) = book.events("FeedbackWithProof", made)
    assert list(cast("list[bytes]", event["dataHashes"])) == list(proof.data_hashes)
    served = book.read("getServeData", agent[0], bob.address, 1)
    assert served == (proof.data_hashes, proof.framework_hash)
    assert book.read("readFeedback", agent[0], bob.address, 1) == (-3, 0, "", "", False)
    assert book.read("isNonceConsumed", proof.nonce_key()) is True
    assert book.read("maxProofAge") == MAX_PROOF_AGE_SECONDS
    again = refused(lambda: book.read(GIVE, *opinion(agent[0]), proof.abi(), sender=bob.address))
    assert again == ("NonceAlreadyUsed", (proof.nonce_key(),))


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("agent", "ReputationProofAgentMismatch"),
        ("submitter", "ReputationProofSubmitterMismatch"),
        ("no seal", "ReputationNoAgentSeal"),
        ("key", "ReputationInvalidProofSignature"),
        ("short", "ReputationInvalidProofSignature"),
        ("high s", "ReputationInvalidProofSignature"),
        ("changed", "ReputationInvalidProofSignature"),
        ("late", "NonceExpired"),
        ("far", "NonceDeadlineTooFar"),
    ],
)
def test_proof_that_is_not_the_callers_for_this_agent_now_reverts(
    agentic: AgenticHouse,
    book: Deployed,
    agent: tuple[int, Person],
    case: str,
    name: str,
) -> None:
    bob, number = agentic.bob, agent[0]
    if case == "no seal":
        number = agentic.plain_agent(agentic.alice)
    ages = {"late": -1, "far": MAX_PROOF_AGE_SECONDS + 60}
    proof = agentic.proof(
        number,
        Person.named("thief") if case == "key" else agent[1],
        agentic.carol if case == "submitter" else bob,
        deadline=agentic.clock.now() + ages.get(case, 600),
    )
    proof = replace(proof, **_broken(case, proof))  # type: ignore[arg-type]
    rated = number + 1 if case == "agent" else number
    told = refused(lambda: book.read(GIVE, *opinion(rated), proof.abi(), sender=bob.address))
    assert told[0] == name


def _broken(case: str, proof: ServeProof) -> dict[str, object]:
    """What is wrong with a proof, after it was signed."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = order - int.from_bytes(proof.signature[32:64])
    high = proof.signature[:32] + s.to_bytes(32) + bytes([55 - proof.signature[64]])
    changes: dict[str, dict[str, object]] = {
        "short": {"signature": proof.signature[:64]},
        "high s": {"signature": high},
        "changed": {"task_hash": root("another task")},
    }
    return changes.get(case, {})


@pytest.mark.parametrize("who", ["owner", "approved", "operator"])
def test_whoever_may_act_for_an_agent_does_not_rate_it(
    agentic: AgenticHouse, book: Deployed, agent: tuple[int, Person], who: str
) -> None:
    alice, rater, agents = agentic.alice, agentic.bob, agentic.agents
    if who == "owner":
        rater = alice
    elif who == "approved":
        agents.send("approve", rater.address, agent[0], sender=alice.address)
    else:
        agents.send("setApprovalForAll", rater.address, True, sender=alice.address)
    proof = agentic.proof(*agent, rater).abi()
    told = refused(lambda: book.read(GIVE, *opinion(agent[0]), proof, sender=rater.address))
    if who == "operator":
        agents.send("setApprovalForAll", rater.address, False, sender=alice.address)
    assert told == ("ReputationSelfFeedback", (agent[0], low(rater)))


@pytest.mark.parametrize(
    ("value", "decimals", "told"),
    [
        (10**9 + 1, 0, ("ReputationValueOutOfRange", (10**9 + 1,))),
        (-(10**9) - 1, 0, ("ReputationValueOutOfRange", (-(10**9) - 1,))),
        (1, 19, ("ReputationValueDecimalsTooLarge", (19,))),
    ],
)
def test_value_out_of_range_reverts(
    agentic: AgenticHouse,
    book: Deployed,
    agent: tuple[int, Person],
    value: int,
    decimals: int,
    told: tuple[str, Values],
) -> None:
    bob = agentic.bob
    values = (*opinion(agent[0], value, decimals), agentic.proof(*agent, bob).abi())
    assert refused(lambda: book.read(GIVE, *values, sender=bob.address)) == told


def test_summary_is_a_sum_at_eighteen_decimals_of_named_clients(
    agentic: AgenticHouse, book: Deployed, agent: tuple[int, Person]
) -> None:
    """A9: proofs are free to have, so that a sum over everybody means nothing."""
    rate(agentic, agent, agentic.bob, 5, 0, "a")
    rate(agentic, agent, agentic.bob, 25, 1, "b")
    rate(agentic, agent, agentic.carol, -1, 0, "a")
    both = [agentic.bob.address, agentic.carol.address]
    assert book.read("getSummary", agent[0], both, "", "") == (3, 65 * ONE // 10, 18)
    assert book.read("getSummary", agent[0], both[:1], "a", "") == (1, 5 * ONE, 18)
    assert refused(lambda: book.read("getSummary", agent[0], [], "", "")) == (
        "ReputationClientsRequired",
        (),
    )
    book.send("revokeFeedback", agent[0], 1, sender=agentic.bob.address)
    assert book.read("getSummary", agent[0], both, "a", "") == (1, -ONE, 18)


def test_owner_answers_an_entry_once(
    agentic: AgenticHouse, book: Deployed, agent: tuple[int, Person]
) -> None:
    alice, bob = agentic.alice, agentic.bob
    rate(agentic, agent, bob)
    values = (agent[0], bob.address, 1, "ipfs://answer", root("answer"))
    told = refused(lambda: book.read("appendResponse", *values, sender=bob.address))
    assert told == ("ReputationNotAgentOwner", ())
    book.send("appendResponse", *values, sender=alice.address)
    told = refused(lambda: book.read("appendResponse", *values, sender=alice.address))
    assert told == ("ReputationAlreadyResponded", ())
    assert book.read("getResponseCount", agent[0], bob.address, 1, []) == 1
    missing = (agent[0], bob.address, 2, "", bytes(32))
    told = refused(lambda: book.read("appendResponse", *missing, sender=alice.address))
    assert told == ("ReputationInvalidIndex", (2, 1))


def test_entry_is_revoked_once_by_its_client(
    agentic: AgenticHouse, book: Deployed, agent: tuple[int, Person]
) -> None:
    rate(agentic, agent, agentic.bob)
    bob = agentic.bob.address
    for index in (0, 2):
        told = refused(lambda i=index: book.read("revokeFeedback", agent[0], i, sender=bob))  # type: ignore[misc]
        assert told == ("ReputationInvalidIndex", (index, 1))
    book.send("revokeFeedback", agent[0], 1, sender=bob)
    told = refused(lambda: book.read("revokeFeedback", agent[0], 1, sender=bob))
    assert told == ("ReputationAlreadyRevoked", ())


def test_form_without_a_proof_reverts(book: Deployed, agent: tuple[int, Person]) -> None:
    assert refused(lambda: book.read(PLAIN, *opinion(agent[0]))) == ("AgenticIDProofRequired", ())


def test_dead_proofs_are_forgotten_and_stay_dead(
    agentic: AgenticHouse, book: Deployed, agent: tuple[int, Person]
) -> None:
    bob = agentic.bob
    proof = rate(agentic, agent, bob)
    book.send("cleanExpiredNonces", [proof.nonce_key()])
    assert book.read("isNonceConsumed", proof.nonce_key()) is True
    agentic.clock.reach(proof.deadline + 1)
    book.send("setMaxProofAge", 0)
    book.send("cleanExpiredNonces", [proof.nonce_key()])
    assert book.read("isNonceConsumed", proof.nonce_key()) is False
    told = refused(lambda: book.read(GIVE, *opinion(agent[0]), proof.abi(), sender=bob.address))
    book.send("setMaxProofAge", MAX_PROOF_AGE_SECONDS)
    assert told[0] == "NonceExpired"


@pytest.mark.parametrize("name", ["AgenticIDReputation", "VerifiedFeedback"])
def test_administration_is_the_authoritys(
    agentic: AgenticHouse, name: str, agent: tuple[int, Person]
) -> None:
    registry, bob = agentic.at(name), agentic.bob.address
    calls: list[tuple[str, Values]] = [
        ("pause", ()),
        ("unpause", ()),
        ("setMaxProofAge", (1,)),
        ("upgradeToAndCall", (bob, b"")),
    ]
    for function, values in calls:
        told = refused(lambda f=function, v=values: registry.read(f, *v, sender=bob))  # type: ignore[misc]
        assert told[0] == "AccessManagedUnauthorized"
    registry.send("pause")
    proof = agentic.proof(*agent, agentic.bob).abi()
    entries: list[tuple[str, Values]] = [
        (GIVE, (*opinion(agent[0]), proof)),
        ("revokeFeedback", (agent[0], 1)),
        ("appendResponse", (agent[0], bob, 1, "", bytes(32))),
    ]
    if name == "VerifiedFeedback":
        entries = [("attestFeedback", (agent[0], 1, proof))]
    for function, values in entries:
        told = refused(lambda f=function, v=values: registry.read(f, *v, sender=bob))  # type: ignore[misc]
        assert told[0] == "EnforcedPause"
    registry.send("unpause")
