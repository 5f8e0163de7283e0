"""The ABI of 0g-agent-nft's market: every function, event and string, and who pays whom."""

from __future__ import annotations

import pytest
from eth_typing import ABIElement
from eth_utils.abi import abi_to_signature
from eth_utils.crypto import keccak

from tests.support import market_gas
from tests.support.contracts import Reverted, artifact, check_gas, compiled
from tests.support.evm import AnvilProcess
from tests.support.handovers import P_AGENT_NFT
from tests.support.reference_market import COIN, FEE_BPS, PRICE, Desk
from zerog.inft.market.orders import share
from zerog.inft.market.reference import OFFER_TYPE, ORDER_TYPE

pytestmark = pytest.mark.contracts

ORDER = "(uint256,uint256,address,uint256,bytes32,bytes,address)"
OFFER = "(uint256,uint256,uint256,bytes32,bool,bytes)"
SELECTORS = {
    f"fulfillOrder({ORDER},{OFFER},{P_AGENT_NFT}[])": "cd0858d5",
    "deposit(address)": "f340fa01",
    "withdraw(address,uint256)": "f3fef3a3",
    "paidMint((string,bytes32)[],address,bool)": "8895231f",
    "paidMint(address,string,address,bool)": "ef8fca4d",
    "mint((string,bytes32)[],address,address,bool)": "b6308fac",
    "initialize(address,uint256,address,uint256,uint256)": "2542e3f8",
}
"""0gfoundation/0g-agent-nft, main: AgentMarket."""
TOPICS = {"OrderFulfilled": "49802710", "PaidMinted": "ddcc733e"}


@pytest.fixture(scope="module")
def desk(anvil: AnvilProcess) -> Desk:
    return Desk.build(anvil)


def entries(kind: str) -> dict[str, ABIElement]:
    """Signature -> entry of the shipped ABI."""
    found = [entry for entry in artifact("ReferenceMarket").abi if entry["type"] == kind]
    return {abi_to_signature(entry): entry for entry in found}  # type: ignore[arg-type,misc]


# ------------------------------------------------------------------------------------- the ABI


def test_abi_has_the_references_selectors_topics_and_signed_types() -> None:
    functions = entries("function")
    for signature, selector in SELECTORS.items():
        assert signature in functions
        assert keccak(text=signature)[:4].hex() == selector, signature
    events = {signature.split("(")[0]: signature for signature in entries("event")}
    for name, topic in TOPICS.items():
        assert keccak(text=events[name])[:4].hex() == topic, name
    assert keccak(text=ORDER_TYPE).hex().startswith("99a13ad9ef7db2b7")
    assert keccak(text=OFFER_TYPE).hex().startswith("23312661aa6d5136")


# --------------------------------------------------------------------------------- whole sales


def test_sale_paid_by_the_call_returns_what_is_too_much(desk: Desk) -> None:
    house, alice, bob, carol = desk.house, desk.house.alice, desk.house.bob, desk.house.carol
    token_id = house.mint(alice)
    before = desk.balance(alice), desk.balance(carol), house.evm.balance(desk.market.address)
    order, offer = desk.order(token_id, alice, receiver=bob.address), desk.offer(token_id, bob)
    receipt = desk.fulfil(order, offer, desk.proofs(token_id, alice, bob), carol, value=2 * PRICE)
    fee = share(PRICE, FEE_BPS)
    assert house.owner_of(token_id) == bob.address.lower()
    assert desk.balance(alice) - before[0] == PRICE - fee
    assert desk.balance(carol) == before[1]
    assert house.evm.balance(desk.market.address) - before[2] == PRICE, "the rest is carol's again"
    (event,) = desk.market.events("OrderFulfilled", receipt)
    assert event == {
        "seller": alice.address,
        "buyer": bob.address,
        "tokenId": token_id,
        "price": PRICE,
        "currency": COIN,
    }
    assert desk.market.read("isOrderUsed", alice.address, order.nonce) is True
    assert desk.market.read("isOfferUsed", bob.address, offer.nonce) is True
    with pytest.raises(Reverted, match="Order already used"):
        desk.fulfil(order, offer, desk.proofs(token_id, alice, bob), carol, value=PRICE)


def test_sale_paid_by_the_deposit_needs_no_value(desk: Desk) -> None:
    house, alice, bob = desk.house, desk.house.alice, desk.house.bob
    receipt = desk.market.send("deposit", bob.address, value=PRICE, sender=bob.address)
    (event,) = desk.market.events("Deposit", receipt)
    assert event == {"account": bob.address, "balance": desk.balance(bob)}
    before = desk.balance(bob)
    token_id = house.mint(alice)
    desk.fulfil(
        desk.order(token_id, alice, receiver=bob.address),
        desk.offer(token_id, bob),
        desk.proofs(token_id, alice, bob),
        house.carol,
    )
    assert before - desk.balance(bob) == PRICE


