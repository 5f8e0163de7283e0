"""A KV node beside a real chain and storage: results, poison, reorgs, kills."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.support.kv_daemon import ALICE, BOB, CAROL, OTHER, STREAM, KvStack, kv_stack
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import wait_for
from zerog.storage.client.submit import submit
from zerog.storage.codec import (
    FileTree,
    SubmissionNode,
    TreeBuilder,
    fold_nodes,
    submission_heights,
)
from zerog.storage.kv.batcher import Batch
from zerog.storage.kv.client import Item, Place
from zerog.storage.kv.codec import NEVER_CONFLICTS, Op, StreamData, Write, make_tags
from zerog.storage.kv.errors import (
    BatchRefused,
    ControlDenied,
    NotFollowed,
    NoWritePermission,
    VersionConflict,
)
from zerog.storage.kv.replay import MAX_FILE_BYTES

pytestmark = pytest.mark.daemons


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KvStack]:
    """One stack for the tests that leave it whole; each has a stream of its own."""
    with kv_stack(tmp_path_factory.mktemp("kv")) as made:
        yield made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[KvStack]:
    """A stack that the test may kill and reorganise."""
    with kv_stack(tmp_path) as made:
        yield made


def stream_of(number: int) -> bytes:
    return number.to_bytes(32, "big")


def test_written_key_is_read_at_every_version(stack: KvStack) -> None:
    stream = stream_of(1)
    first = stack.put(b"k", b"one", stream)
    second = stack.put(b"k", b"two", stream)
    gone = stack.put(b"k", b"", stream)
    assert [stack.kv.get(stream, b"k", one) for one in (first - 1, gone)] == [None, None]
    kept = stack.kv.get(stream, b"k", first)
    assert kept is not None
    assert (kept.value, kept.version) == (b"one", first)
    assert stack.kv.get(stream, b"k") is None
    assert stack.kv.version_of(stream, b"k") == gone > second > first
    assert stack.kv.result(gone) == "Commit"


def test_value_of_several_pieces_comes_back_whole(stack: KvStack) -> None:
    stream, value = stream_of(2), bytes(range(256)) * 3000
    stack.put(b"large", value, stream)
    found = stack.kv.get(stream, b"large")
    assert found is not None
    assert found.value == value
    (scanned,) = stack.kv.scan(stream)
    assert scanned.value == value


def test_scan_walks_keys_in_bytewise_order_both_ways(stack: KvStack) -> None:
    stream, keys = stream_of(3), [b"a", b"a\x00", b"ab", b"b", b"\xff", b"\xff\xff"]
    batch = Batch()
    for key in reversed(keys):
        batch.put(stream, key, key)
    batch.put(stream, b"aa", b"x").delete(stream, b"aa")
    stack.batcher().commit(batch)
    assert [item.key for item in stack.kv.scan(stream)] == keys
    assert [item.key for item in stack.kv.scan(stream, reverse=True)] == keys[::-1]
    assert [item.key for item in stack.kv.scan(stream, prefix=b"a")] == keys[:3]
    assert [item.key for item in stack.kv.scan(stream, prefix=b"\xff", reverse=True)] == [
        b"\xff\xff",
        b"\xff",
    ]
    assert [item.key for item in stack.kv.scan(stream, start=b"ab", end=b"\xff")] == [b"ab", b"b"]


def test_refusals_have_names(stack: KvStack) -> None:
    stream = stream_of(4)
    version = stack.put(b"k", b"v", stream)
    with pytest.raises(VersionConflict) as conflict:
        stack.batcher().commit(Batch(version - 1).put(stream, b"k", b"late"))
    assert conflict.value.result == "VersionConfliction"
    with pytest.raises(NoWritePermission):
        stack.batcher(4).commit(Batch().put(stream, b"k", b"stranger"))
    grant = Batch().control(Op.GRANT_WRITER_ROLE, stream, account=BOB.address)
    stack.batcher().commit(grant)
    stack.batcher(4).commit(Batch().put(stream, b"k", b"writer"))
    with pytest.raises(ControlDenied):
        stack.batcher(4).commit(Batch().control(Op.GRANT_ADMIN_ROLE, stream, account=CAROL.address))
    assert stack.kv.may_write(BOB.address, stream, b"k")
    assert stack.kv.is_admin(ALICE.address, stream)


def test_submitter_of_somebody_else_gives_no_rights(stack: KvStack) -> None:
    """The submitter in the event is a caller's choice; bob names alice and stays bob."""
    stream = stream_of(5)
    stack.put(b"k", b"v", stream)
    data = StreamData(NEVER_CONFLICTS, (), (Write(stream, b"k", b"stolen"),))
    builder = TreeBuilder()
    builder.update(data.encode())
    done = submit(
        stack.sender(4),
        stack.storage.flow,
        builder.finish(),
        "spoof",
        tags=data.tags(),
        submitter=ALICE.address,
    )
    assert stack.wait_result(done.tx_seq) == "SenderNoWritePermission"


