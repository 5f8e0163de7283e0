"""Epochs are opened when they are due: once, by whoever comes first, and never in vain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.mining_home import mine_blocks, miner_of, other_miner, roll
from tests.support.storage_daemons import Storage
from zerog.chain.errors import TxReverted
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.locks import try_lock
from zerog.storage.mining.keeper import EPOCHS_AT_ONCE

pytestmark = pytest.mark.daemons


def epoch(storage: Storage) -> int:
    return storage.flow.context().epoch


def test_nothing_due_sends_nothing(own_storage: Storage) -> None:
    miner = miner_of(own_storage)
    end = own_storage.flow.epoch_end()
    mine_blocks(own_storage, end - own_storage.chain.head().number - 1)
    assert miner.keeper.due() == 0
    assert miner.keeper.step() == 0
    assert own_storage.chain.nonce(miner.sender.address) == 0
    mine_blocks(own_storage, 1)
    assert miner.keeper.due() == 1
    assert miner.keeper.step() == 1
    assert epoch(own_storage) == 1
    assert miner.keeper.step() == 0
    assert own_storage.chain.nonce(miner.sender.address) == 1


def test_long_silence_is_caught_up_in_bounded_steps(own_storage: Storage) -> None:
    miner = miner_of(own_storage)
    mine_blocks(own_storage, 20 * 40)
    due = miner.keeper.due()
    assert due > 2 * EPOCHS_AT_ONCE
    done = []
    while count := miner.keeper.step():
        done.append(count)
        assert epoch(own_storage) == sum(done)
    assert max(done) == EPOCHS_AT_ONCE
    assert sum(done) >= due
    assert miner.keeper.due() == 0


def test_several_keepers_at_once_roll_each_epoch_once(own_storage: Storage, tmp_path: Path) -> None:
    keepers = [miner_of(own_storage).keeper]
    keepers += [other_miner(own_storage, tmp_path / str(n), n).keeper for n in (7, 8)]
    for _ in range(3):
        before = epoch(own_storage)
        end = own_storage.flow.epoch_end()
        mine_blocks(own_storage, end - own_storage.chain.head().number)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda keeper: keeper.step(), keepers))
        assert epoch(own_storage) == before + 1


def test_two_processes_of_a_home_do_not_send_twice(own_storage: Storage) -> None:
    miner = miner_of(own_storage)
    mine_blocks(own_storage, 25)
    with try_lock(own_storage.home / "miner" / "keeper.lock"):
        assert miner.keeper.step() == 0
    assert own_storage.chain.nonce(miner.sender.address) == 0


def test_paused_flow_costs_the_keeper_nothing(own_storage: Storage, tmp_path: Path) -> None:
    storage, flow = own_storage, own_storage.flow
    miner = miner_of(storage)
    admin = Sender(storage.chain, TxStore(tmp_path / "admin.db"), devnet_signer(1))
    admin.run("pause", Call(flow.address, flow.calldata("pause")))
    mine_blocks(storage, 25)
    assert miner.keeper.due() == 1
    assert miner.keeper.step() == 0
    assert storage.chain.nonce(miner.sender.address) == 0
    admin.run("unpause", Call(flow.address, flow.calldata("unpause")))
    assert miner.keeper.step() == 1
    assert epoch(storage) == 1


def test_roll_that_was_mined_in_vain_makes_room_for_another(
    own_storage: Storage, tmp_path: Path
) -> None:
    """A pause that comes between our look and our block uses the first intent up."""
    storage, flow = own_storage, own_storage.flow
    miner = miner_of(storage)
    mine_blocks(storage, flow.epoch_end() - storage.chain.head().number)
    admin = Sender(storage.chain, TxStore(tmp_path / "admin.db"), devnet_signer(1))
    admin.run("pause", Call(flow.address, flow.calldata("pause")))
    storage.anvil.rpc("evm_setAutomine", False)
    call = Call(flow.address, flow.calldata("makeContextFixedTimes", 0))
    row = miner.sender.send(miner.keeper.intent(), call, gas=600_000)
    storage.anvil.rpc("evm_setAutomine", True)
    mine_blocks(storage, 1)
    receipt = storage.chain.receipt(row.tx_hash)
    assert receipt is not None
    assert not receipt.succeeded
    admin.run("unpause", Call(flow.address, flow.calldata("unpause")))
    with pytest.raises(TxReverted, match="EnforcedPause"):
        miner.keeper.step()
    roll(storage, miner)
    assert epoch(storage) == 1
