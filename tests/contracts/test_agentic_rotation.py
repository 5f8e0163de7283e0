"""A new key for an agent under the same seal: with an attestor and the owner's consent only."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.agentic import GIVE, SEALED, AgenticHouse, Values, low, refused
from tests.support.agents import Person, root, sealed
from tests.support.contracts import Deployed, compiled
from zerog.crypto.eip712 import Domain, typed_digest
from zerog.crypto.keccak import keccak256

pytestmark = pytest.mark.contracts

ZERO = "0x" + "00" * 20
DATA = [("one", root("one")), ("two", root("two"))]
KEYS = [sealed("one"), sealed("two")]
ROTATE = (
    "RotateSeal(uint256 agentId,address newSeal,bytes32 sealedKeysHash,"
    "uint256 rotation,uint256 deadline)"
)


@pytest.fixture
def agents(agentic: AgenticHouse) -> Deployed:
    """The collection."""
    return agentic.agents


@pytest.fixture
def sealed_agent(agentic: AgenticHouse) -> tuple[int, Person]:
    """An agent of alice's that has its own key."""
    return agentic.sealed_agent(agentic.alice, "one", "two")


def rotation_digest(
    agents: Deployed, agent: int, new_seal: str, keys: list[bytes], rotation: int, deadline: int
) -> bytes:
    """The Python twin of hashRotation."""
    domain = Domain("0G-AgenticID", "1", 31_337, agents.address)
    encoded = agents.evm.w3.codec.encode(["bytes[]"], [keys])
    values: list[int | str | bytes] = [agent, new_seal, keccak256(encoded), rotation, deadline]
    return typed_digest(domain, ROTATE, values)


def test_owner_and_attestor_give_an_agent_a_new_key(
    agentic: AgenticHouse, agents: Deployed, sealed_agent: tuple[int, Person]
) -> None:
    """A5: in the reference a seal is set once for ever."""
    agent, old = sealed_agent
    new, keys, deadline = (
        Person.named("new seal"),
        [sealed("a"), sealed("b")],
        agentic.clock.now() + 600,
    )
    digest = rotation_digest(agents, agent, new.address, keys, 0, deadline)
    assert agents.read("hashRotation", agent, new.address, keys, deadline) == digest
    values = (agent, new.address, keys, deadline, agentic.alice.sign(digest))
    made = agents.send("rotateAgentSeal", *values, sender=agentic.attestor.address)
    seal_id = agents.read("getSealId", agent)
    (event,) = agents.events("AgentSealSet", made)
    assert (event["agentSeal"], event["sealId"]) == (new.address, seal_id)
    assert agents.read("getAgentSeal", agent) == low(new) != low(old)
    assert agents.read("getAgentIdBySealId", seal_id) == agent
    assert agents.read("sealedKeysOf", agent) == tuple(keys)
    assert agents.read("rotationsOf", agent) == 1
    # The same consent is not good twice.
    told = refused(lambda: agents.read("rotateAgentSeal", *values, sender=agentic.attestor.address))
    assert told == ("NoConsentToRotation", (agent, low(agentic.alice), deadline))


def test_owner_that_is_a_contract_consents_to_a_new_key(
    agentic: AgenticHouse, agents: Deployed
) -> None:
    speaker = Person.named("speaker of an owner")
    wallet = agentic.evm.deploy(compiled("OneOwnerWallet"), speaker.address)
    made = agents.send(
        SEALED, wallet.address, "", [], DATA, KEYS, agentic.carol.address, root("of a wallet"),
        sender=agentic.attestor.address,
    )  # fmt: skip
    (event,) = agents.events("AgentSealSet", made)
    agent, new, deadline = (
        cast(int, event["agentId"]),
        Person.named("next"),
        agentic.clock.now() + 600,
    )
    digest = rotation_digest(agents, agent, new.address, KEYS, 0, deadline)
    values = (agent, new.address, KEYS, deadline, speaker.sign(digest))
    agents.send("rotateAgentSeal", *values, sender=agentic.attestor.address)
    assert agents.read("getAgentSeal", agent) == low(new)


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("caller", "AgenticIDNotTrustedAttestor"),
        ("nobody", "AgenticIDZeroSeal"),
        ("plain", "NoAgentSeal"),
        ("signer", "NoConsentToRotation"),
        ("other keys", "NoConsentToRotation"),
        ("late", "NoConsentToRotation"),
        ("arity", "ERC7857SealedKeyArityMismatch"),
    ],
)
def test_new_key_without_attestor_or_consent_reverts(
    agentic: AgenticHouse,
    agents: Deployed,
    sealed_agent: tuple[int, Person],
    case: str,
    name: str,
) -> None:
    agent = agentic.plain_agent(agentic.alice) if case == "plain" else sealed_agent[0]
    new = ZERO if case == "nobody" else Person.named("new seal").address
    keys = KEYS[:1] if case == "arity" else KEYS
    deadline = agentic.clock.now() + (-1 if case == "late" else 600)
    signed = KEYS[::-1] if case == "other keys" else keys
    signer = agentic.bob if case == "signer" else agentic.alice
    signature = signer.sign(rotation_digest(agents, agent, new, signed, 0, deadline))
    sender = agentic.alice if case == "caller" else agentic.attestor
    values = (agent, new, keys, deadline, signature)
    told = refused(lambda: agents.read("rotateAgentSeal", *values, sender=sender.address))
    assert told[0] == name


def test_new_key_while_paused_reverts(agentic: AgenticHouse, agents: Deployed) -> None:
    agents.send("pause")
    try:
        values: Values = (1, agentic.bob.address, [], 0, b"")
        sender = agentic.attestor.address
        told = refused(lambda: agents.read("rotateAgentSeal", *values, sender=sender))
        assert told[0] == "EnforcedPause"
    finally:
        agents.send("unpause")


def test_proof_of_the_old_key_is_worth_nothing_after_the_rotation(
    agentic: AgenticHouse, agents: Deployed, sealed_agent: tuple[int, Person]
) -> None:
    agent, old = sealed_agent
    new, deadline, book = (
        Person.named("fresh"),
        agentic.clock.now() + 600,
        agentic.at("AgenticIDReputation"),
    )
    digest = rotation_digest(agents, agent, new.address, KEYS, 0, deadline)
    values = (agent, new.address, KEYS, deadline, agentic.alice.sign(digest))
    agents.send("rotateAgentSeal", *values, sender=agentic.attestor.address)
    bob, rating = agentic.bob, (agent, 5, 0, "", "", "", "", bytes(32))
    proofs = [agentic.proof(agent, key, bob).abi() for key in (old, new)]
    told = refused(lambda: book.read(GIVE, *rating, proofs[0], sender=bob.address))
    assert told == ("ReputationInvalidProofSignature", ())
    book.send(GIVE, *rating, proofs[1], sender=bob.address)