def test_same_name_commits_once_and_pays_once(stack: KvStack) -> None:
    stream, writer = stream_of(6), stack.batcher()
    first = writer.commit(Batch().put(stream, b"k", b"one"), name="once")
    rows = len(writer._sender.store.rows())
    assert writer.commit(Batch().put(stream, b"k", b"two"), name="once") == first
    assert len(writer._sender.store.rows()) == rows
    assert writer.drafts() == []


@pytest.mark.parametrize(
    ("data", "result"),
    [
        (b"garbage that is not stream data", "DataParseError"),
        (bytes(8) + b"\xff" * 4, "DataParseError"),
        (bytes(8) + b"\x00\x01\x00\x01" + bytes(500), "DataParseError"),
        (b"\x00", "DataParseError"),
    ],
)
def test_garbage_gets_its_result_and_blocks_nobody(
    stack: KvStack, tmp_path: Path, data: bytes, result: str
) -> None:
    stream = stream_of(7)
    poison = stack.submit(data, make_tags([stream]), f"poison {data.hex()}")
    stack.upload(data, poison, tmp_path / "poison")
    assert stack.wait_result(poison.tx_seq).startswith(result)
    assert stack.put(b"after", b"v", stream) > poison.tx_seq


def test_transaction_above_the_limit_is_refused_unread(stack: KvStack) -> None:
    size = MAX_FILE_BYTES + 1
    nodes = tuple(SubmissionNode(bytes([h]) * 32, h) for h in submission_heights(size))
    tree = FileTree(size, fold_nodes(nodes), (), nodes)
    tags = make_tags([stream_of(13)])
    done = submit(stack.sender(3), stack.storage.flow, tree, "huge", tags=tags)
    assert stack.wait_result(done.tx_seq) == f"DataParseError: more than {size - 1} bytes"


def test_result_of_a_plain_file_is_none(stack: KvStack) -> None:
    plain = stack.submit(b"a plain file", b"", "plain")
    wait_for(lambda: stack.kv.applied() >= plain.tx_seq, "the node passed over it")
    assert stack.kv.result(plain.tx_seq) is None
    with pytest.raises(NotFollowed):
        stack.kv.wait_commit(plain.tx_seq)


def test_two_wallets_race_a_hundred_times_and_one_wins_each(stack: KvStack) -> None:
    """Each race: both read the same version of a key, and both write on top of it at once."""
    stream, keys = stream_of(10), [f"race-{n}".encode() for n in range(25)]
    start = Batch().control(Op.GRANT_WRITER_ROLE, stream, account=BOB.address)
    for key in keys:
        start.put(stream, key, b"start")
    stack.batcher().commit(start)
    racers = {index: stack.batcher(index) for index in (3, 4)}

    def attempt(index: int, key: bytes, version: int, go: threading.Barrier) -> str:
        batch = Batch(version).put(stream, key, b"of %d" % index)
        go.wait(PATIENCE_SECONDS)
        try:
            racers[index].commit(batch)
        except BatchRefused as error:
            return error.result
        return "Commit"

    with ThreadPoolExecutor(16) as pool:
        for _ in range(4):
            for at in range(0, len(keys), 8):
                group = keys[at : at + 8]
                versions = {key: stack.kv.version_of(stream, key) for key in group}
                go = threading.Barrier(2 * len(group))
                running = {
                    (index, key): pool.submit(attempt, index, key, versions[key], go)
                    for key in group
                    for index in racers
                }
                for key in group:
                    results = sorted(
                        running[index, key].result(PATIENCE_SECONDS) for index in racers
                    )
                    assert results == ["Commit", "VersionConfliction"]
                    assert stack.kv.version_of(stream, key) > versions[key]


