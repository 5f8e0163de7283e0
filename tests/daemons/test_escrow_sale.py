"""Sales with complaints through the SDK, on a chain and storage nodes that really run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from eth_abi.abi import encode

from tests.support.escrow import Goods
from tests.support.storage_daemons import Storage, running_storage
from tests.support.storage_people import people
from zerog.chain import steps_escrow
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import deploy_plan
from zerog.chain.registry import Registry
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call
from zerog.config import Settings
from zerog.crypto.container import SUITE_AES_256_GCM, SUITE_KECCAK_CTR
from zerog.crypto.keccakctr import CHUNK, SEGMENT_CHUNKS, chunk_block
from zerog.inft.envelope import DataKey, seal
from zerog.inft.errors import NotTheOwner, SameOwner
from zerog.inft.escrow.errors import NoRow, NotOffered, NotProtected, TooDear, WrongState
from zerog.inft.escrow.sdk import Escrow
from zerog.inft.identity import plaintext_digest
from zerog.inft.metadata import describe
from zerog.inft.mint import plan_mint, run_mint
from zerog.inft.opening import read_token
from zerog.inft.protection import PROTECTED, UNPROTECTED
from zerog.inft.stack import Stack
from zerog.storage.codec import SEGMENT, padded_sectors

pytestmark = pytest.mark.daemons

PRICE = 10**17
BOND = PRICE // 10
DAY = 24 * 3600


@dataclass(slots=True)
class Town:
    """One home with alice and bob, an exchange, a node."""

    storage: Storage
    stack: Stack
    escrow: Escrow

    def mint(self, folder: Path, suite: int = SUITE_KECCAK_CTR) -> int:
        """Alice's token over a folder."""
        row = plan_mint(self.stack, folder, "alice", suite)
        return run_mint(self.stack, row.job_id).number("token_id")

    def mint_goods(self, goods: Goods, folder: Path, sealed: DataKey | None = None) -> int:
        """Alice's token over goods that no honest client would have made."""
        path = folder / "goods"
        path.write_bytes(goods.container)
        self.storage.put(path, goods.tree)
        stack, alice = self.stack, devnet_signer(3)
        token_id = stack.nft.next_token_id()
        context = stack.seal_context(token_id)
        made = seal(sealed or goods.key, alice.public_key, context, SUITE_KECCAK_CTR)
        text = describe("goods", len(goods.container), "", SUITE_KECCAK_CTR)
        items = [(text, goods.tree.data_root)]
        data = stack.nft.calldata("mint", alice.address, items, [made], token_id)
        stack.sender(alice).run(f"test:mint:{token_id}", Call(stack.nft.address, data))
        return token_id

    def sold(self, token_id: int) -> int:
        """A sale of Alice's that Bob has paid, as deep as the network wants."""
        offered = self.escrow.sell(token_id, "alice", PRICE)
        assert self.escrow.buy(offered.escrow_id, "bob").state == "paid"
        self.mine()
        return offered.escrow_id

    def mine(self) -> None:
        """Bury what happened."""
        self.storage.anvil.rpc("anvil_mine", hex(self.stack.settings.finality_depth + 1))

    def wait(self, seconds: int) -> None:
        """Let time of the chain pass."""
        self.storage.anvil.rpc("evm_increaseTime", seconds)
        self.storage.anvil.rpc("evm_mine")

    def royalty(self, token_id: int) -> int:
        """What the collection asks for at the price, wei."""
        word = self.stack.chain.call(
            self.stack.nft.address,
            bytes.fromhex("2a55205a") + encode(["uint256", "uint256"], [token_id, PRICE]),
        )
        return int.from_bytes(word[32:64], "big")

    def credits(self) -> tuple[int, int]:
        """Alice's and Bob's credit, wei."""
        return self.escrow.credit("alice"), self.escrow.credit("bob")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_storage(tmp_path_factory.mktemp("escrow")) as storage:
        yield settle(storage)


@pytest.fixture
def own_town(tmp_path: Path) -> Iterator[Town]:
    with running_storage(tmp_path) as storage:
        yield settle(storage)


def settle(storage: Storage) -> Town:
    """The exchange is deployed, and people have keys."""
    registry, deployer = Registry.load(storage.home), devnet_signer(1)
    params = DeployParams(admin=deployer.address, oracle=devnet_signer(2).address)
    plan = deploy_plan(params, deployer.address)
    if "FairExchange" not in plan.contracts:
        plan = replace(
            plan,
            steps=(*plan.steps, *steps_escrow.steps(params)),
            contracts={**plan.contracts, **steps_escrow.CONTRACTS},
        )
        made = deploy(storage.chain, storage.home, deployer, plan)
        replace(registry, contracts=made).save(storage.home)
    people(storage.home)
    stack = Stack.open(Settings.load(storage.home, {}))
    return Town(storage, stack, Escrow(stack))


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
    assert (view.state, view.result) == ("refunded", "refunded")
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
    assert town.escrow.check(escrow_id, "bob").state == "refunded"
    assert town.credits() == (credits[0], credits[1] + PRICE + BOND)


def test_seller_who_does_not_deliver_pays_everything_back(town: Town, agent: Path) -> None:
    escrow_id, credits = town.sold(town.mint(agent)), town.credits()
    town.wait(DAY + 10)
    assert town.escrow.check(escrow_id, "bob").state == "refunded"
    assert town.credits() == (credits[0] + BOND, credits[1] + PRICE)
    assert town.escrow.deliver(escrow_id, "alice").state == "refunded"


def test_seller_of_a_silent_buyer_is_paid_after_the_window(town: Town, agent: Path) -> None:
    token_id = town.mint(agent)
    escrow_id = town.sold(token_id)
    assert town.escrow.deliver(escrow_id, "alice").state == "delivered"
    assert town.escrow.deliver(escrow_id, "alice").state == "delivered"
    town.wait(DAY + 10)
    assert town.escrow.deliver(escrow_id, "alice").state == "finished"
    assert town.stack.nft.owner_of(token_id) == devnet_signer(4).address
    assert town.escrow.check(escrow_id, "bob").state == "finished"


def test_missing_data_is_challenged_and_answered_when_it_is_back(
    own_town: Town, agent: Path
) -> None:
    token_id = own_town.mint(agent)
    escrow_id = own_town.sold(token_id)
    own_town.escrow.deliver(escrow_id, "alice")
    own_town.storage.node.kill()
    assert own_town.escrow.check(escrow_id, "bob").open_challenges == 0
    view = own_town.escrow.check(escrow_id, "bob", impatient=True)
    assert (view.job_state, view.open_challenges) == ("challenged", 4)
    own_town.storage.node.start()
    assert own_town.escrow.deliver(escrow_id, "alice").open_challenges == 0
    assert own_town.escrow.check(escrow_id, "bob").state == "finished"
    assert own_town.stack.nft.owner_of(token_id) == devnet_signer(4).address


def test_data_that_stays_away_gives_the_money_back(own_town: Town, agent: Path) -> None:
    escrow_id, credits = own_town.sold(own_town.mint(agent)), own_town.credits()
    own_town.escrow.deliver(escrow_id, "alice")
    own_town.storage.node.kill()
    own_town.escrow.check(escrow_id, "bob", impatient=True)
    own_town.escrow.deliver(escrow_id, "alice")
    own_town.wait(DAY // 4 + 10)
    view = own_town.escrow.check(escrow_id, "bob")
    assert (view.state, view.result) == ("refunded", "refunded")
    assert own_town.credits() == (credits[0], credits[1] + PRICE + BOND + 4 * (PRICE // 1000))


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
