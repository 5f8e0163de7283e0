"""Files over plain HTTP: whole and in ranges, verified, and never a wrong byte."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

import pybase64
import pytest

from tests.support.fleet import Fleet, Server, Stored, running_fleet, segment_of
from tests.support.liars import DATA, LOST, LYING, PRUNED
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import wait_for
from zerog.storage import dircodec
from zerog.storage.codec import SEGMENT
from zerog.storage.dircodec import FsNode, Kind
from zerog.storage.indexer.daemon import open_indexer
from zerog.storage.indexer.envelope import admit_status_600
from zerog.storage.indexer.nodes import NodeUrls

pytestmark = pytest.mark.daemons

CAP = 2_000_000


@dataclass(frozen=True, slots=True)
class Got:
    """An HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def code(self) -> tuple[int, object]:
        """Code and data of an envelope."""
        found = json.loads(self.body)
        assert set(found) == {"code", "message", "data"}
        return found["code"], found["data"]


def ask(
    port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> Got:
    """One request; raises IncompleteRead when the answer ends early."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return Got(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with running_fleet(tmp_path_factory.mktemp("fleet"), 3) as made:
        yield made


@pytest.fixture(autouse=True)
def _healed(fleet: Fleet) -> None:
    fleet.heal()


@pytest.fixture
def port(fleet: Fleet) -> Iterator[int]:
    """A fresh indexer over the fleet: it remembers no earlier failure."""
    yield from serving(fleet.urls)


def serving(urls: Sequence[str]) -> Iterator[int]:
    admit_status_600()
    app, poll = open_indexer(NodeUrls(tuple(urls)), CAP, poll_s=0.2)
    poll.start()
    server = Server(app)
    try:
        yield server.port
    finally:
        server.stop()
        poll.stop()


@pytest.fixture(scope="module")
def big(fleet: Fleet) -> Stored:
    """Seven segments on all three nodes."""
    return fleet.put(random.Random(7).randbytes(6 * SEGMENT + 1000), [0, 1, 2])


def test_file_by_root_and_by_number_with_its_headers(port: int, big: Stored) -> None:
    by_root = ask(port, f"/file?root={big.root}")
    assert (by_root.status, by_root.body) == (200, big.data)
    assert by_root.headers["content-length"] == str(len(big.data))
    assert by_root.headers["etag"] == f'"{big.root}"'
    assert by_root.headers["accept-ranges"] == "bytes"
    assert by_root.headers["content-disposition"].startswith(f'attachment; filename="{big.root}"')
    named = ask(port, f"/file?txSeq={big.tx_seq}&name={quote('Röntgen/../x.png')}")
    assert named.body == big.data
    assert named.headers["content-type"] == "image/png"
    assert 'filename="R_ntgen_.._x.png"' in named.headers["content-disposition"]
    assert named.headers["x-content-type-options"] == "nosniff"


def test_ranges_and_conditions_are_honoured(port: int, big: Stored) -> None:
    path, size = f"/file?root={big.root}", len(big.data)
    for first, last in ((0, 1), (SEGMENT - 5, SEGMENT + 5), (size - 3, size), (1000, 900_000)):
        got = ask(port, path, range=f"bytes={first}-{last - 1}")
        assert (got.status, got.body) == (206, big.data[first:last])
        assert got.headers["content-range"] == f"bytes {first}-{last - 1}/{size}"
    assert ask(port, path, range="bytes=-7").body == big.data[-7:]
    beyond = ask(port, path, range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    fresh = ask(port, path, if_none_match=f'"{big.root}"')
    assert (fresh.status, fresh.body) == (304, b"")
    other = ask(port, path, range="bytes=0-1", if_range='"another"')
    assert (other.status, len(other.body)) == (200, size)
    head = ask(port, path, method="HEAD")
    assert (head.status, head.headers["content-length"], head.body) == (200, str(size), b"")


@pytest.mark.parametrize("mode", [*LOST, *LYING])
def test_nodes_that_are_lost_or_lie_spoil_nothing(
    fleet: Fleet, port: int, big: Stored, mode: str
) -> None:
    bad = 1 if mode == "other size" else 2  # a root binds no length: there most nodes decide
    for member in fleet.members[:bad]:
        member.liar.mode = mode
    assert ask(port, f"/file?root={big.root}").body == big.data


def test_connection_ends_where_no_node_can_prove_the_next_byte(
    fleet: Fleet, port: int, big: Stored
) -> None:
    fleet.hold(DATA, after=1)  # at most three of the seven segments, however slowly we read
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", f"/file?root={big.root}")
    answer = connection.getresponse()
    start = answer.read(1000)
    for member in fleet.members:
        member.liar.mode = "wrong bytes"
        member.liar.release()
    with pytest.raises(http.client.IncompleteRead) as caught:
        answer.read()
    got = start + caught.value.partial
    assert len(got) < len(big.data)
    assert big.data.startswith(got)
    connection.close()
    none = ask(port, f"/file?root={big.root}", range="bytes=500000-500009")
    assert (none.status, none.code[0]) == (600, 2)


def test_errors_have_the_codes_of_the_reference(fleet: Fleet, port: int, big: Stored) -> None:
    pending = fleet.submit(b"nobody uploads this")
    large = fleet.submit(bytes(CAP + 1))
    fleet.upload(large, 0)
    unknown = "0x" + "ab" * 32
    for path, code in (
        (f"/file?root={unknown}", 101),
        ("/file?txSeq=999999", 101),
        (f"/file/info/{unknown}", 101),
        (f"/file?root={pending.root}", 103),
        (f"/file?txSeq={large.tx_seq}", 105),
        (f"/file/{big.root}/a.txt", 106),
        ("/file", 1),
        ("/file?root=0x12", 1),
        ("/file?txSeq=-1", 1),
        (f"/file?txSeq={big.root}", 1),
        ("/file?txSeq=" + "9" * 30, 1),
        ("/file/info/nonsense", 1),
        ("/file/nonsense/a", 1),
        ("/files/info", 1),
        ("/files/info?" + "&".join(["cid=1"] * 101), 1),
        ("/files/info?cid=zz", 1),
    ):
        got = ask(port, path)
        assert (path, got.status, got.code[0]) == (path, 200, code)
    assert ask(port, f"/file?txSeq={large.tx_seq}").code[1] == {"actual": CAP + 1, "max": CAP}


def test_file_that_every_node_gave_up_is_code_102(fleet: Fleet, port: int, big: Stored) -> None:
    for member in fleet.members:
        member.liar.mode = PRUNED
    assert ask(port, f"/file?root={big.root}").code[0] == 102
    code, info = ask(port, f"/file/info/{big.root}").code
    assert (code, cast("dict[str, object]", info)["pruned"]) == (0, True)


def test_no_living_node_is_http_600(fleet: Fleet) -> None:
    (dead,) = serving_dead()
    for path in ("/file?txSeq=0", "/node/status", "/file/info/0"):
        got = ask(dead.port, path)
        assert (got.status, got.code[0]) == (600, 2)
    dead.stop()


def serving_dead() -> list[Server]:
    admit_status_600()
    return [Server(open_indexer(NodeUrls((f"http://127.0.0.1:{free_port()}",)))[0])]


def test_infos_and_status_are_those_of_the_nodes(fleet: Fleet, port: int, big: Stored) -> None:
    code, info = ask(port, f"/file/info/{big.tx_seq}").code
    remote = fleet.members[0].remote
    assert code == 0
    assert info == remote.call("zgs_getFileInfoByTxSeq", big.tx_seq)
    both = ask(port, f"/files/info?cid={big.root}&cid=0x{'cd' * 32}").code
    assert both == (0, [info, None])
    wait_for(
        lambda: ask(port, "/node/status").code == (0, remote.call("zgs_getStatus")),
        "the status of the nodes",
    )


def test_folder_is_listed_and_its_files_are_served(fleet: Fleet, port: int) -> None:
    one, two = (fleet.put(random.Random(n).randbytes(300_000), [n]) for n in (1, 2))
    roots = (one.tree.data_root, two.tree.data_root)
    tree = FsNode(
        "",
        Kind.DIRECTORY,
        entries=(
            FsNode("docs", Kind.DIRECTORY, entries=(FsNode("a.txt", Kind.FILE, 600_000, roots),)),
            FsNode("empty", Kind.FILE),
            FsNode("to-docs", Kind.SYMBOLIC, link="docs/a.txt"),
        ),
    )
    folder = fleet.put(dircodec.encode(tree), [0, 1])
    listing = ask(port, f"/file/{folder.root}/").code[1]
    assert listing == [
        {"name": "docs", "type": "directory"},
        {"name": "empty", "type": "file"},
        {"name": "to-docs", "type": "symbolic"},
    ]
    assert ask(port, f"/file/{folder.tx_seq}").code[1] == listing
    served = ask(port, f"/file/{folder.root}/docs/a.txt")
    assert served.body == one.data + two.data
    assert served.headers["content-type"].startswith("text/plain")
    middle = ask(port, f"/file/{folder.root}/docs/a.txt", range="bytes=299990-300009")
    assert middle.body == (one.data + two.data)[299_990:300_010]
    assert ask(port, f"/file/{folder.root}/empty").body == b""
    link = ask(port, f"/file/{folder.root}/to-docs").code
    assert link == (0, {"name": "to-docs", "type": "symbolic", "link": "docs/a.txt"})
    assert ask(port, f"/file/{folder.root}/docs/b.txt").code[0] == 104


def upload_body(stored: Stored, number: int, **changed: object) -> bytes:
    """What POST /file/segment takes."""
    found = segment_of(stored, number).to_json()
    body = {name: found[name] for name in ("root", "data", "index", "proof")}
    return json.dumps({**body, "txSeq": stored.tx_seq, **changed}).encode()


def test_segment_upload_brings_a_file_to_finalized(fleet: Fleet, port: int) -> None:
    stored = fleet.submit(random.Random(9).randbytes(300_000))
    for index in range(2):
        body = upload_body(stored, index, expectedReplica=2, txSeq=None)
        got = ask(port, "/file/segment", "POST", body, content_type="application/json")
        assert got.code == (0, "Succeeded to upload segment")
    again = ask(port, "/file/segment", "POST", upload_body(stored, 1, expectedReplica=2))
    assert again.code[0] == 0
    infos = [member.remote.info_of(stored.tx_seq) for member in fleet.members]
    assert sum(bool(info and info.finalized) for info in infos) == 2
    assert ask(port, f"/file?root={stored.root}").body == stored.data


def test_bad_segment_uploads_are_refused_and_nothing_is_written(fleet: Fleet, port: int) -> None:
    stored = fleet.submit(random.Random(10).randbytes(300_000))
    wrong = pybase64.b64encode_as_string(bytes(SEGMENT))
    for body, code in (
        (upload_body(stored, 0, data=""), 1),
        (upload_body(stored, 0, data="not base64!"), 1),
        (upload_body(stored, 0, data=wrong), 1),
        (upload_body(stored, 0, index=1), 1),
        (upload_body(stored, 0, index=1 << 60), 1),
        (upload_body(stored, 0, proof=None), 1),
        (upload_body(stored, 0, txSeq=None, root="0x12"), 1),
        (upload_body(stored, 0, txSeq=1 << 40), 101),
        (b"", 1),
        (b"[", 1),
        (b"[]", 1),
        (b"{}", 1),
        (b"\xff" * 100, 1),
        (b" " * 1_100_000, 1),
    ):
        got = ask(port, "/file/segment", "POST", body)
        assert (body[:60], got.status, got.code[0]) == (body[:60], 200, code)
    too_many = ask(port, "/file/segment", "POST", upload_body(stored, 0, expectedReplica=9))
    assert (too_many.status, too_many.code[0]) == (600, 2)
    infos = [member.remote.info_of(stored.tx_seq) for member in fleet.members]
    assert not any(info and info.finalized for info in infos)


def test_browser_may_read_files_and_their_headers(port: int, big: Stored) -> None:
    got = ask(port, f"/file?root={big.root}", origin="http://dapp.example", range="bytes=0-9")
    assert got.headers["access-control-allow-origin"] == "*"
    assert "content-range" in got.headers["access-control-expose-headers"]
