"""Money and administration of the market with the ABI of 0g-agent-nft."""

from __future__ import annotations

import pytest

from tests.support.agents import CHAIN_ID
from tests.support.contracts import Reverted, artifact
from tests.support.evm import AnvilProcess
from tests.support.reference_market import COIN, FEE_BPS, MINT_FEE, PRICE, Desk
from zerog.inft.market.orders import NOBODY, share

pytestmark = pytest.mark.contracts

WITHDRAW = "withdraw(address,uint256)"
MINTS = (
    "paidMint((string,bytes32)[],address,bool)",
    "paidMint(address,string,address,bool)",
    "mint((string,bytes32)[],address,address,bool)",
)


@pytest.fixture(scope="module")
def desk(anvil: AnvilProcess) -> Desk:
    return Desk.build(anvil)


def sell_in_tokens(desk: Desk) -> int:
    """One sale in the ERC-20, of a token that alice made; gives its fee."""
    alice, bob = desk.house.alice, desk.house.bob
    token_id = desk.house.mint(alice)
    order = desk.order(token_id, alice, currency=desk.currency.address)
    desk.fulfil(order, desk.offer(token_id, bob), desk.proofs(token_id, alice, bob), bob)
    return share(PRICE, FEE_BPS)


# --------------------------------------------------------------------------------------- fees


def test_partner_gets_a_share_of_the_fee_and_takes_it_out(desk: Desk) -> None:
    market, alice, currency = desk.market, desk.house.alice, desk.currency.address
    receipt = market.send("setPartnerFeeRate", alice.address, 4000)
    assert market.events("PartnerFeeRateUpdated", receipt) == [
        {"partner": alice.address, "oldRate": 0, "newRate": 4000}
    ]
    assert market.read("getPartnerFeeRate", alice.address) == 4000
    before = market.read("getFeeBalance", currency)
    fee = sell_in_tokens(desk)
    part = share(fee, 4000)
    assert market.read("getPartnerFeeBalance", alice.address, currency) == part
    assert isinstance(before, int)
    assert market.read("getFeeBalance", currency) == before + fee - part
    owned = desk.currency.read("balanceOf", alice.address)
    receipt = market.send("withdrawPartnerFees", currency, sender=alice.address)
    assert market.events("PartnerFeesWithdrawn", receipt) == [
        {"partner": alice.address, "currency": currency, "amount": part}
    ]
    assert isinstance(owned, int)
    assert desk.currency.read("balanceOf", alice.address) == owned + part
    with pytest.raises(Reverted, match="No fees to withdraw"):
        market.send("withdrawPartnerFees", currency, sender=alice.address)
    market.send("setPartnerFeeRate", alice.address, 0)


def test_platform_fees_go_to_the_treasury(desk: Desk) -> None:
    market, currency, treasury = desk.market, desk.currency.address, desk.treasury
    sell_in_tokens(desk)
    amount = market.read("getFeeBalance", currency)
    receipt = market.send("withdrawFees", currency)
    assert market.events("FeesWithdrawn", receipt) == [
        {"admin": treasury.address, "currency": currency, "amount": amount}
    ]
    assert desk.currency.read("balanceOf", treasury.address) == amount
    assert market.read("admin") == treasury.address.lower()
    with pytest.raises(Reverted, match="No fees to withdraw"):
        market.send("withdrawFees", currency)


def test_rates_have_limits_and_say_so(desk: Desk) -> None:
    market = desk.market
    receipt = market.send("setFeeRate", 1)
    assert market.events("FeeRateUpdated", receipt) == [{"oldFeeRate": 1000, "newFeeRate": 1}]
    market.send("setFeeRate", FEE_BPS)
    assert (market.read("getFeeRate"), market.read("MAX_FEE_RATE")) == (1000, 1000)
    with pytest.raises(Reverted, match="FeeTooHigh"):
        market.send("setFeeRate", 1001)
    with pytest.raises(Reverted, match="Fee share rate too high"):
        market.send("setPartnerFeeRate", desk.house.bob.address, 10_001)
    with pytest.raises(Reverted, match="Invalid partner address"):
        market.send("setPartnerFeeRate", NOBODY, 1)
    for function in ("setMintFee", "setDiscountMintFee"):
        with pytest.raises(Reverted, match="MintFeeTooHigh"):
            market.send(function, 10**18 + 1)


# ----------------------------------------------------------------------------------- deposits


