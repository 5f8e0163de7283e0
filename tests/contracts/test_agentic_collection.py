"""AgenticID: registration with and without a seal, its rules, forwarding, custody."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.agentic import REGISTER, SEALED, AgenticHouse, Values, low, refused
from tests.support.agents import Person, root, sealed
from tests.support.contracts import Deployed
from zerog.chain.steps_agentic import AGENTIC_INTERFACES

pytestmark = pytest.mark.contracts

ZERO = "0x" + "00" * 20
DATA = [("one", root("one")), ("two", root("two"))]
KEYS = [sealed("one"), sealed("two")]
PROOFS = "((bytes32,bytes,bytes,uint256,bytes),(uint8,bytes32,bytes,bytes,bytes,uint256,bytes))[]"


@pytest.fixture
def agents(agentic: AgenticHouse) -> Deployed:
    """The collection."""
    return agentic.agents


@pytest.fixture
def sealed_agent(agentic: AgenticHouse) -> tuple[int, Person]:
    """An agent of alice's that has its own key."""
    return agentic.sealed_agent(agentic.alice, "one", "two", uri="ipfs://card")


# -------------------------------------------------------------------- registration


def test_collection_reports_every_interface(agents: Deployed) -> None:
    for interface in (*AGENTIC_INTERFACES, "01ffc9a7", "80ac58cd"):
        assert agents.read("supportsInterface", bytes.fromhex(interface)) is True, interface


def test_register_without_data_reverts(agents: Deployed) -> None:
    calls: list[tuple[str, Values]] = [
        ("register()", ()),
        ("register(string)", ("",)),
        ("register(string,(string,bytes)[])", ("", [])),
    ]
    for function, values in calls:
        told = refused(lambda f=function, v=values: agents.read(f, *v))  # type: ignore[misc]
        assert told == ("AgenticIDUseRegisterWithData", ())


def test_register_takes_the_canonical_id_and_keeps_its_token(
    agentic: AgenticHouse, agents: Deployed
) -> None:
    alice = agentic.alice
    values: Values = ("ipfs://card", [("colour", b"red")], DATA, KEYS)
    made = agents.send(REGISTER, *values, sender=alice.address)
    (registered,) = agentic.identity.events("Registered", made)
    (moved,) = agents.events("ITransferred", made)
    agent = cast(int, registered["agentId"])
    assert (moved["tokenId"], moved["from"]) == (agent, "0x" + "00" * 20)
    assert agents.read("ownerOf", agent) == low(alice)
    assert agentic.identity.read("ownerOf", agent) == agents.address.lower()
    assert agents.read("tokenURI", agent) == agentic.identity.read("tokenURI", agent)
    assert agents.read("getMetadata", agent, "colour") == b"red"
    assert agents.read("getAgentWallet", agent) == ZERO
    assert agents.read("sealedKeysOf", agent) == tuple(KEYS)
    assert agents.read("creatorOf", agent) == low(alice)
    assert agents.read("getAgentSeal", agent) == ZERO


@pytest.mark.parametrize(
    ("data", "keys", "told"),
    [
        ([], [], ("ERC7857EmptyData", ())),
        (DATA, KEYS[:1], ("ERC7857SealedKeyArityMismatch", (2, 1))),
        (DATA, [*KEYS, b"x"], ("ERC7857SealedKeyArityMismatch", (2, 3))),
        ([("one", bytes(32))], KEYS[:1], ("ZeroDataHash", (0,))),
        (DATA[:1], [b""], ("EmptySealedKey", (0,))),
    ],
)
def test_register_without_a_key_for_each_item_reverts(
    agents: Deployed, data: list[object], keys: list[object], told: tuple[str, Values]
) -> None:
    assert refused(lambda: agents.read(REGISTER, "", [], data, keys)) == told


def test_register_while_paused_reverts(agentic: AgenticHouse, agents: Deployed) -> None:
    agents.send("pause")
    try:
        assert refused(lambda: agents.read(REGISTER, "", [], DATA, KEYS))[0] == "EnforcedPause"
    finally:
        agents.send("unpause")


def test_seal_is_bound_to_one_agent(
    agentic: AgenticHouse, agents: Deployed, sealed_agent: tuple[int, Person]
) -> None:
    agent, key = sealed_agent
    seal_id = cast(bytes, agents.read("getSealId", agent))
    assert agents.read("getAgentSeal", agent) == low(key)
    assert agents.read("getAgentIdBySealId", seal_id) == agent
    assert agents.read("isSealIdBound", seal_id) is True
    assert agents.read("isSealIdBound", root("free")) is False
    told = refused(lambda: agentic.register_sealed(agentic.bob, key, seal_id))
    assert told == ("AgenticIDSealIdTaken", (seal_id, agent))


