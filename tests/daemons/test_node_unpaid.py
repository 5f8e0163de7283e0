"""A node beside a real reward contract gives up what nobody pays for any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.storage_daemons import Storage, file_of, start_all, wait_for
from zerog.chain.bindings import RewardContract
from zerog.chain.params import DeployParams
from zerog.chain.registry import Registry
from zerog.chain.signer import devnet_signer
from zerog.storage.codec import SEGMENT
from zerog.storage.node.pruning import floor_of
from zerog.storage.wire import FileInfo

pytestmark = pytest.mark.daemons


def test_files_in_lapsed_pricing_chunks_are_pruned_at_the_next_look(
    tmp_path: Path, fresh_anvil: AnvilProcess
) -> None:
    """Pricing chunks of two segments whose pay runs for a second."""
    admin = devnet_signer(1).address
    params = DeployParams(admin=admin, sectors_per_price=2048, release_seconds=1)
    storage = Storage.make(tmp_path, fresh_anvil, params)
    start_all(storage.node, storage.indexer)
    try:
        for seq in range(6):
            storage.put(tmp_path / f"{seq}", file_of(tmp_path / f"{seq}", SEGMENT, seed=seq))
        reward = RewardContract.of(storage.chain, Registry.load(tmp_path).contracts["ChunkReward"])

        def lapsed() -> bool:
            fresh_anvil.rpc("anvil_mine", "0x1")
            floor = floor_of(reward)
            return floor is not None and floor.sector >= 6 * 1024

        wait_for(lapsed, "the pay of the first chunks to run out")
        storage.node.kill()
        storage.node.start()

        def infos() -> list[FileInfo]:
            found = [storage.call("zgs_getFileInfoByTxSeq", seq) for seq in range(6)]
            return [FileInfo.from_json(one) for one in found]

        floor = floor_of(reward)
        assert floor is not None

        def pruned_below_the_floor() -> bool:
            return all(one.pruned == (one.start + 1024 <= floor.sector) for one in infos())

        wait_for(pruned_below_the_floor, "the files below the floor, and no others, to be pruned")
        assert {one.pruned for one in infos()} == {True, False}
        assert any(one.finalized for one in infos())
        assert storage.call("zgs_downloadSegmentByTxSeq", 0, 0, 1) is None
    finally:
        storage.indexer.stop()
        storage.node.stop()