def test_token_without_data_moves_without_proofs_and_for_nothing(desk: Desk) -> None:
    alice, bob = desk.house.alice, desk.house.bob
    token_id = desk.plain_token(alice)
    order = desk.order(token_id, alice, expected_price=0)
    offer = desk.offer(token_id, bob, offer_price=0, need_proof=False)
    with pytest.raises(Reverted, match="ETH not accepted for free orders"):
        desk.fulfil(order, offer, [], bob, value=1)
    desk.fulfil(order, offer, [], bob)
    assert desk.house.owner_of(token_id) == bob.address.lower()


def test_contract_wallet_sells_to_a_buyer_who_is_named(desk: Desk) -> None:
    house, alice, bob = desk.house, desk.house.alice, desk.house.bob
    wallet = house.evm.deploy(compiled("ContractWallet"), alice.address)
    token_id = desk.plain_token(alice)
    house.token.send("transferFrom", alice.address, wallet.address, token_id, sender=alice.address)
    approval = house.token.calldata("setApprovalForAll", desk.market.address, True)
    wallet.send("execute", house.token.address, 0, approval)
    order = desk.order(token_id, alice, receiver=bob.address)
    offer = desk.offer(token_id, bob, need_proof=False)
    desk.fulfil(order, offer, [], bob, value=PRICE)
    assert desk.balance(wallet) == PRICE - share(PRICE, FEE_BPS)


# -------------------------------------------------------------------------------- the strings


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("expire_time", 1, "Order expired"),
        ("expected_price", PRICE + 1, "Price too low"),
        ("token_id", "other", "TokenId mismatch"),
        ("receiver", "carol", "Receiver mismatch"),
        ("signer", "carol", "NFT owner mismatch"),
    ],
)
def test_order_at_fault_reverts_with_the_references_string(
    desk: Desk, field: str, value: object, text: str
) -> None:
    house, alice, bob = desk.house, desk.house.alice, desk.house.bob
    token_id = house.mint(alice)
    signer, changes = alice, {field: value}
    if field in ("signer", "token_id"):
        signer, changes = (house.carol if field == "signer" else alice), {}
    elif value == "carol":
        changes = {field: house.carol.address}
    ordered = house.mint(alice) if value == "other" else token_id
    order = desk.order(ordered, signer, **changes)
    with pytest.raises(Reverted, match=text):
        desk.fulfil(order, desk.offer(token_id, bob), desk.proofs(token_id, alice, bob), bob)


def test_offer_or_payment_at_fault_reverts_with_the_references_string(desk: Desk) -> None:
    house, alice, bob, carol = desk.house, desk.house.alice, desk.house.bob, desk.house.carol
    token_id = house.mint(alice)
    proofs, order = desk.proofs(token_id, alice, bob), desk.order(token_id, alice)
    in_tokens = desk.order(token_id, alice, currency=desk.currency.address)
    offer = desk.offer(token_id, bob)
    faults = (
        (order, desk.offer(token_id, bob, expire_time=1), PRICE, "Offer expired"),
        (order, offer, PRICE - 1, "Insufficient payment"),
        (order, desk.offer(token_id, carol), 0, "Insufficient balance"),
        (in_tokens, offer, 1, "ETH not accepted for ERC20 payments"),
    )
    for one, other, value, text in faults:
        with pytest.raises(Reverted, match=text):
            desk.fulfil(one, other, proofs, bob, value=value)
    desk.market.send("cancel", offer.nonce, sender=bob.address)
    with pytest.raises(Reverted, match="Offer already used"):
        desk.fulfil(order, offer, proofs, bob, value=PRICE)
    receipt = desk.market.send("cancel", order.nonce, sender=alice.address)
    assert desk.market.events("Cancelled", receipt) == [
        {"signer": alice.address, "nonce": order.nonce}
    ]
    with pytest.raises(Reverted, match="Order already used"):
        desk.fulfil(order, desk.offer(token_id, bob), proofs, bob, value=PRICE)
    assert house.owner_of(token_id) == alice.address.lower()


def test_caller_who_takes_nothing_back_gets_no_change(desk: Desk) -> None:
    """A refund that fails takes the sale with it: the caller pays exactly, or by deposit."""
    house, alice, bob = desk.house, desk.house.alice, desk.house.bob
    wallet = house.evm.deploy(compiled("ContractWallet"), bob.address, value=3 * PRICE)
    wallet.send("setRefuses", True)
    token_id = desk.plain_token(alice)
    order = desk.order(token_id, alice, receiver=bob.address)
    offer = desk.offer(token_id, bob, need_proof=False)
    call = desk.market.calldata("fulfillOrder", order, offer, [])
    with pytest.raises(Reverted, match="Refund failed"):
        wallet.send("execute", desk.market.address, PRICE + 1, call)
    wallet.send("execute", desk.market.address, PRICE, call)
    assert house.owner_of(token_id) == bob.address.lower()


# ------------------------------------------------------------------------------------------ gas


def test_gas_of_the_references_own_call_is_below_its_figure(fresh_anvil: AnvilProcess) -> None:
    used = market_gas.fulfil_order(fresh_anvil)
    assert used < market_gas.REFERENCE
    check_gas(f"{market_gas.OLD}, thousands", round(used / 1000))
