"""The canonical identity registry of a devnet: ids, metadata, wallets by consent, upgrades."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.agentic import AgenticHouse, low, refused
from tests.support.agents import Person
from tests.support.contracts import Deployed, artifact, compiled

pytestmark = pytest.mark.contracts

REGISTER_WITH = "register(string,(string,bytes)[])"
WALLET_KEY = "agentWallet"
MAX_CONSENT_SECONDS = 300


@pytest.fixture
def identity(agentic: AgenticHouse) -> Deployed:
    """The registry."""
    return agentic.identity


def register(identity: Deployed, owner: Person) -> int:
    """A bare agent."""
    made = identity.send("register()", sender=owner.address)
    (event,) = identity.events("Registered", made)
    return cast(int, event["agentId"])


@pytest.fixture
def agent(agentic: AgenticHouse, identity: Deployed) -> int:
    """An agent of alice's, straight from the registry."""
    return register(identity, agentic.alice)


# -------------------------------------------------------------------- registration


def test_registry_is_what_its_clients_expect(identity: Deployed) -> None:
    assert identity.read("name") == "AgentIdentity"
    assert identity.read("symbol") == "AGENT"
    assert identity.read("getVersion") == "2.0.0"
    for interface in ("f3e6ef75", "80ac58cd", "5b5e139f", "49064906", "01ffc9a7"):
        assert identity.read("supportsInterface", bytes.fromhex(interface)) is True
    assert identity.read("supportsInterface", b"\xff" * 4) is False


def test_register_counts_and_names_the_caller_as_wallet(
    agentic: AgenticHouse, identity: Deployed
) -> None:
    first, second = (register(identity, agentic.alice) for _ in range(2))
    assert second == first + 1
    assert identity.read("ownerOf", second) == low(agentic.alice)
    assert identity.read("getAgentWallet", second) == low(agentic.alice)
    wallet = bytes.fromhex(agentic.alice.address[2:])
    assert identity.read("getMetadata", second, WALLET_KEY) == wallet


def test_register_with_uri_and_metadata_keeps_both(
    agentic: AgenticHouse, identity: Deployed
) -> None:
    made = identity.send(
        REGISTER_WITH, "ipfs://card", [("colour", b"red")], sender=agentic.bob.address
    )
    (event,) = identity.events("Registered", made)
    agent = cast(int, event["agentId"])
    assert event["agentURI"] == identity.read("tokenURI", agent) == "ipfs://card"
    assert identity.read("getMetadata", agent, "colour") == b"red"
    keys = [one["metadataKey"] for one in identity.events("MetadataSet", made)]
    assert keys == [WALLET_KEY, "colour"]


def test_register_with_the_wallets_key_reverts(agentic: AgenticHouse, identity: Deployed) -> None:
    values = ("", [(WALLET_KEY, bytes(20))])
    call = identity.read
    assert refused(lambda: call(REGISTER_WITH, *values)) == ("Error", ("reserved key",))


def test_register_by_a_contract_that_takes_no_tokens_reverts(
    agentic: AgenticHouse, identity: Deployed
) -> None:
    registry = agentic.at("TappRegistry").address
    name, _ = refused(lambda: identity.read("register()", sender=registry))
    assert name in {"ERC721InvalidReceiver", "Unknown"}


# ------------------------------------------------------------ URI, metadata, rights


def test_owner_approved_and_operator_act_and_others_do_not(
    agentic: AgenticHouse, identity: Deployed, agent: int
) -> None:
    alice, bob, carol = agentic.alice, agentic.bob, agentic.carol
    actions: list[tuple[str, tuple[object, ...]]] = [
        ("setAgentURI", (agent, "ipfs://new")),
        ("setMetadata", (agent, "colour", b"blue")),
        ("unsetAgentWallet", (agent,)),
    ]
    for function, values in actions:
        told = refused(lambda f=function, v=values: identity.read(f, *v, sender=bob.address))  # type: ignore[misc]
        assert told == ("Error", ("Not authorized",))
        identity.send(function, *values, sender=alice.address)
    identity.send("approve", bob.address, agent, sender=alice.address)
    identity.send("setApprovalForAll", carol.address, True, sender=alice.address)
    for actor in (bob, carol):
        assert identity.read("isAuthorizedOrOwner", actor.address, agent) is True
        made = identity.send("setAgentURI", agent, f"ipfs://{low(actor)}", sender=actor.address)
        (event,) = identity.events("URIUpdated", made)
        assert event["updatedBy"] == actor.address
    identity.send("setApprovalForAll", carol.address, False, sender=alice.address)
    assert identity.read("isAuthorizedOrOwner", carol.address, agent) is False
    assert identity.read("getMetadata", agent, "colour") == b"blue"


def test_metadata_under_the_wallets_key_reverts(
    agentic: AgenticHouse, identity: Deployed, agent: int
) -> None:
    sender = agentic.alice.address
    told = refused(lambda: identity.read("setMetadata", agent, WALLET_KEY, b"", sender=sender))
    assert told == ("Error", ("reserved key",))


