"""Clones of sealed agents: the gate, the authorizer of purchases, and who may say what."""

from __future__ import annotations

from typing import cast

import pytest
from eth_abi.abi import encode

from tests.support.agentic import AgenticHouse, Values, low, refused
from tests.support.agents import Person, root, sealed
from tests.support.contracts import Deployed, artifact

pytestmark = pytest.mark.contracts

ZERO = "0x" + "00" * 20
HASHES, KEYS = [root("one"), root("two")], [sealed("one"), sealed("two")]
PURCHASE = 7


def which(purchase: int) -> bytes:
    """What a buyer sends along."""
    return encode(["uint256"], [purchase])


@pytest.fixture
def gate(agentic: AgenticHouse) -> Deployed:
    """The gate."""
    return agentic.at("CloneGate")


@pytest.fixture
def rule(agentic: AgenticHouse) -> Deployed:
    """Clones for those who bought one."""
    return agentic.at("StandardCloneAuthorizer")


@pytest.fixture
def source(agentic: AgenticHouse, gate: Deployed, rule: Deployed) -> int:
    """An agent of alice's with two items; bob bought a clone."""
    agent, _ = agentic.sealed_agent(agentic.alice, "one", "two")
    alice = agentic.alice.address
    gate.send("setCloneAuthorizer", agent, rule.address, sender=alice)
    rule.send("grant", agent, PURCHASE, agentic.bob.address, sender=alice)
    return agent


def clone_values(house: AgenticHouse, source: int, **changes: object) -> Values:
    """Arguments of a clone for bob, by bob."""
    number = next(house.counter)
    values: dict[str, object] = {
        "source": source,
        "to": house.bob.address,
        "hashes": HASHES,
        "keys": KEYS,
        "seal": Person.named(f"clone {number}").address,
        "seal_id": root(f"clone {number}"),
        "caller": house.bob.address,
        "data": which(PURCHASE),
        **changes,
    }
    return tuple(values.values())


# --------------------------------------------------------------------------- the gate


def test_attestor_clones_for_a_buyer_whom_the_owners_rule_lets(
    agentic: AgenticHouse, gate: Deployed, source: int
) -> None:
    values = clone_values(agentic, source)
    made = gate.send("cloneFrom", *values, sender=agentic.attestor.address)
    (event,) = gate.events("ClonedFrom", made)
    clone = cast(int, event["newAgentId"])
    agents = agentic.agents
    assert agents.read("ownerOf", clone) == low(agentic.bob)
    assert agents.read("dataHashesOf", clone) == tuple(HASHES)
    assert agents.read("sealedKeysOf", clone) == tuple(KEYS)
    assert agents.read("getAgentSeal", clone) == cast(str, values[4]).lower()
    assert gate.read("cloneSourceOf", clone) == source
    assert gate.read("cloneSourceOf", source) == 0
    assert (gate.read("VERSION"), gate.read("agenticId")) == ("1.0.1", agents.address.lower())


def test_clone_without_an_attestor_reverts(
    agentic: AgenticHouse, gate: Deployed, source: int
) -> None:
    values = clone_values(agentic, source)
    told = refused(lambda: gate.read("cloneFrom", *values, sender=agentic.bob.address))
    assert told == ("CloneGateNotTrustedAttestor", ())


@pytest.mark.parametrize(
    "changes", [{"to": "carol"}, {"caller": "carol"}, {"data": which(8)}, {"data": b"\x07"}]
)
def test_clone_that_the_rule_does_not_let_reverts(
    agentic: AgenticHouse, gate: Deployed, rule: Deployed, source: int, changes: dict[str, object]
) -> None:
    named = {k: agentic.carol.address if v == "carol" else v for k, v in changes.items()}
    values = clone_values(agentic, source, **named)
    attestor = agentic.attestor.address
    told = refused(lambda: gate.read("cloneFrom", *values, sender=attestor))
    assert told == ("CloneGateDenied", (source, rule.address.lower()))


@pytest.mark.parametrize("why", ["removed", "sold"])
def test_rule_ends_when_its_owner_takes_it_back_or_sells(
    agentic: AgenticHouse, gate: Deployed, source: int, why: str
) -> None:
    alice = agentic.alice.address
    if why == "removed":
        gate.send("setCloneAuthorizer", source, ZERO, sender=alice)
    else:
        values = (alice, agentic.carol.address, source)
        agentic.agents.send("transferFrom", *values, sender=alice)
    assert gate.read("cloneAuthorizerOf", source) == ZERO
    wanted = clone_values(agentic, source)
    attestor = agentic.attestor.address
    told = refused(lambda: gate.read("cloneFrom", *wanted, sender=attestor))
    assert told == ("CloneGateDenied", (source, ZERO))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"hashes": HASHES[:1]}, ("CloneGateArityMismatch", (2, 1))),
        ({"keys": KEYS[:1]}, ("CloneGateArityMismatch", (2, 1))),
        (
            {"hashes": HASHES[::-1]},
            ("CloneGateDataHashMismatch", (0, HASHES[0], HASHES[1])),
        ),
    ],
)
def test_clone_of_other_data_than_the_sources_reverts(
    agentic: AgenticHouse,
    gate: Deployed,
    source: int,
    changes: dict[str, object],
    told: tuple[str, Values],
) -> None:
    values = clone_values(agentic, source, **changes)
    attestor = agentic.attestor.address
    assert refused(lambda: gate.read("cloneFrom", *values, sender=attestor)) == told