def test_deposits_say_the_references_strings(desk: Desk) -> None:
    market, bob = desk.market, desk.house.bob
    with pytest.raises(Reverted, match="Must send ETH"):
        market.send("deposit", bob.address)
    with pytest.raises(Reverted, match="Invalid address"):
        market.send("deposit", NOBODY, value=1)
    before = desk.balance(bob)
    market.send("deposit", bob.address, value=10)
    receipt = market.send(WITHDRAW, bob.address, 4, sender=bob.address)
    assert market.events("Withdraw", receipt) == [{"account": bob.address, "amount": 4}]
    with pytest.raises(Reverted, match="Insufficient balance"):
        market.send(WITHDRAW, bob.address, 2**255, sender=bob.address)
    assert desk.balance(bob) == before + 6


# -------------------------------------------------------------------------------------- mints


@pytest.mark.parametrize("discount", [False, True])
def test_paid_mints_charge_the_caller_and_name_the_creator(desk: Desk, discount: bool) -> None:
    house, market, bob, carol = desk.house, desk.market, desk.house.bob, desk.house.carol
    minter = house.evm.account(None)
    market.send("setDiscountMintFee", MINT_FEE // 10)
    fee = MINT_FEE // 10 if discount else MINT_FEE
    market.send("deposit", minter, value=3 * fee)
    calls: tuple[tuple[object, ...], ...] = (
        ([desk.item()], bob.address, discount),
        (bob.address, "ipfs://agent", carol.address, discount),
        ([desk.item()], bob.address, carol.address, discount),
    )
    creators = (minter, carol.address, carol.address)
    for function, call, creator in zip(MINTS, calls, creators, strict=True):
        before = market.read("getFeeBalance", COIN)
        token_id = house.token.read("nextTokenId")
        receipt = market.send(function, *call)
        assert market.events("PaidMinted", receipt) == [
            {"tokenId": token_id, "from": creator, "to": bob.address, "mintFee": fee}
        ]
        assert isinstance(before, int)
        assert market.read("getFeeBalance", COIN) == before + fee
        assert house.token.read("ownerOf", token_id) == bob.address.lower()
    assert (market.read("getMintFee"), market.read("getDiscountMintFee")) == (
        MINT_FEE,
        MINT_FEE // 10,
    )


# ------------------------------------------------------------------------------ administration


def test_strangers_administer_nothing(desk: Desk) -> None:
    bob = desk.house.bob.address
    calls: tuple[tuple[str, *tuple[object, ...]], ...] = (
        ("setFeeRate", 1),
        ("setMintFee", 1),
        ("setDiscountMintFee", 1),
        ("setPartnerFeeRate", bob, 1),
        ("withdrawFees", COIN),
        ("pause",),
        ("unpause",),
        (MINTS[0], [desk.item()], bob, True),
        (MINTS[1], bob, "", bob, True),
        (MINTS[2], [desk.item()], bob, bob, True),
    )
    for call in calls:
        with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
            desk.market.send(call[0], *call[1:], sender=bob)


def test_pause_stops_trade_deposits_and_mints_but_no_withdrawal(fresh_anvil: AnvilProcess) -> None:
    desk = Desk.build(fresh_anvil)
    house, market, alice, bob = desk.house, desk.market, desk.house.alice, desk.house.bob
    token_id = house.mint(alice)
    market.send("deposit", bob.address, value=PRICE)
    order, offer = desk.order(token_id, alice), desk.offer(token_id, bob)
    proofs = desk.proofs(token_id, alice, bob)
    account = house.evm.account(None)
    receipt = market.send("pause")
    assert market.events("ContractPaused", receipt) == [{"admin": account}]
    assert market.read("isPaused") is True
    with pytest.raises(Reverted, match="Contract is paused"):
        market.send("deposit", bob.address, value=1)
    with pytest.raises(Reverted, match="EnforcedPause"):
        desk.fulfil(order, offer, proofs, bob)
    with pytest.raises(Reverted, match="EnforcedPause"):
        market.send(MINTS[0], [desk.item()], bob.address, True)
    market.send(WITHDRAW, bob.address, 1, sender=bob.address)
    receipt = market.send("unpause")
    assert market.events("ContractUnpaused", receipt) == [{"admin": account}]
    desk.fulfil(order, offer, proofs, bob, value=PRICE)


def test_set_up_happens_once_and_needs_a_collection(desk: Desk) -> None:
    house, authority = desk.house, desk.house.authority.address
    setup = (house.token.address, FEE_BPS, authority, MINT_FEE, 0)
    with pytest.raises(Reverted, match="InvalidInitialization"):
        desk.market.send("initialize", *setup)
    nobody = (house.bob.address, *setup[1:])
    with pytest.raises(Reverted, match="NotAContract"):
        house.evm.deploy_proxy(artifact("ReferenceMarket"), "initialize", *nobody)
    assert desk.market.read("agentNFT") == house.token.address.lower()
    assert desk.market.read("VERSION") == "1.0.0"
    assert house.evm.w3.eth.chain_id == CHAIN_ID