def test_reads_of_an_agent_that_is_not_there(identity: Deployed) -> None:
    missing = 10_000
    name, values = refused(lambda: identity.read("tokenURI", missing))
    assert (name, values) == ("ERC721NonexistentToken", (missing,))
    name, _ = refused(lambda: identity.read("isAuthorizedOrOwner", identity.address, missing))
    assert name == "ERC721NonexistentToken"
    assert identity.read("getMetadata", missing, "colour") == b""
    assert identity.read("getAgentWallet", missing) == "0x" + "00" * 20


# ---------------------------------------------------------------------- the wallet


def test_wallet_that_consents_is_set_and_told(
    agentic: AgenticHouse, identity: Deployed, agent: int
) -> None:
    alice, wallet = agentic.alice, Person.named("wallet")
    deadline = agentic.clock.now() + MAX_CONSENT_SECONDS
    consent = agentic.wallet_consent(agent, wallet, alice.address, deadline)
    made = identity.send(
        "setAgentWallet", agent, wallet.address, deadline, consent, sender=alice.address
    )
    (event,) = identity.events("MetadataSet", made)
    assert event["metadataValue"] == bytes.fromhex(wallet.address[2:])
    assert identity.read("getAgentWallet", agent) == low(wallet)


def test_wallet_that_is_a_contract_consents_by_its_owners_signature(
    agentic: AgenticHouse, identity: Deployed, agent: int
) -> None:
    alice, owner = agentic.alice, Person.named("owner of a wallet")
    wallet = agentic.evm.deploy(compiled("OneOwnerWallet"), owner.address)
    deadline = agentic.clock.now() + 60
    signed = agentic.wallet_consent(agent, owner, alice.address, deadline, wallet=wallet.address)
    identity.send("setAgentWallet", agent, wallet.address, deadline, signed, sender=alice.address)
    assert identity.read("getAgentWallet", agent) == wallet.address.lower()


def test_wallet_is_set_by_whoever_may_act_only(
    agentic: AgenticHouse, identity: Deployed, agent: int
) -> None:
    values = (agent, agentic.bob.address, 1, b"")
    told = refused(lambda: identity.read("setAgentWallet", *values, sender=agentic.bob.address))
    assert told == ("Error", ("Not authorized",))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("nobody", "bad wallet"),
        ("late", "expired"),
        ("far", "deadline too far"),
        ("other agent", "invalid wallet sig"),
        ("other owner", "invalid wallet sig"),
        ("other chain", "invalid wallet sig"),
        ("other wallet", "invalid wallet sig"),
        ("short", "invalid wallet sig"),
    ],
)
def test_wallet_without_its_consent_for_this_reverts(
    agentic: AgenticHouse, identity: Deployed, agent: int, case: str, reason: str
) -> None:
    alice, wallet = agentic.alice, Person.named("wallet")
    # A call is made in the head's second, or in the next one.
    offsets = {"late": -1, "far": MAX_CONSENT_SECONDS + 60}
    deadline = agentic.clock.now() + offsets.get(case, 60)
    consent = agentic.wallet_consent(
        agent + (case == "other agent"),
        wallet,
        agentic.bob.address if case == "other owner" else alice.address,
        deadline,
        1 if case == "other chain" else 31_337,
    )
    named = "0x" + "00" * 20 if case == "nobody" else wallet.address
    if case == "other wallet":
        named = agentic.carol.address
    signed = consent[:64] if case == "short" else consent
    values = (agent, named, deadline, signed)
    told = refused(lambda: identity.read("setAgentWallet", *values, sender=alice.address))
    assert told == ("Error", (reason,))


def test_wallet_ends_with_ownership(agentic: AgenticHouse, identity: Deployed, agent: int) -> None:
    alice, bob = agentic.alice, agentic.bob
    identity.send("transferFrom", alice.address, bob.address, agent, sender=alice.address)
    assert identity.read("getAgentWallet", agent) == "0x" + "00" * 20
    assert identity.read("getMetadata", agent, WALLET_KEY) == b""


# ------------------------------------------------------------------ administration


def test_upgrade_is_the_authoritys(agentic: AgenticHouse, identity: Deployed) -> None:
    logic = agentic.evm.deploy(artifact("IdentityRegistry8004"))
    values = (logic.address, b"")
    name, _ = refused(
        lambda: identity.read("upgradeToAndCall", *values, sender=agentic.alice.address)
    )
    assert name == "AccessManagedUnauthorized"
    identity.send("upgradeToAndCall", *values)
    assert identity.read("ownerOf", 0) == "0x" + "00" * 18 + "dead"


def test_registry_and_its_logic_are_initialised_once(
    agentic: AgenticHouse, identity: Deployed
) -> None:
    logic = agentic.evm.deploy(artifact("IdentityRegistry8004"))
    for one in (identity, logic):
        name, _ = refused(lambda one=one: one.read("initialize", agentic.alice.address))  # type: ignore[misc]
        assert name == "InvalidInitialization"
