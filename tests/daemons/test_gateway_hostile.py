"""Hostile callers of the indexer: whatever they send is answered, and the next one is served."""

from __future__ import annotations

import http.client
import json
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fleet import Fleet, Server, Stored, running_fleet
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import Daemon, wait_for
from zerog.storage.codec import SEGMENT
from zerog.storage.indexer.daemon import open_indexer
from zerog.storage.indexer.envelope import admit_status_600
from zerog.storage.indexer.nodes import NodeUrls

pytestmark = pytest.mark.daemons

METHODS = st.sampled_from(
    [
        "indexer_getShardedNodes",
        "indexer_getSelectedNodes",
        "indexer_getFileLocations",
        "indexer_getNodeLocations",
        "indexer_nothing",
        "",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False)
    | st.text(max_size=80)
    | st.just("0x" + "12" * 32)
    | st.sampled_from(["min", "max", "random", "3"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
REQUESTS = st.fixed_dictionaries(
    {"method": METHODS | VALUES}, optional={"id": VALUES, "params": st.lists(VALUES) | VALUES}
)
BODIES = st.binary(max_size=200) | st.builds(
    lambda found: json.dumps(found).encode(), REQUESTS | st.lists(REQUESTS, max_size=3) | VALUES
)
CODES = {-32700, -32600, -32601, -32602, -32000}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with running_fleet(tmp_path_factory.mktemp("fleet"), 2) as made:
        yield made


@pytest.fixture(scope="module")
def big(fleet: Fleet) -> Stored:
    return fleet.put(random.Random(7).randbytes(60 * SEGMENT), [0, 1])


@pytest.fixture(scope="module")
def port(fleet: Fleet) -> Iterator[int]:
    admit_status_600()
    app, poll = open_indexer(NodeUrls(fleet.urls))
    poll.start()
    server = Server(app)
    try:
        yield server.port
    finally:
        server.stop()
        poll.stop()


def exchange(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@given(BODIES)
def test_any_rpc_body_is_answered_with_a_result_or_a_documented_error(
    port: int, body: bytes
) -> None:
    status, answer = exchange(port, "POST", "/", body)
    assert status in {200, 204}
    found = json.loads(answer) if answer else []
    for one in found if isinstance(found, list) else [found]:
        assert ("result" in one) != ("error" in one)
        assert "result" in one or one["error"]["code"] in CODES


@given(
    st.sampled_from(["/file", "/file/info/", "/files/info", "/file/", "/node/status"]),
    st.text(st.characters(codec="utf-8"), max_size=90) | st.just("0x" + "12" * 32),
    st.dictionaries(
        st.sampled_from(["root", "txSeq", "name", "cid", "x"]),
        st.text(st.characters(codec="utf-8"), max_size=70) | st.integers(0, 1 << 70).map(str),
    ),
)
def test_any_rest_request_has_an_envelope(
    port: int, route: str, tail: str, query: dict[str, str]
) -> None:
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    status, answer = exchange(port, "GET", f"{route}{quote(tail, safe='/')}?{text}")
    if status in {404, 405}:
        return  # another path than the gateway's
    assert status == 200
    assert json.loads(answer)["code"] in {0, 1, 101, 104, 106}


@given(st.binary(max_size=300) | st.builds(lambda found: json.dumps(found).encode(), VALUES))
def test_any_segment_body_is_refused(port: int, body: bytes) -> None:
    status, answer = exchange(port, "POST", "/file/segment", body)
    assert status == 200
    assert json.loads(answer)["code"] in {1, 101}


def test_clients_that_take_nothing_hold_little_memory_and_stop_nobody(
    fleet: Fleet, big: Stored, tmp_path: Path
) -> None:
    (tmp_path / "registry.json").write_bytes((fleet.home / "registry.json").read_bytes())
    arguments = ("--nodes", ",".join(fleet.urls))
    daemon = Daemon("zerog.storage.indexer", tmp_path, free_port(), arguments)
    daemon.start()
    assert daemon.process is not None
    process = psutil.Process(daemon.process.pid)
    before = process.memory_info().rss
    sockets: list[socket.socket] = []
    try:
        for _ in range(40):
            one = socket.create_connection(("127.0.0.1", daemon.port))
            one.sendall(f"GET /file?root={big.root} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            sockets.append(one)
        wait_for(lambda: all(_begun(one) for one in sockets), "every answer begun")
        status, body = exchange(daemon.port, "GET", f"/file?root={big.root}")
        assert (status, body) == (200, big.data)
        assert process.memory_info().rss - before < 40 * 4 * SEGMENT + 100_000_000
    finally:
        for one in sockets:
            one.close()
        assert daemon.stop() in {0, -15}


def test_indexer_killed_in_the_middle_of_downloads_serves_again_at_once(
    fleet: Fleet, big: Stored, tmp_path: Path
) -> None:
    (tmp_path / "registry.json").write_bytes((fleet.home / "registry.json").read_bytes())
    arguments = ("--nodes", ",".join(fleet.urls))
    daemon = Daemon("zerog.storage.indexer", tmp_path, free_port(), arguments)
    try:
        for _ in range(3):
            daemon.start()
            connection = http.client.HTTPConnection(
                "127.0.0.1", daemon.port, timeout=PATIENCE_SECONDS
            )
            connection.request("GET", f"/file?root={big.root}")
            answer = connection.getresponse()
            start = answer.read(100_000)
            daemon.kill()
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                answer.read()
            connection.close()
            assert big.data.startswith(start)
        daemon.start()
        assert exchange(daemon.port, "GET", f"/file?root={big.root}") == (200, big.data)
    finally:
        daemon.stop()


def _begun(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return bool(one.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
