"""Transactions through crashes, clashes, reorgs and lost blocks, on a real chain."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.evm import ROOT, AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.tx_victim import STOPS, TARGET_INDEX
from zerog.chain.errors import (
    ChainUnreachable,
    InsufficientFunds,
    NoSuchIntent,
    TxReverted,
    TxTimeout,
)
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer, TxFields, devnet_signer
from zerog.chain.tx import Call, IntentTaken, Sender, TxState, TxStore
from zerog.types import Address

pytestmark = pytest.mark.contracts

TARGET = devnet_signer(TARGET_INDEX).address
ONE_WEI = Call(TARGET, b"", 1)
REVERTS = bytes.fromhex("5f5ffd")
# Creates a contract that reverts when its first storage slot is 1, and sets it to 1 otherwise.
ONCE = bytes.fromhex("600e600a5f39600e5ff35f54600a5760015f55005b5f5ffd")


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


def kill_at(url: str, store: TxStore, stop: str, intent: str, to: Address = TARGET) -> None:
    """Run a sender in a process of its own and kill it when it stands at `stop`."""
    process = victim(url, store, stop, intent, to=to)
    assert process.stdout is not None
    assert process.stdout.readline() == f"at {stop}\n", "the victim reached its place"
    process.kill()
    process.wait(timeout=PATIENCE_SECONDS)
    process.stdout.close()


def victim(
    url: str, store: TxStore, stop: str, *intents: str, to: Address = TARGET
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.tx_victim", url, str(store.database.path)]
    return subprocess.Popen(
        [*command, "3", stop, to, *intents], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("stop", STOPS)
def test_send_killed_between_two_states_happens_once(
    chain: Chain, store: TxStore, received: Callable[[], int], stop: str
) -> None:
    kill_at(chain.url, store, stop, "pay")
    states = {
        "before-estimate": TxState.PLANNED,
        "before-nonce": TxState.PLANNED,
        "before-send": TxState.SIGNED,
        "after-send": TxState.SIGNED,
        "after-receipt": TxState.SENT,
    }
    assert store.require("pay").state is states[stop], "it died inside that state"
    sender = Sender(chain, store, devnet_signer(3))
    assert sender.run("pay", ONE_WEI).succeeded
    assert sender.run("pay", ONE_WEI).succeeded
    assert received() == 1
    assert chain.nonce(sender.address) == 1


def test_send_with_an_orphan_in_front_sends_the_orphan_too(
    chain: Chain, store: TxStore, received: Callable[[], int]
) -> None:
    kill_at(chain.url, store, "before-send", "orphan")
    receipt = Sender(chain, store, devnet_signer(3)).run("next", ONE_WEI)
    assert receipt.succeeded
    assert received() == 2, "nobody asked for the orphan again, yet its nonce was in the way"


def test_two_processes_with_one_account_lose_nothing(
    chain: Chain, store: TxStore, received: Callable[[], int]
) -> None:
    shared = [f"both{n}" for n in range(10)]
    processes = [
        victim(chain.url, store, "", *shared, *(f"{name}{n}" for n in range(20)))
        for name in ("a", "b")
    ]
    assert [process.communicate(timeout=PATIENCE_SECONDS)[0] for process in processes] == [
        "done\n"
    ] * 2
    assert received() == 50
    nonces = sorted(row.nonce for row in store.rows() if row.nonce is not None)
    assert nonces == list(range(50))


def test_threads_with_one_sender_lose_nothing(
    chain: Chain, store: TxStore, received: Callable[[], int]
) -> None:
    sender = Sender(chain, store, devnet_signer(3))
    with ThreadPoolExecutor(4) as pool:
        receipts = pool.map(lambda n: sender.run(f"t{n % 15}", ONE_WEI), range(30))
        assert all(receipt.succeeded for receipt in receipts)
    assert received() == 15


def foreign(signer: Signer, chain: Chain, nonce: int, max_fee: int = 10**11) -> bytes:
    """A transaction of the same account that our store knows nothing of."""
    fields: TxFields = {
        "chain_id": chain.chain_id(), "nonce": nonce, "max_priority_fee": 10**10,
        "max_fee": max_fee, "gas": 21_000, "to": signer.address, "value": 0, "data": b"",
    }  # fmt: skip
    return signer.sign_tx(fields)[0]


def test_row_whose_nonce_another_transaction_used_is_signed_again(
    chain: Chain, store: TxStore, received: Callable[[], int]
) -> None:
    signer = devnet_signer(3)
    kill_at(chain.url, store, "before-send", "pay")
    first = store.require("pay")
    assert first.nonce == 0
    chain.wait_receipt(chain.send_raw(foreign(signer, chain, 0)))
    receipt = Sender(chain, store, signer).run("pay", ONE_WEI)
    assert receipt.tx_hash != first.hash
    assert store.require("pay").nonce == 1
    assert received() == 1
    assert len(store.attempts("pay")) == 2


def test_row_is_not_signed_again_while_the_other_transaction_is_not_deep_enough(
    chain: Chain, store: TxStore
) -> None:
    signer = devnet_signer(3)
    kill_at(chain.url, store, "before-send", "pay")
    chain.wait_receipt(chain.send_raw(foreign(signer, chain, 0)))
    sender = Sender(chain, store, signer, finality_depth=3)
    with pytest.raises(TxTimeout):
        sender.run("pay", ONE_WEI, timeout_s=0.1)
    assert len(store.attempts("pay")) == 1, "a reorg could still bring it back"
    chain.rpc("anvil_mine", ["0x4"])
    assert sender.run("pay", ONE_WEI).succeeded


def test_gap_left_by_a_dropped_foreign_transaction_is_filled(
    fresh_anvil: AnvilProcess, chain: Chain, store: TxStore, received: Callable[[], int]
) -> None:
    signer = devnet_signer(3)
    fresh_anvil.rpc("evm_setAutomine", False)
    other = chain.send_raw(foreign(signer, chain, 0))
    sender = Sender(chain, store, signer)
    assert sender.send("pay", ONE_WEI).nonce == 1
    fresh_anvil.rpc("anvil_dropTransaction", "0x" + other.hex())
    fresh_anvil.rpc("anvil_dropAllTransactions")
    fresh_anvil.rpc("evm_setAutomine", True)
    assert sender.run("pay", ONE_WEI).succeeded
    assert received() == 1
    assert store.require(f"fill:{signer.address}:0").nonce == 0


def test_price_that_became_too_low_is_raised_under_the_same_nonce(
    fresh_anvil: AnvilProcess, chain: Chain, store: TxStore, received: Callable[[], int]
) -> None:
    kill_at(chain.url, store, "before-send", "pay")
    fresh_anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(50 * 10**9))
    fresh_anvil.rpc("anvil_mine", "0x1")
    assert Sender(chain, store, devnet_signer(3)).run("pay", ONE_WEI).succeeded
    row = store.require("pay")
    assert row.nonce == 0
    assert len(store.attempts("pay")) == 2
    assert received() == 1


def test_base_fee_zero_is_no_obstacle(tmp_path: Path, store: TxStore) -> None:
    free = AnvilProcess.start(tmp_path, "--block-base-fee-per-gas", "0", "--gas-price", "0")
    try:
        chain = Chain(free.url)
        assert Sender(chain, store, devnet_signer(3)).run("free", ONE_WEI).succeeded
    finally:
        free.stop()


def test_call_that_would_revert_leaves_its_intent_free(chain: Chain, store: TxStore) -> None:
    sender = Sender(chain, store, devnet_signer(3))
    with pytest.raises(TxReverted) as caught:
        sender.run("job", Call(None, REVERTS))
    assert not caught.value.mined
    assert store.require("job").state is TxState.FAILED
    assert store.require("job").hash is None
    assert chain.nonce(sender.address) == 0
    assert sender.run("job", ONE_WEI).succeeded, "the intent can mean something else now"


def test_transaction_that_reverts_when_mined_has_failed_for_good(
    chain: Chain, store: TxStore
) -> None:
    loser, winner = (Sender(chain, store, devnet_signer(index)) for index in (3, 4))
    once = winner.run("make", Call(None, ONCE)).contract_address
    assert once is not None
    kill_at(chain.url, store, "before-send", "race", to=once)
    assert winner.run("won", Call(once)).succeeded, "it overtakes what is signed and not sent"
    for _ in range(2):
        with pytest.raises(TxReverted) as caught:
            loser.run("race", Call(once))
        assert caught.value.mined, "a mined failure is not sent a second time"
    row = store.require("race")
    assert (row.state, row.nonce) == (TxState.FAILED, 0)
    assert chain.nonce(loser.address) == 1


def test_poor_account_is_refused_by_name_before_signing(chain: Chain, store: TxStore) -> None:
    poor = Signer(b"\x01" * 32)
    with pytest.raises(InsufficientFunds) as caught:
        Sender(chain, store, poor).run("poor", ONE_WEI)
    assert caught.value.address == poor.address
    assert store.require("poor").hash is None


def test_intent_of_another_account_is_refused(chain: Chain, store: TxStore) -> None:
    Sender(chain, store, devnet_signer(3)).run("mine", ONE_WEI)
    with pytest.raises(IntentTaken):
        Sender(chain, store, devnet_signer(4)).run("mine", ONE_WEI)


def test_unmined_transaction_times_out_and_can_be_waited_for_again(
    fresh_anvil: AnvilProcess, chain: Chain, store: TxStore
) -> None:
    fresh_anvil.rpc("evm_setAutomine", False)
    sender = Sender(chain, store, devnet_signer(3))
    with pytest.raises(TxTimeout) as caught:
        sender.run("slow", ONE_WEI, timeout_s=0.05)
    assert caught.value.intent == "slow"
    fresh_anvil.rpc("evm_mine")
    assert sender.wait("slow").succeeded


def test_wait_without_a_row_names_the_intent(chain: Chain, store: TxStore) -> None:
    with pytest.raises(NoSuchIntent):
        Sender(chain, store, devnet_signer(3)).wait("nobody")


def test_dead_chain_is_named_and_the_row_goes_on_later(
    tmp_path: Path, fresh_anvil: AnvilProcess, chain: Chain, store: TxStore
) -> None:
    sender = Sender(chain, store, devnet_signer(3))
    sender.run("one", ONE_WEI)
    fresh_anvil.process.kill()
    fresh_anvil.process.wait(timeout=PATIENCE_SECONDS)
    with pytest.raises(ChainUnreachable):
        sender.run("two", ONE_WEI)
    again = AnvilProcess.start(tmp_path, port=fresh_anvil.port)
    try:
        assert sender.run("two", ONE_WEI).succeeded
        assert chain.nonce(sender.address) == 2
    finally:
        again.stop()


def test_errors_survive_pickling() -> None:
    error = TxReverted("job", "Named", (1, b"\x02"), b"\x03", mined=False)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (copy.intent, copy.name, copy.args, copy.mined) == ("job", "Named", (1, b"\x02"), False)
    assert str(copy) == "transaction job was refused: Named(1, 0x02)"
