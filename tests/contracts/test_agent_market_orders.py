"""Orders and offers: what is signed is what happens, once, and money ends where it belongs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import market_gas
from tests.support.agents import CHAIN_ID
from tests.support.contracts import Deployed, Reverted, artifact, check_gas, compiled
from tests.support.evm import AnvilProcess
from tests.support.market import COIN, PRICE, Bazaar
from zerog.inft.market.orders import NOBODY, share, split

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def bazaar(anvil: AnvilProcess) -> Bazaar:
    """A market on the shared chain."""
    return Bazaar.build(anvil)


@pytest.fixture
def own_bazaar(fresh_anvil: AnvilProcess) -> Bazaar:
    """The same on a chain of the test's own."""
    return Bazaar.build(fresh_anvil)


# -------------------------------------------------------------------------------- whole sales


@pytest.mark.parametrize("in_coin", [True, False])
@pytest.mark.parametrize("by", ["bob", "carol", "alice"])
def test_match_by_anyone_moves_token_and_money(bazaar: Bazaar, in_coin: bool, by: str) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    currency = COIN if in_coin else bazaar.currency.address
    token_id = bazaar.mint(alice)
    order = bazaar.order(token_id, alice, currency=currency, min_proceeds=PRICE * 9 // 10)
    offer = bazaar.offer(token_id, bob, currency=currency)
    before = bazaar.credit(alice, currency)
    pairs = bazaar.proofs(token_id, alice, bob)
    receipt = bazaar.fulfil(order, offer, pairs, getattr(house, by))
    parts = split(PRICE, 250, 0)
    assert house.owner_of(token_id) == bob.address.lower()
    assert bazaar.credit(alice, currency) - before == parts.proceeds
    (event,) = bazaar.market.events("Fulfilled", receipt)
    assert (event["price"], event["proceeds"]) == (PRICE, parts.proceeds)
    for signer, nonce in ((alice, order.nonce), (bob, offer.nonce)):
        assert bazaar.market.read("isNonceSpent", signer.address, nonce) is True


def test_match_pays_the_offers_price_out_of_the_buyers_credit(bazaar: Bazaar) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    bazaar.market.send("deposit", bob.address, value=2 * PRICE, sender=bob.address)
    before = bazaar.credit(alice)
    order, offer = bazaar.order(token_id, alice), bazaar.offer(token_id, bob, price=2 * PRICE)
    bazaar.fulfil(order, offer, bazaar.proofs(token_id, alice, bob), house.carol, value=0)
    assert bazaar.credit(bob) == 0
    assert bazaar.credit(alice) - before == split(2 * PRICE, 250, 0).proceeds


def test_offer_for_any_token_takes_the_one_that_the_consent_names(bazaar: Bazaar) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    offer = bazaar.offer(token_id, bob, any_token=True, token_id=0, data_commitment=bytes(32))
    bazaar.fulfil(
        bazaar.order(token_id, alice), offer, bazaar.proofs(token_id, alice, bob), house.carol
    )
    assert house.owner_of(token_id) == bob.address.lower()


@pytest.mark.parametrize("unsigned", ["order", "offer"])
def test_caller_need_not_sign_and_spends_no_nonce(bazaar: Bazaar, unsigned: str) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    order, offer = bazaar.order(token_id, alice), bazaar.offer(token_id, bob)
    caller = alice if unsigned == "order" else bob
    if unsigned == "order":
        order = order._replace(signature=b"")
    else:
        offer = offer._replace(signature=b"")
    pairs = bazaar.proofs(token_id, alice, bob)
    with pytest.raises(Reverted, match="WrongSigner"):
        bazaar.fulfil(order, offer, pairs, house.carol)
    bazaar.fulfil(order, offer, pairs, caller)
    spent = order.nonce if unsigned == "order" else offer.nonce
    assert bazaar.market.read("isNonceSpent", caller.address, spent) is False
    assert house.owner_of(token_id) == bob.address.lower()


def test_contract_wallet_sells_with_a_signature_of_its_own(bazaar: Bazaar) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    wallet = house.evm.deploy(compiled("ContractWallet"), alice.address)
    token_id = bazaar.mint(alice)
    act = replace(bazaar.statement(token_id, alice, wallet))
    consents = bazaar.consents(act, alice, wanted=alice.public_key)
    pairs = bazaar.pairs(act, alice, alice.public_key, consents)
    house.token.send("iTransfer", wallet.address, token_id, pairs, sender=alice.address)
    bazaar.seals[token_id] = [pair[1].sealed_key for pair in pairs]
    approval = house.token.calldata("setApprovalForAll", bazaar.market.address, True)
    wallet.send("execute", house.token.address, 0, approval)
    order = bazaar.order(token_id, alice, seller=wallet.address)
    sale = replace(bazaar.statement(token_id, alice, bob), sender=wallet.address)
    sold = bazaar.pairs(sale, alice, bob.public_key, bazaar.consents(sale, bob))
    before = bazaar.credit(wallet)
    bazaar.fulfil(order, bazaar.offer(token_id, bob), sold, bob)
    assert bazaar.credit(wallet) - before == split(PRICE, 250, 0).proceeds


# ------------------------------------------------------------------------------------ refusals

ORDER_FAULTS: list[tuple[str, object, str]] = [
    ("collection", NOBODY, "WrongCollection"),
    ("expiry", 1, "MessageExpired"),
    ("data_commitment", bytes(32), "DataChanged"),
    ("currency", "erc20", "CurrencyMismatch"),
    ("price", PRICE + 1, "PriceTooLow"),
    ("min_proceeds", PRICE, "ProceedsTooLow"),
    ("receiver", "carol", "WrongReceiver"),
    ("seller", "carol", "NotTheOwner"),
    ("signer", "carol", "WrongSigner"),
]
OFFER_FAULTS: list[tuple[str, object, str]] = [
    ("collection", NOBODY, "WrongCollection"),
    ("expiry", 1, "MessageExpired"),
    ("data_commitment", bytes(32), "DataChanged"),
    ("currency", "erc20", "CurrencyMismatch"),
    ("token_id", 99, "TokenMismatch"),
    ("signer", "carol", "WrongSigner"),
    ("buyer", "carol", "WrongSigner"),
]


def resolved(bazaar: Bazaar, field: str, value: object) -> object:
    """A value of the tables above on this bazaar."""
    if value == "erc20":
        return bazaar.currency.address
    if value == "carol":
        return bazaar.house.carol if field == "signer" else bazaar.house.carol.address
    return value


@pytest.mark.parametrize(("field", "value", "error"), ORDER_FAULTS)
def test_order_at_fault_reverts(bazaar: Bazaar, field: str, value: object, error: str) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    signer = {} if field == "signer" else {"signer": alice}
    order = bazaar.order(token_id, alice, **{**signer, field: resolved(bazaar, field, value)})
    with pytest.raises(Reverted, match=error):
        bazaar.fulfil(order, bazaar.offer(token_id, bob), bazaar.proofs(token_id, alice, bob), bob)
    assert house.owner_of(token_id) == alice.address.lower()


@pytest.mark.parametrize(("field", "value", "error"), OFFER_FAULTS)
def test_offer_at_fault_reverts(bazaar: Bazaar, field: str, value: object, error: str) -> None:
    alice, bob = bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    signer = {} if field == "signer" else {"signer": bob}
    offer = bazaar.offer(token_id, bob, **{**signer, field: resolved(bazaar, field, value)})
    with pytest.raises(Reverted, match=error):
        bazaar.fulfil(
            bazaar.order(token_id, alice), offer, bazaar.proofs(token_id, alice, bob), alice
        )


def test_message_is_good_once_and_not_after_its_cancellation(bazaar: Bazaar) -> None:
    alice, bob = bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    order, offer = bazaar.order(token_id, alice), bazaar.offer(token_id, bob)
    pairs = bazaar.proofs(token_id, alice, bob)
    bazaar.market.send("cancel", order.nonce, sender=bob.address)  # bob's own number, not alice's
    bazaar.market.send("cancel", offer.nonce, sender=bob.address)
    with pytest.raises(Reverted, match="NonceSpent"):
        bazaar.fulfil(order, offer, pairs, bob)
    other = bazaar.offer(token_id, bob)
    bazaar.market.send("cancelBelow", order.nonce + 1, sender=alice.address)
    with pytest.raises(Reverted, match="NonceSpent"):
        bazaar.fulfil(order, other, pairs, bob)
    bazaar.market.send("cancelBelow", 1, sender=alice.address)  # changes nothing
    assert bazaar.market.read("isNonceSpent", alice.address, order.nonce) is True
    bazaar.fulfil(bazaar.order(token_id, alice), other, pairs, bob)


def test_sale_without_proofs_or_with_too_little_money_reverts(bazaar: Bazaar) -> None:
    alice, bob = bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    order, offer = bazaar.order(token_id, alice), bazaar.offer(token_id, bob)
    with pytest.raises(Reverted, match="ProofsMissing"):
        bazaar.fulfil(order, offer, [], bob)
    pairs = bazaar.proofs(token_id, alice, bob)
    with pytest.raises(Reverted, match="WrongValue"):
        bazaar.fulfil(order, offer, pairs, bob, value=PRICE - 1)
    with pytest.raises(Reverted, match="NotEnoughCredit"):
        bazaar.fulfil(order, offer, pairs, alice, value=0)


# --------------------------------------------------------------------------------- royalties


def with_royalties(bazaar: Bazaar) -> Deployed:
    """The collection answers royaltyInfo as the test says."""
    token, evm = bazaar.house.token, bazaar.house.evm
    facet = evm.deploy(compiled("RoyaltyFacet"))
    selectors = [facet.contract.encode_abi(name, args)[:10] for name, args in (
        ("setRoyalty", [0, NOBODY, 0]), ("royaltyInfo", [0, 0]),
    )]  # fmt: skip
    token.send("setFacets", [(facet.address, [bytes.fromhex(one[2:]) for one in selectors])])
    return evm.at(token.address, compiled("RoyaltyFacet"))


@pytest.mark.parametrize(
    ("kind", "asked", "paid"),
    [
        (0, PRICE // 10, PRICE // 10),
        (0, PRICE * 5, share(PRICE, 2500)),
        (0, 2**256 - 1, share(PRICE, 2500)),
        (1, PRICE // 10, 0),
        (2, PRICE // 10, 0),
        (3, PRICE // 10, PRICE // 10),
        (4, PRICE // 10, 0),
    ],
    ids=["honest", "five-prices", "everything", "reverts", "too-short", "too-long", "no-address"],
)
def test_royalty_is_paid_and_never_more_than_the_cap(
    own_bazaar: Bazaar, kind: int, asked: int, paid: int
) -> None:
    bazaar, alice, bob, carol = own_bazaar, *own_bazaar.house_people()
    with_royalties(bazaar).send("setRoyalty", kind, carol.address, asked)
    token_id = bazaar.mint(alice)
    order, offer = bazaar.order(token_id, alice), bazaar.offer(token_id, bob)
    bazaar.fulfil(order, offer, bazaar.proofs(token_id, alice, bob), bob)
    fee = share(PRICE, 250)
    assert bazaar.credit(carol) == paid
    assert bazaar.credit(bazaar.treasury) == fee
    assert bazaar.credit(alice) == PRICE - fee - paid


def test_royalty_of_a_listing_cannot_grow_and_a_creator_that_refuses_stops_nothing(
    own_bazaar: Bazaar,
) -> None:
    bazaar, alice, bob, _ = own_bazaar, *own_bazaar.house_people()
    royalties = with_royalties(bazaar)
    creator = bazaar.house.evm.deploy(compiled("ContractWallet"), alice.address)
    creator.send("setRefuses", True)
    royalties.send("setRoyalty", 0, creator.address, PRICE // 100)
    listing = bazaar.put_up(bazaar.mint(alice), alice)
    consents = bazaar.buy(listing, bob)
    royalties.send("setRoyalty", 0, creator.address, PRICE)
    bazaar.settle(listing, bob, consents)
    assert bazaar.credit(creator) == PRICE // 100
    with pytest.raises(Reverted, match="PaymentRefused"):
        bazaar.market.send("payOut", COIN, creator.address)
    creator.send("setRefuses", False)
    bazaar.market.send("payOut", COIN, creator.address)
    assert bazaar.house.evm.balance(creator.address) == PRICE // 100


# -------------------------------------------------------------------------------- withdrawals


def test_withdrawal_is_the_owners_and_as_much_as_is_there(bazaar: Bazaar) -> None:
    house, market, carol = bazaar.house, bazaar.market, bazaar.house.carol
    with pytest.raises(Reverted, match="ZeroAddress"):
        market.send("deposit", NOBODY, value=1)
    market.send("deposit", carol.address, value=100)
    with pytest.raises(Reverted, match="NotEnoughCredit"):
        market.send("withdraw", COIN, 101, carol.address, sender=carol.address)
    with pytest.raises(Reverted, match="ZeroAddress"):
        market.send("withdraw", COIN, 1, NOBODY, sender=carol.address)
    with pytest.raises(Reverted, match="NotEnoughCredit"):
        market.send("withdraw", COIN, 100, house.bob.address, sender=house.bob.address)
    target = house.evm.deploy(compiled("ContractWallet"), carol.address)
    target.send("setRefuses", True)
    with pytest.raises(Reverted, match="PaymentRefused"):
        market.send("withdraw", COIN, 100, target.address, sender=carol.address)
    market.send("withdraw", COIN, 60, house.bob.address, sender=carol.address)
    assert bazaar.credit(carol) == 40


def test_erc20_credit_is_paid_out_in_erc20(bazaar: Bazaar) -> None:
    alice, bob, currency = bazaar.house.alice, bazaar.house.bob, bazaar.currency
    token_id = bazaar.mint(alice)
    order = bazaar.order(token_id, alice, currency=currency.address)
    offer = bazaar.offer(token_id, bob, currency=currency.address)
    bazaar.fulfil(order, offer, bazaar.proofs(token_id, alice, bob), bob)
    owed = bazaar.credit(alice, currency.address)
    before = currency.read("balanceOf", alice.address)
    bazaar.market.send("payOut", currency.address, alice.address)
    assert isinstance(before, int)
    assert currency.read("balanceOf", alice.address) == before + owed
    assert bazaar.credit(alice, currency.address) == 0


# ------------------------------------------------------------------------------ digests, gas


def test_digests_of_the_chain_equal_their_twin(bazaar: Bazaar) -> None:
    token_id = bazaar.mint(bazaar.house.alice)
    order = bazaar.order(token_id, bazaar.house.alice, receiver=bazaar.house.bob.address)
    offer = bazaar.offer(token_id, bazaar.house.bob)
    market = bazaar.market
    assert market.read("hashOrder", order) == order.digest(CHAIN_ID, market.address)
    assert market.read("hashOffer", offer) == offer.digest(CHAIN_ID, market.address)
    commitment = bazaar.house.token.read("dataCommitmentOf", token_id)
    assert commitment == order.data_commitment


def test_gas_of_a_match_by_an_oracle_is_below_the_reference(fresh_anvil: AnvilProcess) -> None:
    used = market_gas.fulfil(fresh_anvil, by_oracle=True)
    assert used < market_gas.REFERENCE
    check_gas(market_gas.BY_ORACLE, used)


def test_gas_of_a_match_by_proof_is_below_the_reference(fresh_anvil: AnvilProcess) -> None:
    """A seal is random, and its bytes cost by their zeros: the figure is rounded."""
    used = market_gas.fulfil(fresh_anvil, by_oracle=False)
    assert used < market_gas.REFERENCE
    check_gas(f"{market_gas.BY_PROOF}, thousands", round(used / 1000))


def test_code_of_the_markets_fits() -> None:
    for name in ("AgentMarket", "ReferenceMarket", "AttestationRegistry"):
        assert len(artifact(name).runtime_code) // 2 - 1 <= 24_576, name
