"""Trust roots that people acknowledge, and balances that they pay ahead."""

from __future__ import annotations

import pytest

from tests.support.agentic import AgenticHouse, Values, low, refused
from tests.support.agents import Person
from tests.support.contracts import Deployed, artifact, compiled

pytestmark = pytest.mark.contracts

LOCK_SECONDS = 7200


@pytest.fixture
def tapp(agentic: AgenticHouse) -> Deployed:
    """The registry of trust roots."""
    return agentic.at("TappRegistry")


@pytest.fixture
def serving(agentic: AgenticHouse) -> Deployed:
    """The prepaid balances."""
    return agentic.at("SandboxServing")


@pytest.fixture
def app(agentic: AgenticHouse, tapp: Deployed) -> str:
    """An app of its own."""
    name = f"app {next(agentic.counter)}"
    tapp.send("setApp", name, b"compose", b"volumes", [b"image"])
    return name


# ------------------------------------------------------------------------ trust roots


def test_acknowledgement_holds_until_the_app_changes(
    agentic: AgenticHouse, tapp: Deployed, app: str
) -> None:
    bob = agentic.bob.address
    assert tapp.read("isAcknowledged", bob, app) is False
    made = tapp.send("acknowledgeApps", [app], sender=bob)
    assert len(tapp.events("AppAcknowledged", made)) == 1
    assert tapp.read("isAcknowledged", bob, app) is True
    again = tapp.send("acknowledgeApps", [app], sender=bob)
    assert tapp.events("AppAcknowledged", again) == []
    tapp.send("setNodes", app, [agentic.carol.address])
    assert tapp.read("getAckVersion", app) == 2
    assert tapp.read("isAcknowledged", bob, app) is False
    assert tapp.read("getNodeList", app) == (low(agentic.carol),)


def test_acknowledgement_can_be_taken_back(agentic: AgenticHouse, tapp: Deployed, app: str) -> None:
    bob = agentic.bob.address
    tapp.send("acknowledgeApps", [app], sender=bob)
    made = tapp.send("revokeAcknowledgement", app, sender=bob)
    assert len(tapp.events("AcknowledgementRevoked", made)) == 1
    assert tapp.read("isAcknowledged", bob, app) is False
    again = tapp.send("revokeAcknowledgement", app, sender=bob)
    assert tapp.events("AcknowledgementRevoked", again) == []


def test_app_that_is_not_there_is_not_acknowledged(agentic: AgenticHouse, tapp: Deployed) -> None:
    for function, values in (("acknowledgeApps", (["none"],)), ("setNodes", ("none", []))):
        told = refused(lambda f=function, v=values: tapp.read(f, *v))  # type: ignore[misc]
        assert told == ("NoSuchApp", ("none",))
    assert tapp.read("isAcknowledged", agentic.bob.address, "none") is False
    assert tapp.read("getAckVersion", "none") == 0


def test_app_keeps_its_first_owner_and_time(
    agentic: AgenticHouse, tapp: Deployed, app: str
) -> None:
    compose, volumes, images, owner, since = info(tapp, app)
    assert (compose, volumes, images) == (b"compose", b"volumes", (b"image",))
    assert owner == agentic.evm.account(None).lower()
    tapp.send("setApp", app, b"", b"", [])
    assert info(tapp, app) == (b"", b"", (), owner, since)


def info(tapp: Deployed, app: str) -> Values:
    """What is known of an app."""
    found = tapp.read("getAppInfo", app)
    assert isinstance(found, tuple)
    return found


def test_trust_roots_are_the_authoritys(agentic: AgenticHouse, tapp: Deployed, app: str) -> None:
    bob = agentic.bob.address
    calls: list[tuple[str, Values]] = [
        ("setApp", (app, b"", b"", [])),
        ("setNodes", (app, [bob])),
        ("upgradeToAndCall", (bob, b"")),
    ]
    for function, values in calls:
        told = refused(lambda f=function, v=values: tapp.read(f, *v, sender=bob))  # type: ignore[misc]
        assert told[0] == "AccessManagedUnauthorized"


