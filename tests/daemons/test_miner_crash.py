"""A miner that dies in place of any durable step: the next one goes on, nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.mining_home import (
    check_sealed,
    chunks_not_full,
    mine_blocks,
    miner_of,
    sealable_units,
    sealed_units,
)
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import Storage, file_of
from zerog.storage.mining.earnings import earnings
from zerog.storage.mining.miner import Miner
from zerog.storage.mining.search import Window

pytestmark = pytest.mark.daemons

STRIDE = 1 if os.environ.get("ZEROG_SOAK") == "1" else 13
"""Each step in the long run: more than a hundred kills."""


def one_round(storage: Storage, die_at: int) -> str | None:
    """What a round says; None when it was killed."""
    command = [sys.executable, "-m", "tests.support.miner_victim", str(storage.home), str(die_at)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def pass_time(storage: Storage, miner: Miner) -> None:
    """Let the epoch end when its window is over."""
    if miner.known_id() is not None and not isinstance(miner.window(), Window):
        end = storage.flow.epoch_end()
        mine_blocks(storage, max(end - storage.chain.head().number, 1))


def test_miner_killed_at_every_few_steps_seals_and_is_paid_once(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    path = tmp_path / "file"
    storage.put(path, file_of(path, 1 << 20))
    miner = miner_of(storage)
    assert chunks_not_full(miner) == 0
    mine_blocks(storage, 20)
    kills, die_at, said = 0, STRIDE, ""
    while "accepted" not in said:
        ended = one_round(storage, die_at)
        kills += ended is None
        die_at += STRIDE if ended is None else 0
        said = ended or ""
        miner.log.step()
        check_sealed(miner)
        pass_time(storage, miner)
    assert kills >= 8
    assert sealed_units(miner) == sealable_units(miner)
    assert earnings(miner, 8).earned_wei > 0
    ids = miner.network.mine.events("NewMinerId", beneficiary=miner.sender.address)
    assert len(ids) == 1
    signed = [row for row in miner.sender.store.rows() if row.sender == miner.sender.address]
    signed = [row for row in signed if row.hash is not None]
    assert len(signed) == storage.chain.nonce(miner.sender.address)
    assert all(row.error_name is None for row in signed)
