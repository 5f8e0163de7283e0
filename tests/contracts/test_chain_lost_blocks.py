"""What a chain forgot - by a reorg, by an old state, wholly - is on it again, once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.tx_victim import TARGET_INDEX
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender, TxState, TxStore, rebroadcast

pytestmark = pytest.mark.contracts

TARGET = devnet_signer(TARGET_INDEX).address
ONE_WEI = Call(TARGET, b"", 1)
CREATES = bytes.fromhex("600e600a5f39600e5ff35f54600a5760015f55005b5f5ffd")


@pytest.fixture
def store(tmp_path: Path) -> TxStore:
    return TxStore(tmp_path / "tx.db")


@pytest.fixture
def chain(fresh_anvil: AnvilProcess) -> Chain:
    return Chain(fresh_anvil.url)


@pytest.fixture
def received(chain: Chain) -> Callable[[], int]:
    """Wei that the target got since the test began."""
    before = chain.balance(TARGET)
    return lambda: chain.balance(TARGET) - before


@pytest.mark.parametrize("depth", [1, 3, 8])
def test_reorg_that_drops_mined_rows_sends_them_again(
    fresh_anvil: AnvilProcess, chain: Chain, store: TxStore, received: Callable[[], int], depth: int
) -> None:
    sender = Sender(chain, store, devnet_signer(3), finality_depth=12)
    fresh_anvil.rpc("anvil_mine", "0x5")
    for n in range(8):
        sender.run(f"r{n}", ONE_WEI)
    fresh_anvil.rpc("anvil_reorg", depth, [])
    assert received() == 8 - depth, "the reorg dropped them"
    for n in range(8):
        sender.settle(f"r{n}")
        assert sender.wait(f"r{n}").succeeded
    assert received() == 8
    assert chain.nonce(sender.address) == 8


def test_reorg_reads_only_what_the_chain_lost_of_a_long_history(
    fresh_anvil: AnvilProcess, chain: Chain, store: TxStore, received: Callable[[], int]
) -> None:
    sender, old = Sender(chain, store, devnet_signer(3), finality_depth=2), 1_000
    fresh_anvil.rpc("anvil_setNonce", sender.address, hex(old))
    long_ago = bytes(10_000)
    with store.database.transaction() as cursor:
        cursor.executemany(
            "INSERT INTO tx (intent, state, sender, data, value_wei, nonce, raw, hash, sequence,"
            " block_number, block_hash, tx_index)"
            " VALUES (?, 'final', ?, x'', '0', ?, ?, ?, ?, 0, x'', ?)",
            [
                (f"o{n}", sender.address, n, long_ago, n.to_bytes(32, "big"), n, n)
                for n in range(old)
            ],
        )
    fresh_anvil.rpc("anvil_mine", "0x5")
    for n in range(3):
        sender.run(f"r{n}", ONE_WEI)
    fresh_anvil.rpc("anvil_reorg", 2, [])
    assert received() == 1
    tracemalloc.start()
    try:
        assert sender.run("r3", ONE_WEI).succeeded
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert received() == 4
    assert peak < old * len(long_ago) // 4


def test_settle_names_a_receipt_only_at_the_finality_depth(
    fresh_anvil: AnvilProcess, chain: Chain, store: TxStore
) -> None:
    sender = Sender(chain, store, devnet_signer(3), finality_depth=2)
    sender.run("deep", ONE_WEI)
    assert sender.settle("deep") is None
    assert store.require("deep").state is TxState.MINED
    fresh_anvil.rpc("anvil_mine", "0x2")
    receipt = sender.settle("deep")
    assert receipt is not None
    assert receipt.tx_hash == store.require("deep").hash
    assert store.require("deep").state is TxState.FINAL


def test_rebroadcast_after_lost_blocks_restores_the_same_transactions_in_order(
    tmp_path: Path, fresh_anvil: AnvilProcess, chain: Chain, store: TxStore
) -> None:
    alice, bob = (Sender(chain, store, devnet_signer(index)) for index in (3, 4))
    alice.run("before", ONE_WEI)
    dump = fresh_anvil.rpc("anvil_dumpState")
    receipts = [
        alice.run("a1", ONE_WEI), bob.run("b1", ONE_WEI), bob.run("b2", ONE_WEI),
        alice.run("a2", Call(None, CREATES)), alice.run("a3", ONE_WEI),
    ]  # fmt: skip
    fresh_anvil.process.kill()
    fresh_anvil.process.wait(timeout=PATIENCE_SECONDS)
    again = AnvilProcess.start(tmp_path, port=fresh_anvil.port)
    try:
        again.rpc("anvil_loadState", dump)
        assert chain.receipt(receipts[0].tx_hash) is None, "the chain forgot it"
        assert rebroadcast(chain, store) == 5
        hashes = [receipt.tx_hash for receipt in receipts]
        found = [chain.receipt(tx_hash) for tx_hash in hashes]
        assert all(one is not None and one.succeeded for one in found)
        numbers = [one.block_number for one in found if one is not None]
        assert numbers == sorted(numbers), "in the order in which they were mined"
        assert rebroadcast(chain, store) == 0
        assert alice.run("a3", ONE_WEI).tx_hash == hashes[4]
        assert alice.run("a4", ONE_WEI).succeeded
    finally:
        again.stop()


def test_send_on_an_empty_chain_gives_it_its_past_first(
    tmp_path: Path, fresh_anvil: AnvilProcess, chain: Chain, store: TxStore
) -> None:
    before = chain.balance(TARGET)
    alice, bob = (Sender(chain, store, devnet_signer(index)) for index in (3, 4))
    for n in range(3):
        alice.run(f"a{n}", ONE_WEI)
        bob.run(f"b{n}", ONE_WEI)
    fresh_anvil.process.kill()
    fresh_anvil.process.wait(timeout=PATIENCE_SECONDS)
    again = AnvilProcess.start(tmp_path, port=fresh_anvil.port)
    try:
        assert bob.run("b3", ONE_WEI).succeeded
        assert chain.balance(TARGET) - before == 7
        assert {row.state for row in store.rows()} == {TxState.FINAL}
    finally:
        again.stop()
