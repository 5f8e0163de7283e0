"""The alt-DA server over real HTTP, as an OP batcher and an OP node ask it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from tests.support.da import SMALL, commit
from tests.support.da_client import POLICY, Quarter, fresh
from tests.support.da_people import EPOCH, QUORUM, proofs
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from zerog.da.altda.app import make_app
from zerog.da.altda.batches import Batches
from zerog.da.altda.commitment import Generic, Keccak, decode
from zerog.da.altda.desk import Desk
from zerog.da.client.results import Wait
from zerog.da.codec import encode
from zerog.da.status import Blob, Stage
from zerog.service import server

pytestmark = pytest.mark.daemons

LIMIT = 20_000
OCTETS = {"content-type": "application/octet-stream"}
CONFIRMED = (Stage.ENCODED, Stage.UPLOADED, Stage.SIGNED, Stage.CONFIRMED)
FINAL = (*CONFIRMED, Stage.FINALIZED)


@dataclass(frozen=True, slots=True)
class Answer:
    """Of the server."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Rollup:
    """A quarter of data availability, and a server of ours in front of it."""

    def __init__(self, folder: Path) -> None:
        self.quarter = Quarter(folder)
        self.batches = Batches(folder / "altda.db", self.quarter.da.site.name)
        desk = Desk(self.quarter.da, self.batches, Wait.FINALIZED, None, timeout_s=PATIENCE_SECONDS)
        self.port = free_port()
        app = make_app(desk, lambda: {"ok": True, "chain_id": 31337}, LIMIT, at_once=1)
        self.uvicorn: uvicorn.Server = server(app, "127.0.0.1", self.port)
        self.thread = threading.Thread(target=self.uvicorn.run)
        self.thread.start()
        wait_for(lambda: self.uvicorn.started, "the server")

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = OCTETS,
    ) -> Answer:
        """One request."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        line.request(method, path, body, dict(headers))
        found = line.getresponse()
        answer = Answer(found.status, found.read(), {k.lower(): v for k, v in found.getheaders()})
        line.close()
        return answer

    def waiting(self) -> list[Blob]:
        """Blobs that nobody carries yet."""
        return self.quarter.house.store.at(Stage.ACCEPTED)

    def next(self) -> Blob:
        """The blob that somebody is about to put."""
        (blob,) = wait_for(self.waiting, "a blob")
        return blob

    def put(self, path: str, data: bytes, *steps: Stage, method: str = "POST") -> Answer:
        """Put a batch while its blob is carried so far, and served by the signers."""
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(self.ask, method, path, data)
            blob = self.next()
            self.quarter.serve(data)
            self.quarter.carry(blob, *steps)
            return asking.result()

    def close(self) -> None:
        """End the server, then the rest."""
        self.uvicorn.should_exit = True
        self.thread.join()
        self.quarter.close()


@pytest.fixture(scope="module", name="rollup")
def running_rollup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollup]:
    """Served until the module ends."""
    made = Rollup(tmp_path_factory.mktemp("rollup"))
    yield made
    made.close()


def path_of(encoded: bytes) -> str:
    """How op-node asks for a commitment."""
    return f"/get/0x{encoded.hex()}"


@pytest.mark.parametrize(("path", "method"), [("/put/", "POST"), ("/put", "POST"), ("/put", "PUT")])
def test_batch_is_put_as_op_clients_do_and_comes_back(
    rollup: Rollup, path: str, method: str
) -> None:
    data = fresh(f"batch {path} {method}")
    answer = rollup.put(path, data, *FINAL, method=method)
    assert (answer.status, len(answer.body)) == (200, 50)
    assert answer.headers["content-type"] == OCTETS["content-type"]
    root = encode(data, SMALL).commitment.data_root(31337, rollup.quarter.da.site.entrance)
    assert decode(answer.body) == Generic(EPOCH, QUORUM, root)
    found = rollup.ask("GET", path_of(answer.body), headers={})
    assert (found.status, found.body) == (200, data)
    assert found.headers["content-type"] == OCTETS["content-type"]


def test_commitment_is_given_out_when_final_and_not_before(rollup: Rollup) -> None:
    data = fresh("not final yet")
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(rollup.ask, "POST", "/put/", data)
        blob = rollup.next()
        blob = rollup.quarter.carry(blob, *CONFIRMED)
        with pytest.raises(TimeoutError):
            asking.result(timeout=0.5)
        rollup.quarter.carry(blob, Stage.FINALIZED)
        assert asking.result().status == 200


def test_batch_of_a_precomputed_keccak_is_kept_under_it(rollup: Rollup) -> None:
    data = fresh("keccak")
    name = "0x" + Keccak.of(data).encode().hex()
    assert rollup.ask("GET", f"/get/{name}").status == 404
    wrong = rollup.ask("POST", f"/put/{name}", data + b"!")
    assert wrong.status == 400
    answer = rollup.put(f"/put/{name}", data, *FINAL)
    assert (answer.status, answer.body) == (200, b"")
    assert rollup.ask("GET", f"/get/{name}").body == data
    again = rollup.ask("POST", f"/put/{name}", data)
    assert (again.status, rollup.waiting()) == (200, [])
    generic = "0x" + Generic(EPOCH, QUORUM, bytes(32)).encode().hex()
    assert rollup.ask("POST", f"/put/{generic}", data).status == 400


def test_hash_that_stands_for_another_batch_is_never_served(rollup: Rollup) -> None:
    data, other = fresh("asked for"), fresh("kept there")
    root = rollup.quarter.serve(other)
    rollup.quarter.notary.known.add((root, EPOCH, QUORUM))
    rollup.batches.keep(Keccak.of(data), Generic(EPOCH, QUORUM, root))
    answer = rollup.ask("GET", path_of(Keccak.of(data).encode()))
    assert answer.status == 500
    assert other not in answer.body


def test_what_means_nothing_is_400(rollup: Rollup) -> None:
    assert rollup.ask("POST", "/put/", b"").status == 400
    assert rollup.ask("GET", "/get/0xzz").status == 400
    assert rollup.ask("GET", "/get/0x0142").status == 400
    assert rollup.ask("GET", "/get/" + "00" * 33).status == 400
    assert rollup.ask("POST", "/put/0x00", b"x").status == 400
    assert rollup.ask("GET", "/put/").status == 405
    assert rollup.ask("GET", "/nothing").status == 404


def test_body_above_the_limit_is_refused_declared_or_not(rollup: Rollup) -> None:
    assert rollup.ask("POST", "/put/", bytes(LIMIT + 1)).status == 413
    line = http.client.HTTPConnection("127.0.0.1", rollup.port, timeout=PATIENCE_SECONDS)
    line.request("POST", "/put/", iter([bytes(LIMIT), b"x"]), OCTETS, encode_chunked=True)
    assert line.getresponse().status == 413
    line.close()
    assert rollup.waiting() == []


def test_uncertified_blob_is_404_once_there_can_be_no_certificate(rollup: Rollup) -> None:
    root = rollup.quarter.serve(fresh("no certificate"))
    name = path_of(Generic(EPOCH, QUORUM, root).encode())
    codes = []
    for rollup.quarter.epoch in (EPOCH, EPOCH + 1, EPOCH + 2):
        codes.append(rollup.ask("GET", name).status)
    assert codes == [503, 503, 404]
    rollup.quarter.epoch = EPOCH
    rollup.quarter.notary.known.add((root, EPOCH, QUORUM))
    assert rollup.ask("GET", name).status == 200


def test_blob_that_is_bad_encoding_is_404_with_the_reason(rollup: Rollup) -> None:
    honest = encode(fresh("bad"), SMALL)
    rows = [bytes(row) for row in honest.rows]
    rows[9] = bytes(len(rows[9]))
    forged = commit(rows, honest.commitment.header, SMALL)
    root = rollup.quarter.town.keep(forged.commitment, proofs(forged))
    rollup.quarter.notary.known.add((root, EPOCH, QUORUM))
    answer = rollup.ask("GET", path_of(Generic(EPOCH, QUORUM, root).encode()))
    assert answer.status == 404
    assert b"BAD_ENCODING" in answer.body


def test_what_may_pass_is_503_with_a_time_to_wait(rollup: Rollup) -> None:
    data = fresh("signers away")
    root = rollup.quarter.serve(data)
    rollup.quarter.notary.known.add((root, EPOCH, QUORUM))
    town = rollup.quarter.town
    town.gone = set(range(len(town.people)))
    answer = rollup.ask("GET", path_of(Generic(EPOCH, QUORUM, root).encode()))
    town.gone = set()
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    unsigned = rollup.put("/put/", data, Stage.ENCODED, Stage.UPLOADED, Stage.INSUFFICIENT)
    assert unsigned.status == 503
    assert b"5 of 12 rows were signed" in unsigned.body


def test_failed_blob_is_500_with_its_reason(rollup: Rollup) -> None:
    answer = rollup.put("/put/", fresh("failed"), Stage.FAILED)
    assert answer.status == 500
    assert b"the fee was too low" in answer.body


def test_one_put_too_many_is_503_and_its_body_is_not_read(rollup: Rollup) -> None:
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(rollup.ask, "POST", "/put/", data := fresh("first"))
        blob = rollup.next()
        second = rollup.ask("POST", "/put/", fresh("second"))
        assert (second.status, second.headers["connection"]) == (503, "close")
        assert rollup.ask("GET", "/health").status == 200
        rollup.quarter.serve(data)
        rollup.quarter.carry(blob, *FINAL)
        assert asking.result().status == 200


def test_certified_blob_that_no_signer_gives_is_503(rollup: Rollup) -> None:
    rollup.quarter.notary.known.add((b"\x33" * 32, EPOCH, QUORUM))
    answer = rollup.ask("GET", path_of(Generic(EPOCH, QUORUM, b"\x33" * 32).encode()))
    assert answer.status == 503
    assert b"is certified" in answer.body


def test_policy_of_a_server_hides_no_batch_from_its_readers(rollup: Rollup) -> None:
    data = fresh("policy")
    root = rollup.quarter.serve(data)
    rollup.quarter.notary.known.add((root, EPOCH, QUORUM))
    where = Generic(EPOCH, QUORUM, root)
    for policy in (POLICY, POLICY + 1):
        desk = Desk(rollup.quarter.da, rollup.batches, Wait.FINALIZED, policy, PATIENCE_SECONDS)
        assert bytes(desk.get(where)) == data
