"""The follower's rows equal the chain's logs, whatever happened to the chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from zerog.chain.errors import RpcFailure
from zerog.chain.follow import Follower
from zerog.chain.rpc import Chain, Log
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.store import Database
from zerog.types import Address

pytestmark = pytest.mark.contracts

TOPIC = bytes(31) + b"\x07"
# Emits one log with topic 7 and the call's data.
EMITTER = bytes.fromhex("600b600a5f39600b5ff3" + "365f5f37" + "6007365fa1" + "0000")
ROWS = ("CREATE TABLE seen (block INTEGER NOT NULL, data BLOB NOT NULL)",)


class Reader:
    """A follower that keeps every log's block and data."""

    def __init__(self, chain: Chain, path: Path, address: Address, depth: int = 0) -> None:
        self.database = Database(path, ROWS)
        self.rewinds: list[int] = []
        self.follower = Follower(
            chain, self.database, [address], {TOPIC: self.keep}, self.drop, depth
        )

    def keep(self, cursor: sqlite3.Cursor, log: Log) -> None:
        cursor.execute("INSERT INTO seen VALUES (?, ?)", (log.block_number, log.data))

    def drop(self, cursor: sqlite3.Cursor, number: int) -> None:
        self.rewinds.append(number)
        cursor.execute("DELETE FROM seen WHERE block > ?", (number,))

    def rows(self) -> list[tuple[int, bytes]]:
        found = self.database.connection.execute("SELECT block, data FROM seen ORDER BY rowid")
        return [(row["block"], row["data"]) for row in found]


class World:
    """A chain with an emitter contract, and a way to make it emit."""

    def __init__(self, anvil: AnvilProcess, path: Path) -> None:
        self.anvil, self.chain = anvil, Chain(anvil.url)
        self.sender = Sender(self.chain, TxStore(path / "tx.db"), devnet_signer(3))
        created = self.sender.run("emitter", Call(None, EMITTER)).contract_address
        assert created is not None
        self.address = created
        self.reader = Reader(self.chain, path / "seen.db", created)

    def emit(self, data: bytes) -> None:
        self.sender.run(f"emit {data.hex()}", Call(self.address, data))

    def logs(self) -> list[tuple[int, bytes]]:
        found = self.chain.logs(self.address, [TOPIC], 0, self.chain.head().number)
        return [(log.block_number, log.data) for log in found]


@pytest.fixture
def world(fresh_anvil: AnvilProcess, tmp_path: Path) -> World:
    return World(fresh_anvil, tmp_path)


def test_step_reads_every_log_once_in_order(world: World) -> None:
    for n in range(5):
        world.emit(bytes([n]))
    assert world.reader.follower.step() == world.chain.head().number + 1, "blocks 0 to head"
    assert world.reader.rows() == world.logs()
    assert [data for _, data in world.reader.rows()] == [bytes([n]) for n in range(5)]
    assert world.reader.follower.step() == 0
    assert world.reader.follower.block_hash() == world.chain.head().hash


@pytest.mark.parametrize("depth", [1, 2, 7, 18, 30])
def test_reorg_of_any_depth_leaves_the_rows_of_the_new_chain(world: World, depth: int) -> None:
    world.anvil.rpc("anvil_mine", "0x5")
    for n in range(32):
        world.emit(bytes([n]))
        if n % 3 == 0:
            world.reader.follower.step()
    world.reader.follower.step()
    world.anvil.rpc("anvil_reorg", depth, [])
    world.reader.follower.step()
    assert world.reader.rewinds, "it noticed"
    assert world.reader.rows() == world.logs()
    world.emit(b"after")
    world.reader.follower.step()
    assert world.reader.rows() == world.logs()
    assert world.reader.rows()[-1][1] == b"after"