@pytest.mark.parametrize(
    ("key", "seal_id"), [(ZERO, root("a seal")), ("0x" + "11" * 20, bytes(32))]
)
def test_seal_without_address_or_id_reverts(
    agentic: AgenticHouse, agents: Deployed, key: str, seal_id: bytes
) -> None:
    values: Values = (agentic.bob.address, "", [], DATA, KEYS, key, seal_id)
    attestor = agentic.attestor.address
    told = refused(lambda: agents.read(SEALED, *values, sender=attestor))
    assert told == ("AgenticIDZeroSeal", ())


def test_seal_from_somebody_who_is_no_attestor_reverts(
    agentic: AgenticHouse, agents: Deployed
) -> None:
    alice = agentic.alice.address
    values: Values = (alice, "", [], DATA, KEYS, alice, root("mine"))
    told = refused(lambda: agents.read(SEALED, *values, sender=alice))
    assert told == ("AgenticIDNotTrustedAttestor", ())


def test_allow_lists_are_the_authoritys(agentic: AgenticHouse, agents: Deployed) -> None:
    bob, image = agentic.bob.address, root("an image")
    lists: list[tuple[str, str, str, object]] = [
        ("addTrustedAttestor", "removeTrustedAttestor", "isTrustedAttestor", bob),
        ("addValidFrameworkHash", "removeValidFrameworkHash", "isValidFrameworkHash", image),
    ]
    for add, remove, asks, value in lists:
        for function in (add, remove):
            told = refused(lambda f=function, v=value: agents.read(f, v, sender=bob))  # type: ignore[misc]
            assert told[0] == "AccessManagedUnauthorized"
        assert agents.read(asks, value) is False
        made = agents.send(add, value)
        assert len(made["logs"]) == 1
        assert agents.read(asks, value) is True
        agents.send(remove, value)
        assert agents.read(asks, value) is False


# ------------------------------------------------------- the rules of sealed agents


def test_sealed_agent_moves_plainly_and_in_no_other_way(
    agentic: AgenticHouse, agents: Deployed, sealed_agent: tuple[int, Person]
) -> None:
    agent, key = sealed_agent
    alice, bob = agentic.alice.address, agentic.bob.address
    for function, error in (
        (f"iTransferFrom(address,address,uint256,{PROOFS})", "AgenticIDSealedAgentUseTransfer"),
        (f"iCloneFrom(address,address,uint256,{PROOFS})", "AgenticIDCannotCloneSealedAgent"),
    ):
        values: Values = (alice, bob, agent, [])
        told = refused(lambda f=function, v=values: agents.read(f, *v, sender=alice))  # type: ignore[misc]
        assert told == (error, (agent,))
    agents.send("transferFrom", alice, bob, agent, sender=alice)
    assert agents.read("ownerOf", agent) == bob.lower()
    assert agents.read("getAgentSeal", agent) == low(key)
    plain = agentic.plain_agent(agentic.alice)
    told = refused(lambda: agents.read("transferFrom", alice, bob, plain, sender=alice))
    assert told[0] == "PrivateDataNeedsProof"


def test_data_of_a_sealed_agent_is_changed_by_its_own_key_only(
    agentic: AgenticHouse, agents: Deployed, sealed_agent: tuple[int, Person]
) -> None:
    agent, key = sealed_agent
    new = [("new", root("new"))]
    values = (agent, new, [sealed("new")])
    alice = agentic.alice.address
    for function, more in (("update", values), ("updateAt", (agent, 0, new[0], sealed("new")))):
        told = refused(lambda f=function, v=more: agents.read(f, *v, sender=alice))  # type: ignore[misc]
        assert told == ("AgenticIDNotAgentSeal", (agent, alice.lower(), low(key)))
    agentic.become(key.address)
    agents.send("update", *values, sender=key.address)
    assert agents.read("dataHashesOf", agent) == (root("new"),)


# ------------------------------------------------- forwarding to the canonical registry


