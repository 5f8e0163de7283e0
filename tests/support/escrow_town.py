"""One home with alice and bob, an exchange with complaints, and a storage node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eth_abi.abi import encode

from tests.support.escrow import Goods
from tests.support.storage_daemons import Storage
from tests.support.storage_people import people
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call
from zerog.config import Settings
from zerog.crypto.container import SUITE_KECCAK_CTR
from zerog.inft.envelope import DataKey, seal
from zerog.inft.escrow.desk import exchange_of
from zerog.inft.escrow.sdk import Escrow
from zerog.inft.metadata import describe
from zerog.inft.mint import plan_mint, run_mint
from zerog.inft.stack import Stack
from zerog.types import Address

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

    def wait_until(self, second: int) -> None:
        """Let the newest block be of this second, however long it took to come here."""
        self.storage.anvil.rpc("evm_setNextBlockTimestamp", second)
        self.storage.anvil.rpc("evm_mine")

    @property
    def exchange(self) -> Address:
        """Where the money lies."""
        return exchange_of(self.stack).address

    @contextmanager
    def darkness(self) -> Iterator[None]:
        """No storage node answers."""
        self.storage.node.kill()
        try:
            yield
        finally:
            self.storage.node.start()

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


def settle(storage: Storage) -> Town:
    """People have keys, and the exchange is there."""
    people(storage.home)
    stack = Stack.open(Settings.load(storage.home, {}))
    return Town(storage, stack, Escrow(stack))
