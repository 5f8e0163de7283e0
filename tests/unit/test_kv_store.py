"""The KV store's queries: every one finds its rows by index, however long the history."""

from __future__ import annotations

from pathlib import Path

import pytest

from zerog.storage.errors import LogGap
from zerog.storage.kv.codec import Write
from zerog.storage.kv.rules import Change, Kind, Outcome
from zerog.storage.kv.schema import Submitted
from zerog.storage.kv.store import EVERY, KvStore

pytestmark = pytest.mark.unit

STREAM, OTHER, ALICE = b"\x01" * 32, b"\x02" * 32, b"\x0a" * 20
LARGE_TABLES = ("entry", "role", "tx", "piece", "tx_stream")


def log_of(seq: int, stream: bytes = STREAM, block: int | None = None) -> Submitted:
    at = seq if block is None else block
    return Submitted(seq, at, bytes([at]) * 32, bytes(32), ALICE, bytes(32), 1, (stream,))


def commit(store: KvStore, seq: int, *writes: tuple[bytes, bytes]) -> None:
    with store.database.transaction() as cursor:
        store.add(cursor, log_of(seq), 0.0)
    changes = (Change(Kind.KEY_WRITER, STREAM, b"k", ALICE, seq % 2 == 0),)
    outcome = Outcome("Commit", tuple(Write(STREAM, key, value) for key, value in writes), changes)
    assert store.settle(log_of(seq), outcome)


@pytest.fixture
def store(tmp_path: Path) -> KvStore:
    """A node that keeps every stream."""
    made = KvStore(tmp_path / "kv.db")
    made.follow([EVERY])
    return made


def test_no_query_walks_through_a_large_table(store: KvStore) -> None:
    statements: list[str] = []
    connection = store.database.connection
    connection.set_trace_callback(statements.append)
    for seq in range(4):
        commit(store, seq, (b"k", b"%d" % seq), (b"l", b"" if seq % 2 else b"v"))
    store.identify([(log_of(3), ALICE, 3)])
    for version in (None, 1):
        view = store.at(version)
        view.get(STREAM, b"k")
        for key in (None, b"k"):
            view.after(STREAM, key)
            view.before(STREAM, key, inclusive=True)
        view.is_new(STREAM)
        view.writes_some_key(STREAM, ALICE)
        view.holds(Kind.ADMIN, STREAM, account=ALICE)
        view.changes(STREAM, (0, b""), 5)
        view.aged(STREAM, 2, (0, b""), 5)
        found = view.get(STREAM, b"k")
        assert found is not None
        view.read(found, 0, 5)
    store.result(1)
    store.pending(5)
    store.before(3)
    store.scheme(1)
    with store.database.transaction() as cursor:
        store.rewind(cursor, 1)
    connection.set_trace_callback(None)
    plans = [
        (statement, str(row["detail"]))
        for statement in statements
        if statement.startswith(("SELECT", "UPDATE", "DELETE"))
        for row in connection.execute("EXPLAIN QUERY PLAN " + statement)
    ]
    assert len(plans) > 40
    walks = [plan for plan in plans if plan[1].split()[:2] in [["SCAN", t] for t in LARGE_TABLES]]
    assert walks == []


def test_reorg_brings_the_version_before_back_as_the_newest(store: KvStore) -> None:
    commit(store, 0, (b"k", b"zero"))
    commit(store, 1, (b"k", b"one"))
    with store.database.transaction() as cursor:
        store.rewind(cursor, 0)
    found = store.at().get(STREAM, b"k")
    assert found is not None
    assert store.at().read(found, 0, 9) == b"zero"
    assert store.at().after(STREAM, None) == found
    assert store.at().holds(Kind.KEY_WRITER, STREAM, b"k", ALICE)
    assert store.rewinds(0) == (1, 1)


def test_verdict_over_a_transaction_that_a_reorg_took_is_dropped(store: KvStore) -> None:
    with store.database.transaction() as cursor:
        store.add(cursor, log_of(0), 0.0)
    stale = log_of(0)
    with store.database.transaction() as cursor:
        store.rewind(cursor, -1)
        store.add(cursor, log_of(0, OTHER, block=9), 0.0)
    assert not store.settle(stale, Outcome("Commit", (Write(STREAM, b"k", b"v"),)))
    assert store.applied() == -1
    assert store.at().get(STREAM, b"k") is None


def test_log_with_a_gap_is_refused(store: KvStore) -> None:
    with pytest.raises(LogGap), store.database.transaction() as cursor:
        store.add(cursor, log_of(1), 0.0)


def test_file_that_was_given_up_stays_out_when_a_stream_is_added(tmp_path: Path) -> None:
    store = KvStore(tmp_path / "kv.db")
    store.follow([STREAM])
    with store.database.transaction() as cursor:
        for seq, stream in enumerate((OTHER, STREAM, STREAM)):
            store.add(cursor, log_of(seq, stream), 0.0)
    store.skip(0, 1)
    assert store.settle(log_of(1), Outcome("DownloadFailed"))
    assert store.settle(log_of(2), Outcome("Commit"))
    store.follow([OTHER])
    assert store.applied() == -1
    assert [one.result for one in store.pending(9)] == [None, "DownloadFailed", None]
    assert store.result(1) is None
