"""When a node gives data up: no room, no pay, and never on the word of a clock that is off."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.node_store import Blob, FedStore
from zerog.chain.errors import ChainUnreachable
from zerog.storage.codec import SEGMENT
from zerog.storage.node.counters import Counters
from zerog.storage.node.pruning import CLOCK_SECONDS, Floor, Pruner
from zerog.storage.wire import ShardConfig

pytestmark = pytest.mark.unit


@pytest.fixture
def fed(tmp_path: Path) -> FedStore:
    """Sixteen files of a segment each, all stored."""
    made = FedStore.make(tmp_path)
    for seq in range(16):
        made.submit(Blob.make(SEGMENT, seq))
        made.put(seq)
    return made


def pruner(fed: FedStore, room: int | None, floor: Floor | None = None, bit: int = 0) -> Pruner:
    return Pruner(fed.store, Counters(), room, lambda: floor, lambda: bit)


def held(fed: FedStore) -> list[int]:
    return [seq for seq in range(16) if fed.store.held(fed.entry(seq).content, [0])]


def test_nothing_is_given_up_unless_asked_for(fed: FedStore) -> None:
    pruner(fed, None).step()
    assert held(fed) == list(range(16))


@pytest.mark.parametrize(("room", "shards"), [(18, 1), (17, 2), (8, 4), (4, 8)])
def test_share_is_halved_until_nine_tenths_of_the_room_are_enough(
    fed: FedStore, room: int, shards: int
) -> None:
    pruner(fed, room * 1024).step()
    assert fed.store.shard == ShardConfig(0, shards)
    assert fed.store.stored_sectors() * 10 <= 9 * room * 1024
    ours = [seq for seq in range(16) if (fed.entry(seq).start // 1024) % shards == 0]
    assert held(fed) == ours
    assert [seq for seq in range(16) if fed.entry(seq).pruned] == [
        seq for seq in range(16) if seq not in ours
    ]


def test_the_coin_chooses_the_half(fed: FedStore) -> None:
    pruner(fed, 17 * 1024, bit=1).step()
    assert fed.store.shard == ShardConfig(1, 2)
    assert len(held(fed)) == 8


def test_halving_that_brings_nothing_stops(fed: FedStore) -> None:
    fed.store.narrow(ShardConfig(0, 16))
    Pruner(fed.store, Counters(), 1, lambda: None, lambda: 0).step()
    assert fed.store.shard.num_shard == 32


def test_unpaid_chunks_are_given_up(fed: FedStore) -> None:
    edge = fed.entry(5).start
    pruner(fed, None, Floor(edge, round(time.time()))).step()
    assert held(fed) == list(range(5, 16))
    assert [seq for seq in range(16) if fed.entry(seq).pruned] == list(range(5))
    assert fed.entry(0).info().to_json()["pruned"] is True


@pytest.mark.parametrize("off", [CLOCK_SECONDS + 60, -CLOCK_SECONDS - 60])
def test_chain_with_another_clock_is_not_believed(fed: FedStore, off: float) -> None:
    pruner(fed, None, Floor(1 << 40, round(time.time() + off))).step()
    assert held(fed) == list(range(16))


def test_chain_that_is_away_does_not_keep_a_full_node_from_halving(fed: FedStore) -> None:
    def away() -> Floor | None:
        raise ChainUnreachable("http://127.0.0.1:9")

    Pruner(fed.store, Counters(), 17 * 1024, away, lambda: 0).step()
    assert fed.store.shard == ShardConfig(0, 2)
