"""Listings that a person made in a browser become rows of the home that has their key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.house import ALICE, BOB, ROOT, deployed_home, mint_token
from zerog.chain.bindings_market import AgentMarketContract, SaleMode
from zerog.chain.signer import Signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.config import Settings
from zerog.inft.market.adoption import adopt
from zerog.inft.market.orders import NOBODY
from zerog.inft.stack import Stack

pytestmark = pytest.mark.contracts

LISTED_SECONDS = 86_400
PRICE = 5


@pytest.fixture(scope="module")
def stack(anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A home with alice's key, on a chain with the contracts."""
    home = tmp_path_factory.mktemp("adoption")
    deployed_home(anvil, home)
    made = Stack.open(Settings.load(home, {}))
    made.keys.add("alice", ALICE.secret)
    return made


def listed(
    stack: Stack, anvil: AnvilProcess, seller: Signer, mode: SaleMode = SaleMode.PROOF
) -> tuple[int, int]:
    """(token, listing) of a fresh token that somebody lists with a wallet of their own."""
    home = stack.settings.home
    token_id = mint_token(anvil, home, seller, f"mint-{stack.nft.next_token_id()}")
    market = AgentMarketContract.of(stack.chain, stack.registry.contract("AgentMarket"))
    wallet = Sender(stack.chain, TxStore(home / "wallet.db"), seller)
    approve = stack.nft.calldata("approve", market.address, token_id)
    wallet.run(f"approve-{token_id}", Call(stack.nft.address, approve))
    until = stack.chain.head().timestamp + LISTED_SECONDS
    terms = (token_id, NOBODY, PRICE, int(mode), until, 3600)
    data = market.calldata("list", terms)
    receipt = wallet.run(f"list-{token_id}", Call(market.address, data))
    (event,) = market.decode(receipt, "Listed")
    return token_id, event.number("listingId")


def test_adopt_makes_one_row_of_a_listing_of_this_home(stack: Stack, anvil: AnvilProcess) -> None:
    token_id, listing_id = listed(stack, anvil, ALICE)
    (row,) = adopt(stack)
    assert (row.kind, row.state) == ("listing", "listed")
    assert row.number("listing_id") == listing_id
    assert row.number("token_id") == token_id
    assert row.text("owner") == ALICE.address
    assert row.text("price") == str(PRICE)
    assert row.blob("old_data_root") == ROOT
    assert adopt(stack) == []
    (stack.settings.home / "listings.json").unlink()
    assert adopt(stack) == []


def test_adopt_leaves_what_others_answer(stack: Stack, anvil: AnvilProcess) -> None:
    listed(stack, anvil, BOB)
    assert adopt(stack) == []


def test_adopt_leaves_a_listing_whose_own_row_does_not_know_its_number_yet(
    stack: Stack, anvil: AnvilProcess
) -> None:
    token_id, _ = listed(stack, anvil, ALICE)
    stack.jobs.add("listing-own", "listing", "approved", {"token_id": token_id})
    assert adopt(stack) == []


def test_adopt_looks_again_from_the_start_after_a_reset_or_garbage(
    stack: Stack, anvil: AnvilProcess
) -> None:
    place = stack.settings.home / "listings.json"
    for found in ("{", "[]", '{"block": "x"}', '{"block": 999999999}'):
        place.write_text(found)
        _, listing_id = listed(stack, anvil, ALICE)
        (row,) = adopt(stack)
        assert row.number("listing_id") == listing_id
        assert json.loads(place.read_text())["block"] == stack.chain.head().number


def test_adopt_leaves_a_listing_that_is_over(stack: Stack, anvil: AnvilProcess) -> None:
    _, listing_id = listed(stack, anvil, ALICE)
    market = AgentMarketContract.of(stack.chain, stack.registry.contract("AgentMarket"))
    wallet = Sender(stack.chain, TxStore(Path(stack.settings.home / "wallet.db")), ALICE)
    data = market.calldata("delist", listing_id)
    wallet.run(f"delist-{listing_id}", Call(market.address, data))
    assert adopt(stack) == []
