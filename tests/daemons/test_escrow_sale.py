"""Sales with complaints through the SDK, on a chain and storage nodes that really run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.escrow import Goods
from tests.support.escrow_town import BOND, DAY, PRICE, Town, settle
from tests.support.liars import LYING, Liar
from tests.support.storage_daemons import running_storage
from zerog.chain.signer import devnet_signer
from zerog.crypto.container import SUITE_AES_256_GCM
from zerog.crypto.keccakctr import CHUNK, SEGMENT_CHUNKS, chunk_block
from zerog.inft.envelope import DataKey
from zerog.inft.errors import NotTheOwner, SameOwner
from zerog.inft.escrow.errors import NoRow, NotOffered, NotProtected, TooDear, WrongState
from zerog.inft.escrow.sale import MARGIN_SECONDS
from zerog.inft.escrow.sdk import Escrow
from zerog.inft.identity import plaintext_digest
from zerog.inft.opening import read_token
from zerog.inft.protection import PROTECTED, UNPROTECTED
from zerog.storage.client.client import StorageClient
from zerog.storage.codec import SEGMENT, padded_sectors

pytestmark = pytest.mark.daemons


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_storage(tmp_path_factory.mktemp("escrow")) as storage:
        yield settle(storage)


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    """An agent of more than one segment."""
    chance = random.Random(7)
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "model.bin").write_bytes(chance.randbytes(300_000))
    (folder / "prompt.md").write_text("be kind")
    return folder


def test_agent_changes_hands_for_money_and_opens_identically(town: Town, agent: Path) -> None:
    token_id = town.mint(agent)
    alice, bob = devnet_signer(3), devnet_signer(4)
    assert town.escrow.protection(token_id) == PROTECTED
    before = plaintext_digest(town.stack, alice, read_token(town.stack, token_id))
    escrow_id, credits = town.sold(token_id), town.credits()
    assert town.escrow.check(escrow_id, "bob").job_state == "paid"
    assert town.escrow.deliver(escrow_id, "alice").state == "delivered"
    view = town.escrow.check(escrow_id, "bob")
    assert (view.state, view.result) == ("finished", "bought")
    proceeds = PRICE - PRICE * 250 // 10_000 - town.royalty(token_id)
    assert town.credits() == (credits[0] + proceeds + BOND, credits[1])
    token = read_token(town.stack, token_id)
    assert token.owner == bob.address
    assert plaintext_digest(town.stack, bob, token) == before
    assert town.escrow.deliver(escrow_id, "alice").result in {"sold", "bought"}
    assert town.escrow.withdraw("alice") == credits[0] + proceeds + BOND
    assert town.escrow.credit("alice") == 0


def test_wrong_chunk_is_found_and_complained_about(town: Town, tmp_path: Path) -> None:
    goods = Goods.of(random.Random(1).randbytes(280_000)).spoil(chunk_block(255) * CHUNK + 9)
    token_id = town.mint_goods(goods, tmp_path)
    escrow_id, credits = town.sold(token_id), town.credits()
    town.escrow.deliver(escrow_id, "alice")
    view = town.escrow.check(escrow_id, "bob")
    assert (view.state, view.result, view.fault) == ("refunded", "refunded", "wrong_chunk")
    assert town.credits() == (credits[0], credits[1] + PRICE + BOND)
    assert town.stack.nft.owner_of(token_id) == devnet_signer(3).address
    assert town.escrow.deliver(escrow_id, "alice").state == "refunded"


@pytest.mark.parametrize(("segments", "cut"), [(2, CHUNK), (36, 3 * SEGMENT)])
def test_file_that_ends_too_early_is_complained_about(
    town: Town, tmp_path: Path, segments: int, cut: int
) -> None:
    """Its tree has zeros there: challenges would be answered with them."""
    whole = Goods.of(random.Random(4).randbytes(segments * SEGMENT_CHUNKS * CHUNK))
    goods = replace(whole, container=whole.container[:-cut])
    assert padded_sectors(len(goods.container)) == padded_sectors(len(whole.container))
    escrow_id, credits = town.sold(town.mint_goods(goods, tmp_path)), town.credits()
    town.escrow.deliver(escrow_id, "alice")
    assert town.escrow.check(escrow_id, "bob").state == "refunded"
    assert town.credits() == (credits[0], credits[1] + PRICE + BOND)


def test_wrong_key_is_found_and_complained_about(town: Town, tmp_path: Path) -> None:
    goods = Goods.of(random.Random(2).randbytes(5_000))
    token_id = town.mint_goods(goods, tmp_path, DataKey.generate())
    escrow_id, credits = town.sold(token_id), town.credits()
    town.escrow.deliver(escrow_id, "alice")
    assert town.escrow.check(escrow_id, "bob").fault == "wrong_key"
    assert town.credits() == (credits[0], credits[1] + PRICE + BOND)


def test_seller_who_does_not_deliver_pays_everything_back(town: Town, agent: Path) -> None:
    escrow_id, credits = town.sold(town.mint(agent)), town.credits()
    town.wait(DAY + 10)
    assert town.escrow.check(escrow_id, "bob").fault == "not_delivered"
    assert town.credits() == (credits[0] + BOND, credits[1] + PRICE)
    assert town.escrow.deliver(escrow_id, "alice").state == "refunded"


def test_key_is_not_shown_so_late_that_the_delivery_may_fail(town: Town, agent: Path) -> None:
    escrow_id = town.sold(town.mint(agent))
    deadline = town.escrow.status(escrow_id).deadline
    assert deadline is not None
    town.wait_until(deadline - MARGIN_SECONDS // 2)
    assert town.escrow.deliver(escrow_id, "alice").state == "paid"
    row = next(row for row in town.stack.jobs.rows() if row.data.get("escrow_id") == escrow_id)
    assert (row.state, "sealed_key" in row.data) == ("offered", False)
    town.wait(MARGIN_SECONDS)
    assert town.escrow.deliver(escrow_id, "alice").fault == "not_delivered"


def test_seller_of_a_silent_buyer_is_paid_after_the_window(town: Town, agent: Path) -> None:
    token_id = town.mint(agent)
    escrow_id = town.sold(token_id)
    assert town.escrow.deliver(escrow_id, "alice").state == "delivered"
    assert town.escrow.deliver(escrow_id, "alice").state == "delivered"
    town.wait(DAY + 10)
    assert town.escrow.deliver(escrow_id, "alice").state == "finished"
    assert town.stack.nft.owner_of(token_id) == devnet_signer(4).address
    assert town.escrow.check(escrow_id, "bob").state == "finished"


def test_missing_data_is_challenged_and_answered_when_it_is_back(town: Town, agent: Path) -> None:
    token_id = town.mint(agent)
    escrow_id = town.sold(token_id)
    town.escrow.deliver(escrow_id, "alice")
    with town.darkness():
        assert town.escrow.check(escrow_id, "bob").open_challenges == 0
        view = town.escrow.check(escrow_id, "bob", impatient=True)
        assert (view.job_state, view.open_challenges) == ("challenged", 4)
    assert town.escrow.deliver(escrow_id, "alice").open_challenges == 0
    assert town.escrow.check(escrow_id, "bob").state == "finished"
    assert town.stack.nft.owner_of(token_id) == devnet_signer(4).address


def test_data_that_stays_away_gives_the_money_back(town: Town, agent: Path) -> None:
    escrow_id, credits = town.sold(town.mint(agent)), town.credits()
    town.escrow.deliver(escrow_id, "alice")
    with town.darkness():
        town.escrow.check(escrow_id, "bob", impatient=True)
        town.escrow.deliver(escrow_id, "alice")
        town.wait(DAY // 4 + 10)
        view = town.escrow.check(escrow_id, "bob")
    assert (view.state, view.result, view.fault) == ("refunded", "refunded", "not_answered")
    assert town.credits() == (credits[0], credits[1] + PRICE + BOND + 4 * (PRICE // 1000))


def test_node_that_is_of_no_use_counts_as_missing_data(town: Town, agent: Path) -> None:
    """However it fails: a buyer whose client stops would pay in the end."""
    escrow_id = town.sold(town.mint(agent))
    town.escrow.deliver(escrow_id, "alice")
    liar = Liar(town.storage.node.url)
    try:
        storage = StorageClient(town.stack.settings.indexer_url, nodes=(liar.url,))
        bobs = Escrow(replace(town.stack, storage=storage))
        for liar.mode in ("garbage", *LYING):
            view = bobs.check(escrow_id, "bob")
            assert (view.job_state, view.open_challenges) == ("delivered", 0), liar.mode
        view = bobs.check(escrow_id, "bob", impatient=True)
        assert (view.job_state, view.open_challenges) == ("challenged", 4)
    finally:
        liar.stop()
    assert town.escrow.deliver(escrow_id, "alice").open_challenges == 0
    assert town.escrow.check(escrow_id, "bob").state == "finished"


def test_what_cannot_be_sold_or_bought_is_refused_before_anything_is_spent(
    town: Town, agent: Path
) -> None:
    plain = town.mint(agent, SUITE_AES_256_GCM)
    assert town.escrow.protection(plain) == UNPROTECTED
    with pytest.raises(NotProtected):
        town.escrow.sell(plain, "alice", PRICE)
    token_id = town.mint(agent)
    with pytest.raises(NotTheOwner):
        town.escrow.sell(token_id, "bob", PRICE)
    escrow_id = town.escrow.sell(token_id, "alice", PRICE).escrow_id
    with pytest.raises(TooDear):
        town.escrow.buy(escrow_id, "bob", max_price=PRICE - 1)
    with pytest.raises(SameOwner):
        town.escrow.buy(escrow_id, "alice")
    with pytest.raises(NoRow):
        town.escrow.check(escrow_id, "bob")
    with pytest.raises(WrongState):
        town.escrow.finish(escrow_id, "bob")
    assert town.escrow.cancel(escrow_id, "alice").state == "cancelled"
    with pytest.raises(NotOffered):
        town.escrow.buy(escrow_id, "bob")
    assert town.escrow.sales()[-1].escrow_id == escrow_id