def test_owner_describes_an_agent_in_the_canonical_registry(
    agentic: AgenticHouse, agents: Deployed, sealed_agent: tuple[int, Person]
) -> None:
    agent, _ = sealed_agent
    alice, wallet, identity = agentic.alice.address, Person.named("purse"), agentic.identity
    assert agents.read("tokenURI", agent) == "ipfs://card"
    agents.send("setAgentURI", agent, "ipfs://next", sender=alice)
    assert identity.read("tokenURI", agent) == agents.read("tokenURI", agent) == "ipfs://next"
    agents.send("setMetadata", agent, "colour", b"blue", sender=alice)
    assert agents.read("getMetadata", agent, "colour") == b"blue"
    deadline = agentic.clock.now() + 60
    # Who holds the canonical token, and so has to be named, is the collection.
    consent = agentic.wallet_consent(agent, wallet, agents.address, deadline)
    agents.send("setAgentWallet", agent, wallet.address, deadline, consent, sender=alice)
    assert agents.read("getAgentWallet", agent) == low(wallet)
    agents.send("unsetAgentWallet", agent, sender=alice)
    assert identity.read("getAgentWallet", agent) == ZERO


def test_stranger_describes_nothing_and_an_attestor_only_where_the_card_is(
    agentic: AgenticHouse, agents: Deployed, sealed_agent: tuple[int, Person]
) -> None:
    agent, _ = sealed_agent
    actions: list[tuple[str, Values]] = [
        ("setAgentURI", (agent, "ipfs://evil")),
        ("setMetadata", (agent, "colour", b"")),
        ("setAgentWallet", (agent, agentic.bob.address, 0, b"")),
        ("unsetAgentWallet", (agent,)),
    ]
    for actor in (agentic.bob, agentic.attestor):
        for function, values in actions[actor == agentic.attestor :]:
            told = refused(
                lambda f=function, v=values, a=actor: agents.read(f, *v, sender=a.address)  # type: ignore[misc]
            )
            assert told[0] == "ERC721IncorrectOwner", function
    agents.send("setAgentURI", agent, "ipfs://moved", sender=agentic.attestor.address)
    assert agents.read("tokenURI", agent) == "ipfs://moved"
    told = refused(lambda: agents.read("setAgentURI", 10_000, "", sender=agentic.attestor.address))
    assert told == ("ERC721NonexistentToken", (10_000,))


def test_wallet_ends_with_a_local_transfer_and_the_token_stays_in_custody(
    agentic: AgenticHouse, agents: Deployed, sealed_agent: tuple[int, Person]
) -> None:
    agent, _ = sealed_agent
    alice, bob, wallet = agentic.alice.address, agentic.bob.address, Person.named("purse")
    deadline = agentic.clock.now() + 60
    consent = agentic.wallet_consent(agent, wallet, agents.address, deadline)
    agents.send("setAgentWallet", agent, wallet.address, deadline, consent, sender=alice)
    agents.send("safeTransferFrom(address,address,uint256)", alice, bob, agent, sender=alice)
    assert agents.read("getAgentWallet", agent) == ZERO
    assert agentic.identity.read("ownerOf", agent) == agents.address.lower()


def test_canonical_tokens_of_others_are_not_taken(agentic: AgenticHouse, agents: Deployed) -> None:
    alice, identity = agentic.alice.address, agentic.identity
    made = identity.send("register()", sender=alice)
    (event,) = identity.events("Registered", made)
    agent = event["agentId"]
    safe = "safeTransferFrom(address,address,uint256)"
    told = refused(lambda: identity.read(safe, alice, agents.address, agent, sender=alice))
    assert told == ("CanonicalStrayDeposit", (agent,))
    values = (alice, ZERO, 1, b"")
    told = refused(lambda: agents.read("onERC721Received", *values, sender=alice))
    assert told == ("CanonicalUnexpectedToken", (alice.lower(),))


def test_functions_for_the_core_are_closed_to_others(
    agentic: AgenticHouse, agents: Deployed
) -> None:
    alice = agentic.alice.address
    calls: list[tuple[str, Values]] = [("takeId", ()), ("moved", (1,))]
    for function, values in calls:
        told = refused(lambda f=function, v=values: agents.read(f, *v, sender=alice))  # type: ignore[misc]
        assert told == ("NotTheCollection", (alice.lower(),))


def test_canonical_registry_is_named_once_and_by_the_authority(
    agentic: AgenticHouse, agents: Deployed
) -> None:
    identity = agentic.identity.address
    assert agents.read("canonical") == identity.lower()
    assert agents.read("pauser") == agents.read("authority")
    told = refused(lambda: agents.read("setCanonical", identity))
    assert told == ("CanonicalNotSettable", (identity.lower(),))
    told = refused(lambda: agents.read("setCanonical", identity, sender=agentic.bob.address))
    assert told[0] == "AccessManagedUnauthorized"
