"""Leases of stored files: found on the chain, extended once, whoever is asked and interrupted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.storage_cluster import Cluster, running_cluster
from tests.support.storage_people import people
from zerog.chain.bindings import RewardContract
from zerog.chain.registry import Registry
from zerog.chain.tx import Sender, TxStore
from zerog.storage.client.endowment import Part, pay
from zerog.storage.client.leasing import NoTime
from zerog.storage.client.ledger import Ledger
from zerog.storage.economy.rewards import ChunkLapsed
from zerog.storage.errors import FileUnknown

pytestmark = pytest.mark.daemons

YEAR = 365 * 86_400


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes that keep everything."""
    with running_cluster(tmp_path_factory.mktemp("lease"), ["0/1", "0/1"]) as made:
        people(made.home)
        yield made


def stored(cluster: Cluster, folder: Path, seed: int) -> bytes:
    """The root of a file over several pricing chunks, paid by alice."""
    (folder / "file").write_bytes(random.Random(seed).randbytes(2_500_000))
    return cluster.sdk().upload(folder / "file", "alice").root


def reward_of(cluster: Cluster) -> RewardContract:
    registry = Registry.load(cluster.home)
    return RewardContract.of(cluster.storage.chain, registry.contract("ChunkReward"))


def test_extension_moves_the_deadline_and_costs_its_amount(
    cluster: Cluster, tmp_path: Path
) -> None:
    root, sdk = stored(cluster, tmp_path, 1), cluster.sdk()
    (before,) = sdk.lease(root)
    held = cluster.storage.chain.balance(reward_of(cluster).address)
    done = sdk.extend(root, "bob", seconds=YEAR)
    full = [
        (old.deadline, new.deadline)
        for old, new in zip(before.chunks, done.lease.chunks, strict=True)
        if old.deadline
    ]
    assert full
    assert all(YEAR <= new - old <= YEAR + 1 for old, new in full)
    assert cluster.storage.chain.balance(reward_of(cluster).address) == held + done.amount_wei
    assert sdk.lease(root)[0].chunks[0].deadline == done.lease.chunks[0].deadline


def test_an_interrupted_extension_goes_on_and_pays_the_rest(
    cluster: Cluster, tmp_path: Path
) -> None:
    root, sdk = stored(cluster, tmp_path, 2), cluster.sdk()
    (lease,) = sdk.lease(root)
    chain, reward = cluster.storage.chain, reward_of(cluster)
    registry = Registry.load(cluster.home)
    network = f"{registry.chain_id}/{registry.contract('Flow').address}"
    ledger = Ledger(cluster.home / "storage.db", network)
    sender = Sender(chain, TxStore(cluster.home / "tx.db"), people(cluster.home).signer("carol"))
    plan = [Part(one.chunk, 1000) for one in lease.chunks]
    begun = ledger.extension(sender.address, lease.tx_seq, f"{YEAR} s", plan)
    assert begun is not None
    first = pay(sender, reward, plan[0], begun.intent)
    held = chain.balance(reward.address)
    done = sdk.extend(root, "carol", seconds=YEAR)
    assert done.tx_hashes[0] == first.tx_hash
    assert done.parts == tuple(plan)
    assert chain.balance(reward.address) == held + 1000 * (len(plan) - 1)
    assert ledger.extension(sender.address, lease.tx_seq, f"{YEAR} s") is None


def test_of_several_submissions_all_are_listed_and_the_homes_newest_extended(
    cluster: Cluster, tmp_path: Path
) -> None:
    root, sdk = stored(cluster, tmp_path, 3), cluster.sdk()
    again = sdk.upload(tmp_path / "file", "alice", again=True)
    found = sdk.lease(root)
    assert [one.tx_seq for one in found] == sorted(one.tx_seq for one in found)
    assert (len(found), found[-1].tx_seq) == (2, again.parts[0].tx_seq)
    assert sdk.extend(root, "alice", amount_wei=99).lease.tx_seq == found[-1].tx_seq


def test_a_root_of_another_home_is_found_through_the_nodes(
    cluster: Cluster, tmp_path: Path
) -> None:
    root = stored(cluster, tmp_path, 4)
    (cluster.home / "storage.db").rename(cluster.home / "aside.db")
    (lease,) = cluster.sdk().lease(root)
    assert lease.sectors * 256 >= 2_500_000


def test_unknown_roots_and_no_time_are_refused_and_nothing_is_sent(
    cluster: Cluster, tmp_path: Path
) -> None:
    root, sdk = stored(cluster, tmp_path, 5), cluster.sdk()
    with pytest.raises(FileUnknown):
        sdk.lease(b"\7" * 32)
    balance = cluster.balance("alice")
    for seconds, amount in ((0, 0), (1, 1), (-1, 0), (0, -5)):
        with pytest.raises(NoTime):
            sdk.extend(root, "alice", seconds=seconds, amount_wei=amount)
    assert cluster.balance("alice") == balance


def test_behind_the_deadline_nothing_is_paid(cluster: Cluster, tmp_path: Path) -> None:
    root, sdk = stored(cluster, tmp_path, 6), cluster.sdk()
    cluster.storage.anvil.rpc("evm_increaseTime", 3 * YEAR + 100)
    cluster.storage.anvil.rpc("evm_mine")
    balance = cluster.balance("alice")
    with pytest.raises(ChunkLapsed):
        sdk.extend(root, "alice", seconds=YEAR)
    assert cluster.balance("alice") == balance
