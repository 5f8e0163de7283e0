"""Two homes on one network: alice's, who sells, and bob's and carol's; an oracle between them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn
from eth_abi.abi import encode

from tests.support.contracts import Deployed, Evm, compiled
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from tests.support.storage_daemons import Storage
from zerog.chain.registry import OracleInfo, Registry
from zerog.chain.signer import Keys, Signer, devnet_signer
from zerog.chain.steps_market import FEE_BPS
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.inft.identity import plaintext_digest
from zerog.inft.jobstore import JobStore
from zerog.inft.market.orders import split
from zerog.inft.market.sdk import Market
from zerog.inft.mint import plan_mint, run_mint
from zerog.inft.opening import read_token
from zerog.inft.oracle import make_app
from zerog.inft.oracle_desk import Desk
from zerog.inft.reseal import OracleHouse, run_reseal
from zerog.inft.stack import Stack
from zerog.jobs import InlineJobs, ReEncrypt
from zerog.types import Address

PRICE = 10**17 + 3
WINDOW = 600
DEPTH = 2
ORACLE = devnet_signer(2)
PEOPLE = {"alice": devnet_signer(3), "bob": devnet_signer(4), "carol": devnet_signer(5)}


@dataclass(frozen=True, slots=True)
class Side:
    """One home: its stack and its market."""

    stack: Stack
    market: Market

    @classmethod
    def open(cls, home: Path, *names: str) -> Side:
        """With the keys of these people."""
        keys = Keys(home, 31337)
        for name in names:
            keys.add(name, PEOPLE[name].secret)
        stack = Stack.open(Settings.load(home, {"ZEROG_FINALITY_DEPTH": str(DEPTH)}))
        return cls(stack, Market(stack))


@dataclass(frozen=True, slots=True)
class Town:
    """Both sides, and the chain between them."""

    storage: Storage
    seller: Side
    buyer: Side
    currency: Deployed

    def mint(self, folder: Path) -> int:
        """Alice's token over a folder."""
        row = plan_mint(self.seller.stack, folder, "alice")
        return run_mint(self.seller.stack, row.job_id).number("token_id")

    def digest(self, side: Side, signer: Signer, token_id: int) -> bytes:
        """Of the plaintext as somebody opens it."""
        return plaintext_digest(side.stack, signer, read_token(side.stack, token_id))

    def owner_of(self, token_id: int) -> Address | None:
        """Who has a token."""
        return self.seller.stack.nft.owner_of(token_id)

    def royalty(self, token_id: int) -> int:
        """What the collection asks for at the price, base units."""
        question = bytes.fromhex("2a55205a") + encode(["uint256", "uint256"], [token_id, PRICE])
        word = self.storage.chain.call(self.seller.stack.nft.address, question)
        return int.from_bytes(word[32:64], "big")

    def proceeds(self, token_id: int) -> int:
        """What alice gets of the price."""
        return split(PRICE, FEE_BPS, self.royalty(token_id)).proceeds

    def mine(self) -> None:
        """Bury what happened."""
        self.storage.anvil.rpc("anvil_mine", hex(DEPTH + 1))

    def wait(self, seconds: int) -> None:
        """Let time of the chain pass."""
        self.storage.anvil.rpc("evm_increaseTime", seconds)
        self.storage.anvil.rpc("evm_mine")


@contextmanager
def market_town(storage: Storage) -> Iterator[Town]:
    """Both homes, an oracle that listens, and an ERC-20 that bob has."""
    home, other = storage.home, storage.home / "buyer"
    other.mkdir()
    with oracle_of(storage) as url:
        found = Registry.load(home)
        info = OracleInfo(ORACLE.address, ORACLE.public_key)
        endpoints = {**found.endpoints, "oracle": url}
        for place in (home, other):
            replace(found, endpoints=endpoints, oracle=info).save(place)
        evm = Evm(storage.anvil.url)
        currency = evm.deploy(compiled("PlainCurrency"), sender=evm.accounts[9])
        currency.send("mint", PEOPLE["bob"].address, 10 * PRICE, sender=evm.accounts[9])
        seller, buyer = Side.open(home, "alice"), Side.open(other, "bob", "carol")
        yield Town(storage, seller, buyer, currency)


@contextmanager
def oracle_of(storage: Storage) -> Iterator[str]:
    """The oracle's HTTP on a port of its own; its work is done at once."""
    home, registry = storage.home / "oracle", Registry.load(storage.home)
    home.mkdir()
    seller = Stack.open(Settings.load(storage.home, {}))
    house = OracleHouse(
        registry=registry,
        signer=ORACLE,
        sender=Sender(storage.chain, TxStore(home / "tx.db"), ORACLE, 1),
        nft=seller.nft,
        flow=storage.flow,
        storage=storage.client(),
        jobs=JobStore(home / "oracle.db"),
        spool=home / "spool",
    )
    info = OracleInfo(ORACLE.address, ORACLE.public_key)

    def work(job_id: str) -> None:
        run_reseal(house, job_id)

    queue = InlineJobs({ReEncrypt: work})
    desk = Desk(registry, info, house.nft, house.jobs, queue)
    config = uvicorn.Config(make_app(desk), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started, "the oracle listens")
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
