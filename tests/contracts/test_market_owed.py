"""Settlements of which nothing is owed, what collects, and what it all costs."""

from __future__ import annotations

import pytest

from tests.support.agents import Pair
from tests.support.contracts import Reverted, check_gas
from tests.support.evm import AnvilProcess
from tests.support.market import ORACLE, PAID, SETTLED, Bazaar
from tests.support.market_sale import Sale, least_gas
from zerog.inft.proofs import AccessProof

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def bazaar(anvil: AnvilProcess) -> Bazaar:
    """A market on the shared chain, whose clock stands."""
    return Bazaar.build(anvil)


# ------------------------------------------------------------------- where nothing is owed


def spoilt_seal(sale: Sale) -> list[Pair]:
    """A new seal that is not what the proof says."""
    consent, made = sale.pairs[0]
    other = Sale.paid(sale.bazaar).pairs[0][1]
    return [(consent, made._replace(sealed_key=other.sealed_key))]


def foreign_key(sale: Sale) -> list[Pair]:
    """A good proof to another key than was paid for."""
    bazaar, alice, carol = sale.bazaar, sale.bazaar.house.alice, sale.bazaar.house.carol
    act = bazaar.act_of(sale.listing, sale.buyer)
    return bazaar.pairs(act, alice, carol.public_key, [sale.pairs[0][0]])


def junk_consent(sale: Sale) -> list[Pair]:
    """The seller's good half, beside a consent that the buyer never gave."""
    consent, made = sale.pairs[0]
    signature = bytes(64) + b"\x1b"
    return [(AccessProof(*consent[:-1], signature), made)]


def newer_consent(sale: Sale) -> list[Pair]:
    """A consent that is good by itself, but is not what was paid with, and is spent as well."""
    fresh = sale.with_fresh_consents()
    Sale(sale.bazaar, 0, 0, sale.buyer, fresh).spoil()
    return fresh


def oracle_proof(sale: Sale) -> list[Pair]:
    """An oracle's word that the data key is sealed to the buyer."""
    consent, made = sale.pairs[0]
    return [(consent, made._replace(oracle_type=0))]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (spoilt_seal, "WrongInverse"),
        (foreign_key, "OtherKey|Key"),
        (junk_consent, "ECDSA|Access"),
        (newer_consent, "NonceAlreadyUsed"),
        (oracle_proof, "MalformedNonce"),
        (lambda sale: sale.pairs * 2, "Length|Count"),
    ],
    ids=["seal", "key", "junk consent", "newer consent", "oracle", "count"],
)
def test_half_that_is_not_good_reverts_with_the_tokens_error(
    bazaar: Bazaar, change: object, error: str
) -> None:
    sale = Sale.paid(bazaar)
    assert callable(change)
    bad = change(sale)
    before = bazaar.credit(bazaar.house.alice)
    with pytest.raises(Reverted, match=error):
        sale.settle(bad)
    assert bazaar.state(sale.listing) == PAID
    assert bazaar.credit(bazaar.house.alice) == before


@pytest.mark.parametrize("paused", ["token", "verifier"])
def test_pause_is_nobodys_refusal(bazaar: Bazaar, paused: str) -> None:
    """Nobody is paid then: a verifier that is paused is not to be believed."""
    sale = Sale.paid(bazaar)
    contract = bazaar.house.token if paused == "token" else bazaar.house.verifier
    contract.send("pause")
    with pytest.raises(Reverted, match="EnforcedPause"):
        sale.settle()
    contract.send("unpause")
    assert sale.settle() == []
    assert bazaar.state(sale.listing) == SETTLED


def test_settle_with_little_gas_reverts_and_owes_nothing(bazaar: Bazaar) -> None:
    """Else anyone could make a good hand-over look like a refusal, for the price of its gas."""
    sale = Sale.paid(bazaar)
    least = least_gas(sale.bazaar, sale.listing, sale.pairs)
    assert 500_000 < least < 1_200_000
    sale.settle(gas=least)
    assert bazaar.state(sale.listing) == SETTLED


def test_oracles_sale_whose_consent_is_refused_reverts(bazaar: Bazaar) -> None:
    house, alice, bob, carol = bazaar.house, *bazaar.house_people()
    token_id = bazaar.mint(alice)
    listing = bazaar.put_up(token_id, alice, mode=ORACLE)
    bazaar.buy(listing, bob, [])
    pairs = house.pairs(house.statement(token_id, alice, bob), carol)
    with pytest.raises(Reverted, match="WrongAccessSigner"):
        bazaar.market.send("settle", listing, pairs)
    assert bazaar.state(listing) == PAID


def test_collect_goes_on_while_the_market_is_paused(bazaar: Bazaar) -> None:
    sale = Sale.paid(bazaar)
    sale.spoil()
    sale.settle()
    bazaar.market.send("pause")
    sale.collect(sale.with_fresh_consents())
    bazaar.market.send("unpause")
    assert bazaar.state(sale.listing) == SETTLED


def test_gas_of_a_settlement(fresh_anvil: AnvilProcess) -> None:
    """By a listing with a sigma proof, settled and owed."""
    fresh = Bazaar.build(fresh_anvil)
    sale = Sale.paid(fresh)
    call = ("settle", sale.listing, sale.pairs)
    used = fresh.market.send(*call, sender=fresh.house.carol.address)["gasUsed"]
    assert used < 392_000
    check_gas("AgentMarket.settle ZKP, thousands", round(used / 1000))
    other = Sale.paid(fresh)
    other.spoil()
    call = ("settle", other.listing, other.pairs)
    used = fresh.market.send(*call, sender=fresh.house.carol.address)["gasUsed"]
    check_gas("AgentMarket.settle owed, thousands", round(used / 1000))
