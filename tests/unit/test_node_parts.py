"""The small parts of a node: gate, holes, counters, a peer's standing, the bound on uploads."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.node_store import Blob, FedStore
from tests.support.patience import PATIENCE_SECONDS
from zerog.chain.bindings import FlowContract
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.rpcserver import RpcError
from zerog.storage.guard import GuardedPool
from zerog.storage.node.counters import Counters
from zerog.storage.node.files import FlatFiles
from zerog.storage.node.gate import Gate
from zerog.storage.node.holes import punch
from zerog.storage.node.logsync import LogSync
from zerog.storage.node.peers import (
    FIRST_BAN_SECONDS,
    LAST_PAUSE_SECONDS,
    Network,
    Peer,
    Pools,
)
from zerog.storage.node.rpc import WRITERS, NodeRpc
from zerog.storage.node.serving import AdminInPublic, Servers
from zerog.storage.node.syncreport import REPORTS, Reports, TooManyAsked
from zerog.storage.remote import BadUrl
from zerog.storage.wire import Segment

pytestmark = pytest.mark.unit


def test_gate_shut_waits_for_those_inside_and_keeps_others_out() -> None:
    gate = Gate()
    inside, leave, order = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        with gate.passing():
            inside.set()
            leave.wait(PATIENCE_SECONDS)
            order.append("first")

    def closer() -> None:
        with gate.shut():
            order.append("shut")

    def late() -> None:
        with gate.passing():
            order.append("late")

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert inside.wait(PATIENCE_SECONDS)
    threads += [threading.Thread(target=closer)]
    threads[1].start()
    while not gate._shut:  # the closer has announced itself
        threading.Event().wait(0.001)
    threads += [threading.Thread(target=late)]
    threads[2].start()
    leave.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert order == ["first", "shut", "late"]


@given(st.lists(st.integers(0, 63), max_size=20))
def test_punched_parts_read_zeros_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[int]
) -> None:
    path = tmp_path_factory.mktemp("holes") / "file"
    unit = 16_384
    path.write_bytes(b"\1" * unit * 64)
    before = path.stat().st_blocks
    assert punch(path, [(at * unit, unit) for at in blocks])
    data = path.read_bytes()
    for at in range(64):
        expected = b"\0" if at in blocks else b"\1"
        assert data[at * unit : (at + 1) * unit] == expected * unit
    assert before - path.stat().st_blocks >= len(set(blocks)) * unit // 512 - 16


def test_punch_of_a_missing_file_is_no_error(tmp_path: Path) -> None:
    assert punch(tmp_path / "none", [(0, 4096)])


def test_counters_by_prefix() -> None:
    counters = Counters()
    counters.add("a.b")
    counters.add("a.b", 2)
    counters.add("c")
    assert counters.read("a.") == {"a.b": 3}
    assert counters.read() == {"a.b": 3, "c": 1}


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def peer(clock: Clock) -> Peer:
    """A peer at a port where nobody listens."""
    pool = GuardedPool(1, 0.5, 1000)
    return Peer("http://127.0.0.1:9", Pools(pool, pool), Network(1, "0x00"), clock)


def test_peer_that_does_not_answer_is_asked_less_and_less_often(peer: Peer, clock: Clock) -> None:
    assert peer.due()
    for pause in (1, 2, 4, 8):
        peer.failed("no answer")
        clock.now += pause - 0.1
        assert not peer.due()
        clock.now += 0.1
        assert peer.due()
    for _ in range(20):
        peer.failed("again")
    clock.now += LAST_PAUSE_SECONDS
    assert peer.due()
    assert (peer.view().failures, peer.view().last_error) == (24, "again")
    assert peer.shard() is None


def test_peer_that_lied_is_banned_longer_each_time(peer: Peer, clock: Clock) -> None:
    peer.lied("forged")
    assert peer.view().state == "banned"
    clock.now += FIRST_BAN_SECONDS + 1
    assert peer.view().state == "disconnected"
    peer.lied("forged")
    clock.now += FIRST_BAN_SECONDS + 1
    assert (peer.view().state, peer.view().lies) == ("banned", 2)


def test_peer_is_avoided_for_one_file_for_a_while(peer: Peer, clock: Clock) -> None:
    peer.avoid(7, "does not give it")
    assert (peer.avoids(7), peer.avoids(8)) == (True, False)
    clock.now += 61
    assert not peer.avoids(7)
    for seq in range(3000):
        peer.avoid(seq, "")
    assert not peer.avoids(0)
    assert peer.avoids(2999)


def test_peer_with_another_scheme_is_refused(clock: Clock) -> None:
    pool = GuardedPool(1, 1, 1000)
    with pytest.raises(BadUrl):
        Peer("ftp://x", Pools(pool, pool), Network(1, "0x00"), clock)


def test_reports_are_bounded() -> None:
    reports = Reports()
    for seq in range(2 * REPORTS):
        reports.open(seq, 0, 1)
        reports.stop(seq)
    assert len(reports.every()) == REPORTS
    assert not reports.stopped(0)
    for seq in range(REPORTS):
        reports.ask(seq)
    with pytest.raises(TooManyAsked):
        reports.ask(REPORTS)


def test_one_port_for_all_only_on_loopback() -> None:
    assert Servers("127.0.0.1", 5678, 5678).shared
    assert not Servers("0.0.0.0", 5678, 5679).shared  # noqa: S104
    with pytest.raises(AdminInPublic):
        Servers("0.0.0.0", 5678, 5678)  # noqa: S104


def test_file_that_finds_no_room_gives_back_what_it_reserved(tmp_path: Path) -> None:
    files = FlatFiles(tmp_path)
    with pytest.raises(OSError, match=r"space|large"):
        files.write(1, 1 << 60, [(0, b"\1" * 4096)])
    assert files.path(1).stat().st_blocks * 512 < 65_536
    files.write(2, 8192, [(0, b"\1" * 4096)])
    assert files.read(2, 0, 8192) == b"\1" * 4096 + bytes(4096)
    files.write(3, 1 << 40, [(0, b"\1" * 4096)], sparse=True)
    assert files.path(3).stat().st_blocks * 512 < 65_536


def test_seventeenth_upload_at_a_time_is_told_to_come_again(tmp_path: Path) -> None:
    fed = FedStore.make(tmp_path)
    blobs = [Blob.make(300, seq) for seq in range(WRITERS + 1)]
    for blob in blobs:
        fed.submit(blob)
    flow = FlowContract(Chain("http://127.0.0.1:9"), devnet_signer(1).address)
    rpc = NodeRpc(fed.store, LogSync(flow, fed.store), 1, flow.address, Counters(), lambda: 0)
    upload = rpc.methods()["zgs_uploadSegment"]
    wires = [
        Segment(one.tree.data_root, one.segment(0), 0, one.tree.proof(0), 300).to_json()
        for one in blobs
    ]
    busy = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(WRITERS) as pool:
        answers = [pool.submit(upload, one) for one in wires[:WRITERS]]
        while True:
            try:
                upload("no segment")
            except RpcError as error:
                if error.message == f"too many data writing: {WRITERS}":
                    break
        assert not any(answer.done() for answer in answers)
        busy.execute("ROLLBACK")
        assert [answer.result() for answer in answers] == [0] * WRITERS
    busy.close()
    assert upload(wires[WRITERS]) == 0
    assert all(fed.entry(seq).final for seq in range(WRITERS + 1))
