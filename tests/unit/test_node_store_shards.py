"""Finality under shards, a share that gets smaller, and bytes that really leave the disk."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.node_store import Blob, FedStore
from zerog.storage.codec import SECTOR, SEGMENT
from zerog.storage.node.entries import State
from zerog.storage.node.sharding import ShardDiffers
from zerog.storage.node.store import NodeStore
from zerog.storage.shards import (
    BadShard,
    half,
    owned_count,
    owns,
    parse_shard,
    refines,
)
from zerog.storage.wire import ShardConfig

pytestmark = pytest.mark.unit

SHARDS = st.integers(0, 4).flatmap(
    lambda bits: st.builds(ShardConfig, st.integers(0, (1 << bits) - 1), st.just(1 << bits))
)


@given(SHARDS, st.integers(1, 1 << 70), st.integers(1, 60 * SEGMENT))
def test_owned_segments_are_those_of_the_flow_with_our_number(
    shard: ShardConfig, start: int, size: int
) -> None:
    count = -(-size // SEGMENT)
    ours = [i for i in range(count) if (start // 1024 + i) % shard.num_shard == shard.shard_id]
    assert [i for i in range(count) if owns(shard, start, i)] == ours
    assert owned_count(shard, start, size) == len(ours)


@given(SHARDS, st.integers(0, 1))
def test_two_halves_make_the_whole(shard: ShardConfig, bit: int) -> None:
    part, other = half(shard, bit), half(shard, 1 - bit)
    assert refines(part, shard)
    assert not refines(part, other)
    every = range(4 * part.num_shard)
    kept = {n for n in every if n % part.num_shard == part.shard_id}
    rest = {n for n in every if n % other.num_shard == other.shard_id}
    assert kept | rest == {n for n in every if n % shard.num_shard == shard.shard_id}
    assert not kept & rest


@pytest.mark.parametrize("text", ["", "1", "2/2", "0/3", "0/0", "-1/2", "a/2", "0/131072", "0/²"])
def test_shard_that_is_none_is_named(text: str) -> None:
    with pytest.raises(BadShard) as caught:
        parse_shard(text)
    assert caught.value.text == text


def test_shard_as_operators_write_it() -> None:
    assert parse_shard("3/4") == ShardConfig(3, 4)


def test_submissions_of_one_content_are_final_each_by_its_own_segments(tmp_path: Path) -> None:
    fed = FedStore.make(tmp_path, ShardConfig(0, 4))
    blob = Blob.make(3 * SEGMENT)
    first, _, second = fed.submit(blob), fed.submit(Blob.make(2 * SEGMENT, 2)), fed.submit(blob)
    assert first.content.id == second.content.id
    assert (list(fed.store.missing(first)), list(fed.store.missing(second))) == ([2], [0])
    fed.put(0)
    assert fed.entry(0).final
    assert (fed.entry(2).state, fed.entry(2).stored) == (State.OPEN, 0)
    assert fed.store.by_root(blob.tree.data_root) == fed.entry(0)
    fed.put(2)
    assert fed.entry(2).final
    assert fed.submit(blob).state is not State.PRUNED
    assert fed.store.read(first.content, 0, 1024) == blob.segment(0)
    assert fed.store.read(first.content, 1024, 1025) is None


def test_submission_without_a_segment_of_ours_is_final_at_once(tmp_path: Path) -> None:
    fed = FedStore.make(tmp_path, ShardConfig(0, 2))
    states = {}
    for number in range(4):
        entry = fed.submit(Blob.make(SEGMENT, number))
        states[entry.start // 1024 % 2] = entry.state
    assert states == {0: State.OPEN, 1: State.FINAL}
    assert fed.store.read(fed.entry(0).content, 0, 1) is None


def test_equal_submission_is_final_at_once(tmp_path: Path) -> None:
    fed = FedStore.make(tmp_path)
    blob = Blob.make(1000)
    assert fed.submit(blob).state is State.OPEN
    fed.put(0)
    assert fed.submit(blob).final


def test_submission_longer_than_any_file_stands_in_nobodys_way(tmp_path: Path) -> None:
    from zerog.storage.codec import FileTree, SubmissionNode

    fed = FedStore.make(tmp_path)
    blob = Blob.make(3000)
    node = SubmissionNode(blob.tree.data_root, 60)
    size = SECTOR << 60
    lie = FileTree(size, blob.tree.data_root, (), (node,))
    assert fed.submit(Blob(b"", lie)).state is State.UNSTORABLE
    assert fed.store.by_root(blob.tree.data_root, available=True) is None
    assert fed.entry(0).info().to_json()["finalized"] is False
    fed.submit(blob)
    assert fed.entry(1).info().start < 1 << 64
    fed.put(1)
    assert fed.store.by_root(blob.tree.data_root) == fed.entry(1)
    assert fed.store.stored_sectors() == 12


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 30), SHARDS)
def test_random_shares_halved_and_reopened_agree_with_the_rule(
    tmp_path_factory: pytest.TempPathFactory, seed: int, shard: ShardConfig
) -> None:
    chance = random.Random(seed)
    fed = FedStore.make(tmp_path_factory.mktemp("store"), shard)
    shapes = [Blob.make(size) for size in (300, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 5 * SEGMENT)]
    for _ in range(8):
        fed.submit(chance.choice(shapes))
        if chance.random() < 0.7:
            fed.put(chance.randrange(len(fed.blobs)))
    check(fed, set())
    kept = [seq for seq in range(8) if fed.entry(seq).final and fed.entry(seq).wanted]
    shard = half(fed.store.shard, chance.randrange(2))
    fed.store.narrow(shard)
    pruned = {seq for seq in kept if not fed.entry(seq).wanted}
    check(fed, pruned)
    fed.reopen()
    assert fed.store.shard == shard
    check(fed, pruned)
    for seq in range(8):
        if fed.entry(seq).state is State.OPEN:
            fed.put(seq)
    check(fed, pruned)
    assert all(fed.entry(seq).state is not State.OPEN for seq in range(8))


def check(fed: FedStore, pruned: set[int]) -> None:
    """States, counts and bytes are what the rows of segments and the rule say."""
    shard = fed.store.shard
    live: set[tuple[int, int]] = set()
    for seq, blob in enumerate(fed.blobs):
        entry = fed.entry(seq)
        count = blob.tree.segment_count
        ours = [i for i in range(count) if owns(shard, entry.start, i)]
        held = fed.store.held(entry.content, range(count))
        assert (entry.wanted, entry.stored) == (len(ours), len(held & set(ours)))
        assert entry.pruned == (seq in pruned)
        if not entry.pruned:
            assert entry.final == (set(ours) <= held)
            assert list(fed.store.missing(entry)) == [i for i in ours if i not in held]
            live |= {(entry.content.id, i) for i in ours}
        for i in held:
            first = i * 1024
            found = fed.store.read(entry.content, first, first + len(blob.segment(i)) // SECTOR)
            assert found == blob.segment(i)
    rows = fed.store.database.connection.execute("SELECT content, number FROM segment")
    assert {(row["content"], row["number"]) for row in rows} <= live


def test_halving_gives_the_bytes_back_to_the_disk(tmp_path: Path) -> None:
    fed = FedStore.make(tmp_path)
    fed.submit(Blob.make(16 * SEGMENT))
    single = fed.submit(Blob.make(SEGMENT, 2))
    fed.put(0)
    fed.put(1)
    path = fed.store.files.path(fed.entry(0).content.id)
    before = path.stat().st_blocks
    keeps = single.start // 1024 % 2
    assert fed.store.narrow(ShardConfig(1 - keeps, 2)) == 9
    assert path.stat().st_blocks <= before // 2 + 8
    assert path.stat().st_size == 16 * SEGMENT
    assert not fed.store.files.path(single.content.id).exists()
    assert fed.entry(1).pruned
    assert fed.store.by_root(fed.blobs[1].tree.data_root, available=True) is None
    assert fed.store.by_root(fed.blobs[1].tree.data_root) == fed.entry(1)
    assert fed.store.stored_sectors() == 8 * 1024


def test_submissions_below_a_sector_are_pruned_unless_a_later_one_needs_the_data(
    tmp_path: Path,
) -> None:
    fed = FedStore.make(tmp_path)
    shared, lone, last = Blob.make(2 * SEGMENT), Blob.make(SEGMENT, 2), Blob.make(SEGMENT, 3)
    for seq, blob in enumerate((shared, lone, last, shared)):
        fed.submit(blob)
        if seq < 3:
            fed.put(seq)
    edge = fed.entry(2).start + 1
    assert fed.store.give_up_below(edge) == 1
    assert [fed.entry(seq).state for seq in range(4)] == [
        State.PRUNED,
        State.PRUNED,
        State.FINAL,
        State.FINAL,
    ]
    assert fed.store.read(fed.entry(3).content, 0, 2048) == shared.data
    assert fed.store.give_up_below(edge) == 0
    assert fed.store.by_root(shared.tree.data_root) == fed.entry(3)


def test_death_between_rows_and_bytes_is_made_good_at_the_next_start(tmp_path: Path) -> None:
    """The rows are committed, the holes are not punched: what a killed process leaves."""
    from zerog.storage.node import sharding

    fed = FedStore.make(tmp_path)
    fed.submit(Blob.make(16 * SEGMENT))
    fed.put(0)
    path = fed.store.files.path(fed.entry(0).content.id)
    before = path.stat().st_blocks
    with fed.store.database.transaction() as cursor:
        assert sharding.narrow(cursor, ShardConfig(0, 1), ShardConfig(1, 2)) == 8
    assert path.stat().st_blocks == before
    fed.reopen()
    assert path.stat().st_blocks <= before // 2 + 8
    assert fed.entry(0).final
    assert fed.entry(0).wanted == 8


def test_share_can_only_get_smaller(tmp_path: Path) -> None:
    NodeStore(tmp_path, ShardConfig(1, 2))
    assert NodeStore(tmp_path, ShardConfig(3, 4)).shard == ShardConfig(3, 4)
    assert NodeStore(tmp_path, ShardConfig(1, 2)).shard == ShardConfig(3, 4)
    assert NodeStore(tmp_path).shard == ShardConfig(3, 4)
    with pytest.raises(ShardDiffers):
        NodeStore(tmp_path, ShardConfig(0, 2))


def test_home_of_before_the_shards_opens_with_everything(tmp_path: Path) -> None:
    """Rows as the first release wrote them."""
    from zerog.storage.node.packing import pack_nodes, pack_proof
    from zerog.storage.node.schema import MIGRATIONS
    from zerog.store import Database

    blob, lack = Blob.make(300_000), Blob.make(300_000, 2)
    old = Database(tmp_path / "log.db", MIGRATIONS[:3])
    with old.transaction() as cursor:
        for number, one in enumerate((blob, lack)):
            tree = one.tree
            cursor.execute(
                "INSERT INTO content VALUES (?, ?, ?, 2, ?, 1, 0)",
                (number + 1, tree.data_root, "300000", 2 if one is blob else 0),
            )
            cursor.execute(
                "INSERT INTO entry VALUES (?, ?, '300000', ?, ?, 1, ?)",
                (
                    number,
                    tree.data_root,
                    str(1024 + 2048 * number),
                    pack_nodes(tree.nodes),
                    number + 1,
                ),
            )
        for index in range(2):
            proof = pack_proof(blob.tree.proof(index))
            cursor.execute("INSERT INTO segment VALUES (1, ?, ?)", (index, proof))
    store = NodeStore(tmp_path)
    store.files.write(1, 1172 * SECTOR, [(0, blob.segment(0)), (SEGMENT, blob.segment(1))])
    first, second = store.entry(0), store.entry(1)
    assert first is not None
    assert second is not None
    assert (first.state, first.stored, first.wanted) == (State.FINAL, 2, 2)
    assert (second.state, second.stored, second.wanted) == (State.OPEN, 0, 2)
    assert store.read(first.content, 0, 1172) == blob.segment(0) + blob.segment(1)
    assert store.shard == ShardConfig(0, 1)


def test_bytes_that_came_back_are_not_freed_by_an_old_note(tmp_path: Path) -> None:
    """A note that a failing disk left behind is older than the segment that is stored again."""
    fed = FedStore.make(tmp_path)
    fed.submit(Blob.make(4 * SEGMENT))
    fed.put(0)
    content = fed.entry(0).content
    with fed.store.database.transaction() as cursor:
        cursor.executemany("INSERT INTO freed VALUES (?, ?)", [(content.id, 0), (content.id, 9)])
    assert fed.store.give_up_below(0) == 0
    assert fed.store.read(content, 0, 1024) == fed.blobs[0].segment(0)
    assert fed.store.database.connection.execute("SELECT * FROM freed").fetchall() == []