# --------------------------------------------------------------------------- balances


def test_terms_name_the_app_that_stands_for_a_provider(
    agentic: AgenticHouse, serving: Deployed, tapp: Deployed, app: str
) -> None:
    provider, bob = Person.named("provider").address, agentic.bob.address
    serving.send("setService", provider, "http://one.example", app, 1, 2, 3)
    assert serving.read("services", provider) == ("http://one.example", app, 1, 2, 3)
    assert serving.read("isTEEAcknowledged", bob, provider) is False
    tapp.send("acknowledgeApps", [app], sender=bob)
    assert serving.read("isTEEAcknowledged", bob, provider) is True
    values = (provider, "", app, 0, 0, 0)
    told = refused(lambda: serving.read("setService", *values, sender=bob))
    assert told[0] == "AccessManagedUnauthorized"


def test_deposit_is_the_recipients_and_comes_back_after_the_lock(
    agentic: AgenticHouse, serving: Deployed
) -> None:
    provider, bob, carol = Person.named("a provider").address, agentic.bob, agentic.carol
    serving.send("deposit", bob.address, provider, sender=carol.address, value=500)
    assert serving.read("getBalance", bob.address, provider) == (500, 0, 0)
    serving.send("requestRefund", provider, 300, sender=bob.address)
    unlock = agentic.clock.now() + LOCK_SECONDS
    assert serving.read("getBalance", bob.address, provider) == (200, 300, unlock)
    told = refused(lambda: serving.read("withdrawRefund", provider, sender=bob.address))
    assert told == ("RefundLocked", (unlock,))
    agentic.clock.reach(unlock)
    before = agentic.evm.balance(serving.address)
    made = serving.send("withdrawRefund", provider, sender=bob.address)
    (event,) = serving.events("RefundWithdrawn", made)
    assert event["amount"] == 300 == before - agentic.evm.balance(serving.address)
    assert serving.read("getBalance", bob.address, provider) == (200, 0, 0)
    told = refused(lambda: serving.read("withdrawRefund", provider, sender=bob.address))
    assert told == ("RefundLocked", (0,))


def test_money_that_is_not_there_reverts(agentic: AgenticHouse, serving: Deployed) -> None:
    provider, bob = Person.named("b provider").address, agentic.bob.address
    told = refused(lambda: serving.read("deposit", bob, provider, sender=bob))
    assert told == ("ZeroDeposit", ())
    told = refused(lambda: serving.read("requestRefund", provider, 1, sender=bob))
    assert told == ("BalanceTooSmall", (0, 1))


def test_refund_to_an_account_that_takes_none_stays(
    agentic: AgenticHouse, serving: Deployed
) -> None:
    provider, speaker = Person.named("c provider").address, agentic.bob.address
    wallet = agentic.evm.deploy(compiled("OneOwnerWallet"), speaker)
    serving.send("deposit", wallet.address, provider, value=5)
    ask = bytes.fromhex(serving.calldata("requestRefund", provider, 5)[2:])
    wallet.send("execute", serving.address, ask, sender=speaker)
    agentic.clock.reach(agentic.clock.now() + LOCK_SECONDS)
    told = refused(lambda: serving.read("withdrawRefund", provider, sender=wallet.address))
    assert told == ("PaymentRefused", (wallet.address.lower(),))


def test_balances_without_trust_roots_and_foreign_upgrades_revert(
    agentic: AgenticHouse, serving: Deployed
) -> None:
    nobody = Person.named("no contract").address
    authority = agentic.registry.contract("Authority").address
    made = artifact("SandboxServing")
    told = refused(lambda: agentic.evm.deploy_proxy(made, "initialize", nobody, authority))
    assert told == ("NotARegistry", (nobody.lower(),))
    bob = agentic.bob.address
    told = refused(lambda: serving.read("upgradeToAndCall", nobody, b"", sender=bob))
    assert told[0] == "AccessManagedUnauthorized"
