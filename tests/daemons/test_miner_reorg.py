"""A chain that turns back by 1 to 30 blocks: contexts, sealed ranges and the miner's id follow."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest

from tests.support.mining_home import (
    check_sealed,
    mine_blocks,
    miner_of,
    open_window,
    roll,
    seal_all,
    sealable_units,
    sealed_units,
    search_until_found,
)
from tests.support.storage_daemons import Storage, file_of, wait_for
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.storage.client.submit import submit
from zerog.storage.mining.miner import Miner, State
from zerog.storage.mining.pora import EMPTY_DIGEST

pytestmark = pytest.mark.daemons


def chain_epochs(storage: Storage) -> list[object]:
    """Recorded ranges, from the contract: (start, end, digest)."""
    events = storage.flow.events("NewEpoch")
    count = sum(event.args["context"] != EMPTY_DIGEST for event in events)
    return [storage.flow.read("getEpochRangeHistory", index) for index in range(count)]


def own_epochs(miner: Miner) -> list[object]:
    """Recorded ranges, as followed."""
    rows = miner.store.database.connection.execute("SELECT * FROM epoch ORDER BY place")
    return [
        (int.from_bytes(row["first"], "big"), int.from_bytes(row["beyond"], "big"), row["digest"])
        for row in rows
    ]


def own_files(miner: Miner) -> list[int]:
    rows = miner.store.database.connection.execute("SELECT seq FROM filed ORDER BY seq")
    return [row["seq"] for row in rows]


def all_sealed(miner: Miner) -> bool:
    """Seals what it can; a node that lags behind a reorg is asked again some seconds later."""
    seal_all(miner)
    return sealed_units(miner) == sealable_units(miner)


def test_reorg_of_one_to_thirty_blocks_is_followed(own_storage: Storage, tmp_path: Path) -> None:
    storage, chance = own_storage, random.Random(3)
    miner = miner_of(storage)
    mine_blocks(storage, 35)
    changed = 0
    for depth in range(1, 31):
        size = chance.choice((300, 9_000, 300_000))
        path = tmp_path / "file"
        tree = file_of(path, size, seed=depth)
        if depth % 3 == 0:
            storage.put(path, tree)
        while miner.keeper.step():
            pass
        seal_all(miner)
        before = own_epochs(miner)
        storage.anvil.rpc("anvil_reorg", depth, [])
        miner.log.step()
        assert own_epochs(miner) == chain_epochs(storage)
        assert own_files(miner) == list(range(storage.flow.submissions()))
        check_sealed(miner)
        changed += own_epochs(miner) != before
    assert changed > 5
    roll(storage, miner)
    wait_for(partial(all_sealed, miner), "data that the node had not yet")
    check_sealed(miner)
    assert search_until_found(miner, open_window(storage, miner)).state is State.ACCEPTED


def test_lost_miner_id_is_asked_for_again_and_all_is_sealed_for_it(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    path = tmp_path / "file"
    storage.put(path, file_of(path, 600_000))
    snapshot = storage.anvil.rpc("evm_snapshot")
    mine_blocks(storage, 3)
    miner = miner_of(storage)
    roll(storage, miner)
    seal_all(miner)
    old, units = miner.identity(), sealed_units(miner)
    assert units > 0
    storage.anvil.rpc("evm_revert", snapshot)
    assert miner.known_id() is None
    window = open_window(storage, miner)
    assert window.miner_id != old
    seal_all(miner)
    assert sealed_units(miner) == sealable_units(miner) == units
    check_sealed(miner)
    assert search_until_found(miner, window).state is State.ACCEPTED


def test_file_that_takes_the_place_of_a_missing_one_is_sealed_at_once(
    own_storage: Storage, tmp_path: Path
) -> None:
    """Both are number 0; what was missing of the first lay behind the end of the second."""
    storage = own_storage
    miner = miner_of(storage)
    snapshot = storage.anvil.rpc("evm_snapshot")
    # In another home: nobody here sends it again.
    stranger = Sender(storage.chain, TxStore(tmp_path / "stranger.db"), devnet_signer(4))
    submit(stranger, storage.flow, file_of(tmp_path / "missing", 2 << 20), "missing")
    roll(storage, miner)
    seal_all(miner)
    assert miner.store.counts()[1] == 1
    storage.anvil.rpc("evm_revert", snapshot)
    path = tmp_path / "file"
    storage.put(path, file_of(path, 300_000))
    roll(storage, miner)
    seal_all(miner)
    assert miner.store.counts()[1] == 0
    assert sealed_units(miner) == sealable_units(miner) > 0