def test_revert_to_a_shorter_chain_rewinds(world: World) -> None:
    world.emit(b"kept")
    snapshot = world.anvil.rpc("evm_snapshot")
    for n in range(6):
        world.emit(bytes([n]))
    world.reader.follower.step()
    world.anvil.rpc("evm_revert", snapshot)
    world.reader.follower.step()
    assert world.reader.rows() == world.logs() == [(2, b"kept")]
    assert world.reader.follower.height() == 2


def test_restarted_empty_chain_rewinds_to_the_start(world: World, tmp_path: Path) -> None:
    for n in range(4):
        world.emit(bytes([n]))
    world.reader.follower.step()
    world.anvil.process.kill()
    world.anvil.process.wait(timeout=PATIENCE_SECONDS)
    again = AnvilProcess.start(tmp_path, port=world.anvil.port)
    try:
        again.rpc("anvil_mine", "0x9")
        world.reader.follower.step()
        assert world.reader.rewinds == [-1]
        assert world.reader.rows() == []
        assert world.reader.follower.height() == 9
    finally:
        again.stop()


def test_second_follower_object_goes_on_where_the_first_one_was(
    world: World, tmp_path: Path
) -> None:
    world.emit(b"one")
    world.reader.follower.step()
    world.emit(b"two")
    second = Reader(world.chain, tmp_path / "seen.db", world.address)
    assert second.follower.step() == 1
    assert second.rows() == world.logs()


def test_depth_keeps_away_from_the_head(world: World, tmp_path: Path) -> None:
    world.emit(b"deep")
    world.emit(b"fresh")
    behind = Reader(world.chain, tmp_path / "behind.db", world.address, depth=1)
    behind.follower.step()
    assert [data for _, data in behind.rows()] == [b"deep"]
    world.anvil.rpc("anvil_mine", "0x1")
    behind.follower.step()
    assert [data for _, data in behind.rows()] == [b"deep", b"fresh"]


def test_failing_handler_leaves_neither_rows_nor_checkpoint(world: World, tmp_path: Path) -> None:
    reader = Reader(world.chain, tmp_path / "strict.db", world.address)

    def refuse(cursor: sqlite3.Cursor, log: Log) -> None:
        reader.keep(cursor, log)
        if log.data == b"bad":
            raise ValueError("bad")

    strict = Follower(world.chain, reader.database, [world.address], {TOPIC: refuse}, reader.drop)
    world.emit(b"good")
    world.emit(b"bad")
    with pytest.raises(ValueError, match="bad"):
        strict.step()
    assert reader.rows() == []
    assert strict.height() == -1


class NarrowChain(Chain):
    """A node that refuses ranges over three blocks, as public ones do over their own limit."""

    def logs(
        self,
        address: Address | Sequence[Address] | None,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> list[Log]:
        if last - first >= 3:
            raise RpcFailure("eth_getLogs", -32005, "query exceeds max block range")
        return super().logs(address, topics, first, last)


def test_refused_range_is_halved(world: World, tmp_path: Path) -> None:
    for n in range(12):
        world.emit(bytes([n]))
    reader = Reader(NarrowChain(world.anvil.url), tmp_path / "narrow.db", world.address)
    reader.follower.step()
    assert reader.rows() == world.logs()


class RestlessChain(Chain):
    """A node whose chain reorganises just before it answers for logs, once."""

    restless = True

    def logs(
        self,
        address: Address | Sequence[Address] | None,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> list[Log]:
        if self.restless:
            self.restless = False
            self.rpc("anvil_reorg", [3, []])
        return super().logs(address, topics, first, last)


def test_reorg_while_a_page_is_read_leaves_no_checkpoint_of_the_old_chain(
    world: World, tmp_path: Path
) -> None:
    for n in range(6):
        world.emit(bytes([n]))
    reader = Reader(RestlessChain(world.anvil.url), tmp_path / "restless.db", world.address)
    reader.follower.step()
    assert reader.rows() == world.logs()
    assert reader.follower.block_hash() == world.chain.head().hash
    assert reader.rewinds == [], "nothing of the old chain was stored"
