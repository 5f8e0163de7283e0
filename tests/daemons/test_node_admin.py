"""The operator's port: every method answers, no page in a browser gets in, and it ends the node."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import (
    Daemon,
    Storage,
    admin_of,
    file_of,
    health,
    remote_of,
    wait_for,
)
from zerog.storage.errors import NodeRefused

pytestmark = pytest.mark.daemons


def ask(url: str, body: dict[str, object], **headers: str) -> tuple[int, bytes]:
    """A raw call with headers of our own."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(
        str(place.hostname), place.port or 80, timeout=PATIENCE_SECONDS
    )
    connection.request("POST", "/", json.dumps(body), headers)
    answer = connection.getresponse()
    found = (answer.status, answer.read())
    connection.close()
    return found


def test_every_method_answers_on_a_node_without_peers(storage: Storage, tmp_path: Path) -> None:
    admin = admin_of(storage.node)
    tree = file_of(tmp_path / "file", 600_000, seed=77)
    seq = storage.submit(tree).tx_seq
    storage.wait_seen(seq + 1)
    assert admin.call("admin_findFile", seq) == 0
    assert admin.call("admin_startSyncFile", seq) == 0
    assert admin.call("admin_startSyncChunks", seq, 0, 2344) == 0
    info = admin.call("admin_getSyncInfo", seq)
    assert isinstance(info, dict)
    told = info[str(seq)]
    assert (told["storedSegments"], told["wantedSegments"]) == (0, 3)
    wait_for(
        lambda: admin.call("admin_getSyncStatus", seq) == "no peer answers", "the request's turn"
    )
    every = admin.call("admin_getSyncInfo")
    assert isinstance(every, dict)
    assert str(seq) in every
    state = admin.call("admin_getSyncServiceState")
    assert isinstance(state, dict)
    assert set(state) == {"numSyncing", "catchedUp", "autoSyncSerial", "autoSyncRandom"}
    assert state["catchedUp"] is True
    network = admin.call("admin_getNetworkInfo")
    assert isinstance(network, dict)
    assert network["totalPeers"] == 0
    assert network["listenAddresses"] == [storage.node.url, health(storage.node.port)["admin"]]
    assert admin.call("admin_getPeers") == {}
    assert admin.call("admin_getFileLocation", seq, False) is None
    assert admin.call("admin_terminateSync", seq) is False
    assert admin.call("admin_getSyncStatus", seq) == "stopped"


def test_metrics_count_calls_and_errors(storage: Storage) -> None:
    admin = admin_of(storage.node)
    name = "rpc.zgs_getFileInfoByTxSeq"
    before = admin.call("admin_getMetrics", name)
    assert isinstance(before, dict)
    storage.call("zgs_getFileInfoByTxSeq", 1)
    with pytest.raises(NodeRefused):
        storage.call("zgs_getFileInfoByTxSeq", "one")
    after = admin.call("admin_getMetrics", name)
    assert isinstance(after, dict)
    calls, errors = f"{name}.calls", f"{name}.errors"
    assert int(after[calls]) == int(before.get(calls, 0)) + 2
    assert int(after[errors]) == int(before.get(errors, 0)) + 1
    every = admin.call("admin_getMetrics")
    assert isinstance(every, dict)
    assert {"files.open", "store.sectors", "log.height"} <= set(every)
    assert all(isinstance(value, str) for value in every.values())


def test_bad_parameters_are_refused_by_name(storage: Storage, tmp_path: Path) -> None:
    admin = admin_of(storage.node)
    seq = storage.submit(file_of(tmp_path / "file", 600_000, seed=78)).tx_seq
    storage.wait_seen(seq + 1)
    for method, params, text in [
        ("admin_startSyncFile", [1 << 63], "there is no submission"),
        ("admin_findFile", [-1], "Invalid params: tx_seq"),
        ("admin_startSyncChunks", [seq, 5, 5], "invalid chunk index"),
        ("admin_startSyncChunks", [seq, 0, 2345], "invalid chunk index"),
        ("admin_getMetrics", [7], "Invalid params: prefix"),
        ("admin_getSyncStatus", [], "expected 1 parameters"),
        ("zgs_getStatus", [], "Method not found"),
    ]:
        with pytest.raises(NodeRefused, match=text):
            admin.call(method, *params)