def test_clone_under_a_seal_that_is_taken_reverts(
    agentic: AgenticHouse, gate: Deployed, source: int
) -> None:
    taken = agentic.agents.read("getSealId", source)
    values = clone_values(agentic, source, seal_id=taken)
    attestor = agentic.attestor.address
    told = refused(lambda: gate.read("cloneFrom", *values, sender=attestor))
    assert told == ("AgenticIDSealIdTaken", (taken, source))


def test_rule_is_the_owners_to_name_also_while_the_collection_is_paused(
    agentic: AgenticHouse, gate: Deployed, source: int
) -> None:
    alice, bob = low(agentic.alice), agentic.bob.address
    told = refused(lambda: gate.read("setCloneAuthorizer", source, bob, sender=bob))
    assert told == ("CloneGateNotTokenOwner", (bob.lower(), source, alice))
    agentic.agents.send("pause")
    made = gate.send("setCloneAuthorizer", source, ZERO, sender=alice)
    agentic.agents.send("unpause")
    (event,) = gate.events("CloneAuthorizerSet", made)
    assert (event["authorizer"], event["owner"]) == (ZERO, agentic.alice.address)


def test_gate_of_no_collection_and_foreign_upgrades_revert(
    agentic: AgenticHouse, gate: Deployed
) -> None:
    nobody = Person.named("no contract").address
    authority = agentic.registry.contract("Authority").address
    deploy = agentic.evm.deploy_proxy
    told = refused(lambda: deploy(artifact("CloneGate"), "initialize", nobody, authority))
    assert told == ("NotARegistry", (nobody.lower(),))
    told = refused(lambda: gate.read("upgradeToAndCall", nobody, b"", sender=agentic.bob.address))
    assert told[0] == "AccessManagedUnauthorized"


# ------------------------------------------------------------- the rule of purchases


def test_purchase_is_effective_while_its_seller_owns_the_agent(
    agentic: AgenticHouse, rule: Deployed, source: int
) -> None:
    alice, bob = agentic.alice, agentic.bob
    assert rule.read("purchaseOf", source, PURCHASE) == (low(bob), low(alice), True)
    assert rule.read("purchaseOf", source, 8) == (ZERO, ZERO, False)
    values = (alice.address, agentic.carol.address, source)
    agentic.agents.send("transferFrom", *values, sender=alice.address)
    assert rule.read("purchaseOf", source, PURCHASE) == (low(bob), low(alice), False)
    ask = (source, bob.address, bob.address, which(PURCHASE))
    assert rule.read("canClone", *ask) is False


def test_purchase_that_is_revoked_lets_nobody(
    agentic: AgenticHouse, rule: Deployed, source: int
) -> None:
    bob = agentic.bob.address
    ask = (source, bob, bob, which(PURCHASE))
    assert rule.read("canClone", *ask) is True
    made = rule.send("revoke", source, PURCHASE, sender=agentic.alice.address)
    (event,) = rule.events("PurchaseRevoked", made)
    assert event["purchaseId"] == PURCHASE
    assert rule.read("canClone", *ask) is False


def test_purchases_are_the_owners_to_grant(
    agentic: AgenticHouse, rule: Deployed, source: int
) -> None:
    bob = agentic.bob.address
    calls: list[tuple[str, Values]] = [
        ("grant", (source, 1, bob)),
        ("revoke", (source, PURCHASE)),
    ]
    for function, values in calls:
        told = refused(lambda f=function, v=values: rule.read(f, *v, sender=bob))  # type: ignore[misc]
        assert told == ("StdCloneAuthNotSeller", (bob.lower(), source, low(agentic.alice)))
    told = refused(lambda: rule.read("grant", source, 1, ZERO, sender=agentic.alice.address))
    assert told == ("ZeroBuyer", ())
    assert rule.read("agenticId") == agentic.agents.address.lower()
    nobody = Person.named("no contract").address
    told = refused(lambda: agentic.evm.deploy(artifact("StandardCloneAuthorizer"), nobody))
    assert told == ("NotARegistry", (nobody.lower(),))
