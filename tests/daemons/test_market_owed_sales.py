"""A buyer whose consent is spent when the seal is shown: both homes still come to their ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.market_town import PEOPLE, PRICE, WINDOW, Side, Town, market_town
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import running_storage
from zerog.chain.registry import Registry
from zerog.chain.tx import Call
from zerog.inft.market.errors import NotOwed
from zerog.inft.market.results import Bought
from zerog.inft.mint import plan_mint, run_mint
from zerog.inft.opening import read_token
from zerog.inft.papers import Paper
from zerog.inft.proofs import ZKP, OwnershipProof
from zerog.inft.protection import PROTECTED, UNPROTECTED
from zerog.inft.readers import secret_for
from zerog.inft.sdk import Agents
from zerog.inft.sealproof import transfer_seal
from zerog.inft.statements import transfer_statement
from zerog.types import PublicKey

pytestmark = pytest.mark.daemons

ALICE, BOB = PEOPLE["alice"], PEOPLE["bob"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("market")
    with running_storage(home) as storage, market_town(storage) as made:
        yield made


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "prompt.md").write_text("be kind")
    return folder


def spend(town: Town, folder: Path, bought: Bought) -> None:
    """Bob uses up the consent of a purchase on another token, which alice gives him."""
    stack, row = town.seller.stack, town.buyer.stack.jobs.get(bought.job_id)
    token = read_token(stack, town.mint(folder))
    parties, roots = (ALICE.address, BOB.address), (token.data_root, token.data_root)
    statement = transfer_statement(stack.registry, token.token_id, parties, roots)
    nonce = int(row.text("consent_nonce"), 16)
    paper = Paper(statement, b"", nonce, row.number("consent_deadline"), bytes(65))
    consent = paper.signed(BOB.sign_digest(paper.digest)).proof()
    secret, target = secret_for(stack, ALICE, token.sealed_key), PublicKey(BOB.public_key)
    handed = transfer_seal(secret, token.sealed_key, target, statement)
    ownership = OwnershipProof(ZKP, *roots, handed.sealed_key, target, b"", handed.proof)
    call = ("iTransfer", BOB.address, token.token_id, [(consent, ownership)])
    intent = f"gift-{token.token_id}"
    stack.sender(ALICE).run(intent, Call(stack.nft.address, stack.nft.calldata(*call)))


def owed(town: Town, agent: Path) -> tuple[int, int, Bought]:
    """A sale that is paid to alice, whose token waits for bob: token, listing, purchase."""
    token_id, earned = town.mint(agent), town.seller.market.credit("alice")
    listed = town.seller.market.sell(token_id, "alice", price=PRICE, window_s=WINDOW)
    assert listed.listing_id is not None
    bought = town.buyer.market.buy(listed.listing_id, "bob")
    spend(town, agent, bought)
    town.mine()
    assert town.seller.market.answer(listed.job_id).state == "sent"
    town.mine()
    assert town.seller.market.answer(listed.job_id).result == "sold"
    assert town.seller.market.credit("alice") - earned == town.proceeds(token_id)
    assert town.owner_of(token_id) == ALICE.address
    (view,) = [one for one in town.buyer.market.listings() if one.token_id == token_id]
    assert (view.state, view.buyer) == ("owed", BOB.address)
    return token_id, listed.listing_id, bought


def test_buyers_home_consents_anew_and_fetches_what_is_owed(town: Town, agent: Path) -> None:
    token_id, listing_id, bought = owed(town, agent)
    before = town.digest(town.seller, ALICE, token_id)
    town.buyer.market.collect(bought.job_id)
    assert town.owner_of(token_id) == BOB.address
    town.mine()
    assert town.buyer.market.collect(bought.job_id).result == "settled"
    assert town.digest(town.buyer, BOB, token_id) == before
    with pytest.raises(NotOwed):
        town.buyer.market.collect_owed(listing_id, "bob")


def test_another_home_of_the_buyer_fetches_what_is_owed(
    town: Town, agent: Path, tmp_path: Path
) -> None:
    """As for a purchase in a browser: there is no row, and the chain says it all."""
    token_id, listing_id, bought = owed(town, agent)
    home = tmp_path / "third"
    home.mkdir()
    Registry.load(town.storage.home).save(home)
    third = Side.open(home, "bob").market
    with pytest.raises(NotOwed):
        town.buyer.market.collect_owed(listing_id, "carol")
    done = third.collect_owed(listing_id, "bob", wait_s=PATIENCE_SECONDS)
    assert (done.result, town.owner_of(token_id)) == ("settled", BOB.address)
    town.mine()
    assert town.buyer.market.collect(bought.job_id).result == "settled"


@pytest.mark.parametrize(("suite", "protection"), [(1, UNPROTECTED), (2, PROTECTED)])
def test_show_says_with_which_protection_a_token_can_be_sold(
    town: Town, agent: Path, suite: int, protection: str
) -> None:
    row = plan_mint(town.seller.stack, agent, "alice", suite=suite)
    token_id = run_mint(town.seller.stack, row.job_id).number("token_id")
    assert Agents(town.seller.stack).show(token_id).protection == protection