def test_operators_methods_are_not_on_the_public_port(storage: Storage) -> None:
    with pytest.raises(NodeRefused, match="Method not found"):
        storage.call("admin_shutdown")


def test_page_in_a_browser_cannot_use_the_operators_port(storage: Storage) -> None:
    url = str(health(storage.node.port)["admin"])
    body: dict[str, object] = {"jsonrpc": "2.0", "id": 1, "method": "admin_getPeers"}
    assert ask(url, body)[0] == 200
    assert ask(url, body, origin="http://page.example")[0] == 403
    assert ask(url, body, host="rebound.example")[0] == 403
    assert storage.node.process is not None
    assert storage.node.process.poll() is None


def test_public_port_answers_a_browsers_preflight(storage: Storage) -> None:
    for port in (storage.node.port, storage.indexer.port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        headers = {
            "origin": "http://page.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        }
        connection.request("OPTIONS", "/", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] in {"*", "http://page.example"}
        connection.close()


def test_one_port_for_all_and_shutdown_ends_the_process_in_order(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    tree = file_of(tmp_path / "file", 900_000, seed=3)
    storage.put(tmp_path / "file", tree)
    port = free_port()
    urls = f"http://127.0.0.1:{port},{storage.node.url}"
    shared = storage.another("shared", "--admin-port", str(port), "--peers", urls)
    shared.port = port
    shared.start()
    assert shared.process is not None
    remote = remote_of(shared)
    network = remote.call("admin_getNetworkInfo")
    assert isinstance(network, dict)
    assert network["totalPeers"] == 1
    assert health(port)["admin"] == shared.url
    wait_for(lambda: remote.call("zgs_checkFileFinalized", 0) is True, "the file")
    found = remote.call("admin_getFileLocation", 0, True)
    assert found == [{"ip": "127.0.0.1", "shardConfig": {"shardId": 0, "numShard": 1}}]
    status = remote.call("zgs_getStatus")
    assert isinstance(status, dict)
    assert status["connectedPeers"] == 1
    assert remote.call("admin_shutdown") == 0
    assert shared.process.wait(timeout=PATIENCE_SECONDS) == 0
    shared.process = None
    assert admin_of(storage.node).call("admin_shutdown") == 0
    assert storage.node.process is not None
    assert storage.node.process.wait(timeout=PATIENCE_SECONDS) == 0
    storage.node.process = None


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        (["--shard", "2/2"], "is no shard"),
        (["--host", "0.0.0.0", "--admin-port", "PORT"], "would be open on 0.0.0.0"),  # noqa: S104
        (["--admin-port", "TAKEN"], "is taken"),
        (["--peers", "ftp://x"], "no http or https URL"),
        (["--shard", "1/2", "--data", "USED"], "can only get smaller"),
    ],
)
def test_start_that_cannot_work_is_one_line_and_code_2(
    storage: Storage, tmp_path: Path, extra: list[str], text: str
) -> None:
    port = free_port()
    used = tmp_path / "used"
    taken = str(urlsplit(str(health(storage.node.port)["admin"])).port)
    chosen = {"PORT": str(port), "TAKEN": taken, "USED": str(used)}
    command = [sys.executable, "-m", "zerog.storage.node", "--home", str(storage.home)]
    command += ["--port", str(port)]
    if "USED" in extra:
        first = Daemon(
            "zerog.storage.node",
            storage.home,
            free_port(),
            ("--data", str(used), "--shard", "0/2"),
        )
        first.start()
        first.stop()
    command += [chosen.get(one, one) for one in extra]
    if "--data" not in extra:
        command += ["--data", str(used)]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert ended.returncode == 2
    assert text in ended.stderr
    assert ended.stderr.count("\n") == 1