def test_changes_are_told_in_order_with_deletions(stack: KvStack) -> None:
    stream = stream_of(11)
    one = stack.put(b"a", b"1", stream)
    two = stack.put(b"b", b"2", stream)
    three = stack.put(b"a", b"", stream)
    page = stack.kv.changes(stream, Place(), 2)
    assert [(c.key, c.version, c.value) for c in page.found] == [
        (b"a", one, b"1"),
        (b"b", two, b"2"),
    ]
    page = stack.kv.changes(stream, page.place, 2)
    assert [(c.key, c.version, c.size) for c in page.found] == [(b"a", three, 0)]
    assert stack.kv.changes(stream, page.place).found == ()


State = tuple[list[Item], list[bool], list[str | None], int]


def state_of(stack: KvStack) -> State:
    """All that clients can see: keys, roles, results, and the place in the log."""
    return (
        [*stack.kv.scan(STREAM), *stack.kv.scan(OTHER)],
        [stack.kv.may_write(one.address, STREAM, b"k") for one in (ALICE, BOB, CAROL)],
        [stack.kv.result(seq) for seq in range(20)],
        stack.kv.applied(),
    )


def test_reorgs_of_1_to_30_blocks_take_everything_back_exactly(own: KvStack) -> None:
    own.anvil.rpc("anvil_mine", "0x32")  # the contracts stay
    people = {1: ALICE, 5: BOB, 30: CAROL}
    first = Batch().put(STREAM, b"k", b"kept").put(STREAM, b"deleted", b"kept")
    own.batcher().commit(first.control(Op.GRANT_WRITER_ROLE, STREAM, account=BOB.address))
    for depth, person in people.items():
        start, before = own.storage.chain.head().number, state_of(own)
        batch = Batch().put(STREAM, b"k", b"%d" % depth).delete(STREAM, b"deleted")
        op = Op.REVOKE_WRITER_ROLE if person is BOB else Op.GRANT_WRITER_ROLE
        own.batcher().commit(batch.control(op, STREAM, account=person.address))
        if depth > 1:
            own.put(b"new-%d" % depth, b"v", STREAM)
            own.anvil.rpc("anvil_mine", hex(start + depth - own.storage.chain.head().number))
        after = state_of(own)
        assert after[0] != before[0]
        own.anvil.rpc("anvil_reorg", depth, [])
        wait_until(own, before)
        # The next sender of the home gives the chain back what it lost, in the order it had.
        own.batcher(6).commit(Batch().put(b"\x03" * 32, b"k", b"%d" % depth))
        assert state_of(own)[:2] == after[:2]


def wait_until(stack: KvStack, state: State) -> None:
    """Wait until clients see a state again."""
    wait_for(lambda: state_of(stack) == state, "the state before the reorg")


def is_signed(stack: KvStack, name: str) -> bool:
    """Whether a batch of alice's has been signed."""
    row = stack.sender(3).store.get(f"kv:{ALICE.address}:{name}")
    return row is not None and row.hash is not None


@pytest.mark.parametrize("moment", ["signed", "seen by storage", "judged"])
def test_node_killed_in_the_middle_of_writes_goes_on(own: KvStack, moment: str) -> None:
    writer, values = own.batcher(), [b"%d" % number for number in range(4)]

    def reached(number: int) -> bool:
        if moment == "signed":
            return is_signed(own, f"kill-{number}")
        if moment == "seen by storage":
            return own.storage.next_seq() > number
        return own.kv.applied() >= number

    with ThreadPoolExecutor(1) as pool:
        for number, value in enumerate(values):
            batch = Batch().put(STREAM, b"k", value)
            running = pool.submit(writer.commit, batch, f"kill-{number}")
            wait_for(partial(reached, number), moment)
            own.node.kill()
            own.node.start()
            assert running.result(PATIENCE_SECONDS).tx_seq == number
    seen = [own.kv.get(STREAM, b"k", version) for version in range(len(values))]
    assert [item and (item.value, item.version) for item in seen] == [
        (value, number) for number, value in enumerate(values)
    ]
    assert own.kv.applied() == len(values) - 1
