"""A buyer whose half refuses when the seal is shown already: they owe, and are owed the token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, cast

import pytest
from web3 import Web3
from web3.exceptions import ContractLogicError
from web3.types import TxParams

from tests.support.agents import Pair, Person
from tests.support.contracts import Deployed, Reverted, check_gas, compiled
from tests.support.evm import AnvilProcess
from tests.support.market import (
    COIN,
    ORACLE,
    OWED,
    PAID,
    PRICE,
    SETTLED,
    Bazaar,
)
from zerog.inft.envelope import open_seal
from zerog.inft.market.orders import split
from zerog.inft.proofs import AccessProof

pytestmark = pytest.mark.contracts

WILLING, UNSIGNED, REFUSING, BURNING_GAS, SHOUTING = range(5)
MOODS = (UNSIGNED, REFUSING, BURNING_GAS, SHOUTING)
BLOCK_GAS = 29_000_000


@pytest.fixture(scope="module")
def bazaar(anvil: AnvilProcess) -> Bazaar:
    """A market on the shared chain, whose clock stands."""
    return Bazaar.build(anvil)


@dataclass(frozen=True, slots=True)
class Sale:
    """One that is paid, with the proofs that settle it."""

    bazaar: Bazaar
    token_id: int
    listing: int
    buyer: Person
    pairs: list[Pair]

    @classmethod
    def paid(cls, bazaar: Bazaar, items: int = 1) -> Self:
        """Alice sells, bob pays."""
        alice, bob = bazaar.house.alice, bazaar.house.bob
        labels = [f"owed {next(bazaar.nonces)}" for _ in range(items)]
        token_id = bazaar.mint(alice, *labels)
        listing = bazaar.put_up(token_id, alice)
        consents = bazaar.buy(listing, bob)
        act = bazaar.act_of(listing, bob)
        return cls(
            bazaar, token_id, listing, bob, bazaar.pairs(act, alice, bob.public_key, consents)
        )

    def spoil(self) -> None:
        """The buyer spends the consents elsewhere: on a bare transfer of another token."""
        house, carol = self.bazaar.house, self.bazaar.house.carol
        other = self.bazaar.mint(carol)
        number = int.from_bytes(self.pairs[0][0].nonce[:32], "big")
        act = self.bazaar.statement(other, carol, self.buyer)
        consents = self.bazaar.consents(act, self.buyer, nonce=number)
        pairs = self.bazaar.pairs(act, carol, self.buyer.public_key, consents)
        house.transfer(other, carol, self.buyer, pairs)

    def settle(self, pairs: list[Pair] | None = None, gas: int | None = None) -> list[object]:
        """Brought by carol; gives what the market says of a sale that is owed."""
        market = self.bazaar.market
        receipt = market.send(
            "settle",
            self.listing,
            self.pairs if pairs is None else pairs,
            sender=self.bazaar.house.carol.address,
            gas=gas,
        )
        return [event["proceeds"] for event in market.events("SaleOwed", receipt)]

    def with_fresh_consents(self) -> list[Pair]:
        """The same seals, and consents of today."""
        act = self.bazaar.act_of(self.listing, self.buyer)
        consents = self.bazaar.consents(act, self.buyer)
        return [(mine, pair[1]) for mine, pair in zip(consents, self.pairs, strict=True)]

    def collect(self, pairs: list[Pair]) -> None:
        """Anyone may."""
        stranger = self.bazaar.house.carol.address
        self.bazaar.market.send("collect", self.listing, pairs, sender=stranger)


def least_gas(bazaar: Bazaar, listing: int, pairs: list[Pair]) -> int:
    """The least round limit at which a settlement does not revert for want of gas."""
    evm = bazaar.house.evm
    call = TxParams(
        {
            "from": Web3.to_checksum_address(bazaar.house.carol.address),
            "to": Web3.to_checksum_address(bazaar.market.address),
            "data": bazaar.market.calldata("settle", listing, pairs),
        }
    )
    gas = 400_000
    while True:
        try:
            evm.w3.eth.call({**call, "gas": gas})
        except ContractLogicError as error:
            if evm.reason(error).name != "NotEnoughGas":
                raise
            gas += 20_000
        else:
            return gas


# ------------------------------------------------------------------------ what must not work


def test_flawed_buyer_reads_the_seal_and_takes_the_money_back(bazaar: Bazaar) -> None:
    """The seal is in the reverted settlement; the payment goes back as if nobody had come."""
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    flawed = house.evm.deploy(compiled("FlawedSettlement"), house.token.address)
    token_id = bazaar.mint(alice)
    house.token.send("approve", flawed.address, token_id, sender=alice.address)
    flawed.send("list", token_id, sender=alice.address)
    flawed.send("buy", value=PRICE, sender=bob.address)
    act = bazaar.statement(token_id, alice, bob)
    consents = bazaar.consents(act, bob, nonce=next(bazaar.nonces))
    pairs = bazaar.pairs(act, alice, bob.public_key, consents)
    sale = Sale(bazaar, token_id, 0, bob, pairs)
    sale.spoil()
    with pytest.raises(Reverted, match="NonceAlreadyUsed"):
        flawed.send("settle", token_id, alice.address, pairs)
    flawed.send("refund")
    assert house.evm.balance(flawed.address) == 0
    seal = pairs[0][1].sealed_key
    assert open_seal(seal, bob.secret) == open_seal(bazaar.seals[token_id][0], alice.secret)


@pytest.mark.parametrize("items", [1, 2])
def test_buyer_who_spends_the_consent_pays_and_is_owed_the_token(
    bazaar: Bazaar, items: int
) -> None:
    """The attack of above: the seller is credited, the token waits, a new consent fetches it."""
    house, alice, market = bazaar.house, bazaar.house.alice, bazaar.market
    sale, parts = Sale.paid(bazaar, items), split(PRICE, 250, 0)
    before = bazaar.credit(alice), bazaar.credit(bazaar.treasury)
    sale.spoil()
    assert sale.settle() == [parts.proceeds]
    assert bazaar.credit(alice) - before[0] == parts.proceeds
    assert bazaar.credit(bazaar.treasury) - before[1] == parts.fee
    assert bazaar.state(sale.listing) == OWED
    assert market.read("listingOf", sale.token_id) == sale.listing
    assert house.token.read("lockerOf", sale.token_id) == market.address.lower()
    for call in (("refund", sale.listing), ("delist", sale.listing)):
        with pytest.raises(Reverted, match="WrongState"):
            market.send(*call, sender=sale.buyer.address)
    with pytest.raises(Reverted, match="AlreadyListed"):
        bazaar.put_up(sale.token_id, alice)
    with pytest.raises(Reverted, match="WrongState"):
        sale.settle()
    with pytest.raises(Reverted, match="NonceAlreadyUsed"):
        sale.collect(sale.pairs)
    sale.collect(sale.with_fresh_consents())
    assert house.owner_of(sale.token_id) == sale.buyer.address.lower()
    assert bazaar.state(sale.listing) == SETTLED
    assert market.read("listingOf", sale.token_id) == 0
    with pytest.raises(Reverted, match="WrongState"):
        sale.collect(sale.pairs)


@pytest.mark.parametrize("mood", MOODS)
def test_wallet_that_changes_its_mind_pays(bazaar: Bazaar, mood: int) -> None:
    """However it refuses: by no, by a revert, by all the gas there is, by a very long answer."""
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    wallet = house.evm.deploy(compiled("FickleBuyer"), bob.address, value=2 * PRICE)
    token_id = bazaar.mint(alice)
    listing = bazaar.put_up(token_id, alice)
    act = bazaar.act_of(listing, wallet)
    consents = bazaar.consents(act, bob, wanted=bob.public_key)
    call = bazaar.market.calldata("buy", listing, COIN, PRICE, bob.public_key, consents)
    wallet.send("execute", bazaar.market.address, PRICE, call)
    pairs = bazaar.pairs(act, alice, bob.public_key, consents)
    before = bazaar.credit(alice)
    wallet.send("setMood", mood)
    bazaar.market.send("settle", listing, pairs, gas=least_gas(bazaar, listing, pairs))
    assert bazaar.state(listing) == OWED
    assert bazaar.credit(alice) - before == split(PRICE, 250, 0).proceeds
    wallet.send("setMood", WILLING)
    bazaar.market.send("collect", listing, pairs)
    assert house.owner_of(token_id) == wallet.address.lower()


def test_wallet_that_burns_a_blocks_gas_pays_for_two_items(bazaar: Bazaar) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    wallet = house.evm.deploy(compiled("FickleBuyer"), bob.address, value=2 * PRICE)
    token_id = bazaar.mint(alice, "burnt a", "burnt b")
    listing = bazaar.put_up(token_id, alice)
    act = bazaar.act_of(listing, wallet)
    consents = bazaar.consents(act, bob, wanted=bob.public_key)
    call = bazaar.market.calldata("buy", listing, COIN, PRICE, bob.public_key, consents)
    wallet.send("execute", bazaar.market.address, PRICE, call)
    pairs = bazaar.pairs(act, alice, bob.public_key, consents)
    wallet.send("setMood", BURNING_GAS)
    bazaar.market.send("settle", listing, pairs, gas=BLOCK_GAS)
    assert bazaar.state(listing) == OWED
    assert house.owner_of(token_id) == alice.address.lower()


def test_committee_that_hands_over_is_believed_without_the_buyer(bazaar: Bazaar) -> None:
    """Its shares are public before the settlement is; the proof is judged by the committee."""
    house = bazaar.house
    sale = Sale.paid(bazaar)
    judge = house.evm.deploy(compiled("ReleaseJudge"))
    house.verifier.send("setCommittee", judge.address)
    consent, made = sale.pairs[0]
    pair = (consent, made._replace(proof=b"\x02" + made.proof))
    sale.spoil()
    with pytest.raises(Reverted, match="NotReleased"):
        sale.settle([pair])
    allow(bazaar, judge, sale, pair)
    assert sale.settle([pair])
    assert bazaar.state(sale.listing) == OWED
    house.verifier.send("setCommittee", COIN)


def allow(bazaar: Bazaar, judge: Deployed, sale: Sale, pair: Pair) -> None:
    """The committee knows this release."""
    house, (consent, made) = bazaar.house, pair
    parties = (house.alice.address, sale.buyer.address)
    act = (house.token.address, house.verifier.address, 1, sale.token_id, *parties)
    seal = cast("list[bytes]", house.token.read("sealedKeyHashesOf", sale.token_id))[0]
    what = (0, consent.old_data_hash, seal, made.sealed_key, made.encrypted_pub_key)
    judge.send("allow", act, *what, made.proof)


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
