"""The client: what it puts, what it believes, and what it says when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL
from tests.support.da_client import POLICY, SITE, WHERE, Quarter, fresh, quarter
from tests.support.da_grpc import INTAKE_BYTES
from tests.support.da_people import EPOCH, QUORUM
from tests.support.patience import PATIENCE_SECONDS
from zerog.chain.polling import poll
from zerog.da.blobs import LEAST_BYTES
from zerog.da.client.disperser import Disperser
from zerog.da.client.errors import (
    BadPolicyNumber,
    BlobFailed,
    DisperserBusy,
    DisperserLies,
    DisperserRefused,
    DisperserUnreachable,
    HalfAPlace,
    NoSuchRequest,
    NotConfirmed,
    NotEnoughSigned,
    NotOurRequest,
    NotPlaced,
    StillOnItsWay,
    worth_again,
)
from zerog.da.client.ledger import PlacedBlobs
from zerog.da.client.results import Placed, Wait
from zerog.da.client.sdk import Da
from zerog.da.codec import encode
from zerog.da.errors import BadBlobSize
from zerog.da.grpcserver import Server, Service
from zerog.da.proto.disperser_pb2 import (
    BlobHeader,
    BlobInfo,
    BlobStatus,
    BlobStatusReply,
    DisperseBlobReply,
)
from zerog.da.rpcs import DISPERSE_BLOB, DISPERSER, GET_BLOB_STATUS, MIB
from zerog.da.status import Blob, Stage, Status

pytestmark = pytest.mark.daemons

TO_CONFIRMED = (Stage.ENCODED, Stage.UPLOADED, Stage.SIGNED, Stage.CONFIRMED)


@pytest.fixture(scope="module", name="quarter")
def running_quarter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarter]:
    """Served until the module ends."""
    yield from quarter(tmp_path_factory.mktemp("quarter"))


def put_beside(quarter: Quarter, data: bytes, *steps: Stage) -> Placed:
    """Put a blob while somebody else brings its row further."""
    seen = {blob.request_id for blob in quarter.house.store.at(Stage.ACCEPTED)}

    def look() -> Blob | None:
        waiting = quarter.house.store.at(Stage.ACCEPTED)
        return next((blob for blob in waiting if blob.request_id not in seen), None)

    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(quarter.da.put, data, timeout_s=PATIENCE_SECONDS)
        blob = poll(look, PATIENCE_SECONDS)
        assert blob is not None
        quarter.carry(blob, *steps)
        return putting.result()


def test_blob_is_put_and_read_back_by_its_root_alone(quarter: Quarter) -> None:
    data = fresh("honest")
    placed = put_beside(quarter, data, *TO_CONFIRMED)
    root = encode(data, SMALL).commitment.data_root(CHAIN_ID, ENTRANCE)
    assert (placed.status, placed.data_root, placed.length) == (Status.CONFIRMED, root, len(data))
    assert (placed.epoch, placed.quorum_id) == (EPOCH, QUORUM)
    assert placed.confirmation_tx == b"t" * 32
    assert quarter.da.placed()[-1] == placed
    quarter.serve(data)
    assert bytes(quarter.da.get(root)) == data
    assert quarter.da.verify(root)
    assert quarter.da.verify(root, policy=POLICY)
    assert not quarter.da.verify(root, policy=POLICY + 1)
    assert not quarter.da.verify(root, EPOCH + 1, QUORUM)


@pytest.mark.parametrize("asks", [True, False])
def test_blob_nobody_waited_for_is_read_by_its_root_alone(quarter: Quarter, asks: bool) -> None:
    data = fresh(f"not waited for {asks}")
    placed = quarter.da.put(data, wait="accepted")
    quarter.carry(quarter.house.store.get(placed.request_id), *TO_CONFIRMED)
    quarter.serve(data)
    if asks:
        quarter.da.status(placed.request_id)
        assert quarter.placed.of_root(placed.data_root) == quarter.da.placed()[-1]
        assert quarter.da.placed()[-1].epoch == EPOCH, "remembered"
    assert bytes(quarter.da.get(placed.data_root)) == data
    assert quarter.da.placed()[-1].status is Status.CONFIRMED


def test_accepted_blob_is_waited_for_in_another_process_of_the_home(quarter: Quarter) -> None:
    data = fresh("later")
    placed = quarter.da.put(data, wait="accepted")
    assert (placed.status, placed.epoch) == (Status.PROCESSING, 0)
    assert quarter.da.status(placed.request_id).status is Status.PROCESSING
    with pytest.raises(NotConfirmed, match=r"put 0x[0-9a-f]{64}, which is not confirmed yet"):
        quarter.da.get(placed.data_root)
    blob = quarter.carry(quarter.house.store.get(placed.request_id), *TO_CONFIRMED)
    steps: list[str] = []
    done = quarter.da.wait(placed.request_id, on_progress=lambda step, _n, _all: steps.append(step))
    assert done.status is Status.CONFIRMED
    assert steps == ["confirmed"]
    with pytest.raises(StillOnItsWay) as caught:
        quarter.da.wait(placed.request_id, Wait.FINALIZED, timeout_s=0.1)
    assert caught.value.status == "CONFIRMED"
    assert worth_again(caught.value)
    quarter.carry(blob, Stage.FINALIZED)
    assert quarter.da.wait(placed.request_id, "finalized").status is Status.FINALIZED
    assert quarter.da.place(placed.data_root) == (EPOCH, QUORUM)


def test_final_that_only_the_disperser_knows_of_is_found_out(quarter: Quarter) -> None:
    placed = quarter.da.put(fresh("not final"), wait=Wait.ACCEPTED)
    blob = quarter.carry(quarter.house.store.get(placed.request_id), *TO_CONFIRMED)
    quarter.house.store.move(blob, blob.finalized(), 12.0)
    impatient = Da(SITE, quarter.disperser, quarter.notary, quarter.town, quarter.placed, lag_s=0.1)
    with pytest.raises(DisperserLies):
        impatient.wait(placed.request_id, Wait.FINALIZED)
    assert impatient.wait(placed.request_id, Wait.CONFIRMED).status is Status.FINALIZED


def test_root_of_other_data_is_found_out(quarter: Quarter) -> None:
    placed = quarter.da.put(fresh("mine"), wait=Wait.ACCEPTED)
    blob = quarter.house.store.get(placed.request_id)
    other = quarter.serve(fresh("other"))
    quarter.notary.known.add((other, EPOCH, QUORUM))
    for after in (
        blob.encoded(b"c" * 80, other, SMALL.rows),
        blob.encoded(b"c" * 80, other, SMALL.rows).uploaded(WHERE),
    ):
        blob = quarter.house.store.move(blob, after, 12.0)
    quarter.house.store.move(blob, blob.confirmed(b"t" * 32, 95), 12.0)
    with pytest.raises(DisperserLies) as caught:
        quarter.da.wait(placed.request_id)
    assert not worth_again(caught.value)


def test_certificate_that_the_contract_does_not_hold_is_found_out(quarter: Quarter) -> None:
    impatient = Da(SITE, quarter.disperser, quarter.notary, quarter.town, quarter.placed, lag_s=0.1)
    data = fresh("no certificate")
    root = encode(data, SMALL).commitment.data_root(CHAIN_ID, ENTRANCE)
    placed = quarter.da.put(data, wait=Wait.ACCEPTED)
    quarter.carry(quarter.house.store.get(placed.request_id), *TO_CONFIRMED)
    quarter.notary.known.discard((root, EPOCH, QUORUM))
    with pytest.raises(DisperserLies):
        impatient.wait(placed.request_id)
    quarter.notary.known.add((root, EPOCH, QUORUM))
    assert impatient.wait(placed.request_id).data_root == root


def test_policy_that_the_disperser_passed_over_is_found_out(quarter: Quarter) -> None:
    impatient = Da(SITE, quarter.disperser, quarter.notary, quarter.town, quarter.placed, lag_s=0.1)
    placed = impatient.put(fresh("anywhere"), policy=POLICY + 1, wait=Wait.ACCEPTED)
    quarter.carry(quarter.house.store.get(placed.request_id), *TO_CONFIRMED)
    with pytest.raises(DisperserLies):
        impatient.wait(placed.request_id)
    placed = impatient.put(fresh("there"), policy=POLICY, wait=Wait.ACCEPTED)
    quarter.carry(quarter.house.store.get(placed.request_id), *TO_CONFIRMED)
    assert impatient.wait(placed.request_id).policy == POLICY
    for number in (-1, 2**31):
        with pytest.raises(BadPolicyNumber):
            impatient.put(b"x", policy=number)


def test_policy_reaches_the_disperser_as_32_bytes(quarter: Quarter) -> None:
    placed = quarter.da.put(fresh("policy"), policy=POLICY, wait="accepted")
    assert quarter.house.store.get(placed.request_id).policy == POLICY.to_bytes(32)
    plain = quarter.da.put(fresh("no policy"), wait="accepted")
    assert quarter.house.store.get(plain.request_id).policy == b""


def test_failed_blob_is_named_with_its_reason(quarter: Quarter) -> None:
    placed = quarter.da.put(fresh("fails"), wait=Wait.ACCEPTED)
    quarter.carry(quarter.house.store.get(placed.request_id), Stage.FAILED)
    with pytest.raises(BlobFailed, match="the fee was too low") as caught:
        quarter.da.wait(placed.request_id)
    assert not worth_again(caught.value)
    assert quarter.da.status(placed.request_id).error == "the fee was too low"


def test_too_few_signatures_are_named_with_the_numbers(quarter: Quarter) -> None:
    placed = quarter.da.put(fresh("unsigned"), wait=Wait.ACCEPTED)
    blob = quarter.house.store.get(placed.request_id)
    quarter.carry(blob, Stage.ENCODED, Stage.UPLOADED, Stage.INSUFFICIENT)
    with pytest.raises(NotEnoughSigned, match="5 of 12 rows were signed, a certificate takes 8"):
        quarter.da.wait(placed.request_id)


def test_refusals_say_whether_to_try_again(quarter: Quarter) -> None:
    with pytest.raises(BadBlobSize):
        quarter.da.put(b"")
    with pytest.raises(BadBlobSize):
        quarter.da.put(bytes(SMALL.max_length + 1))
    with pytest.raises(DisperserRefused) as refused:
        quarter.disperser.disperse(b"")
    assert not worth_again(refused.value)
    unknown = "0" * 64 + "-" + "0" * 100
    with pytest.raises(NoSuchRequest):
        quarter.da.status(unknown)
    with pytest.raises(DisperserRefused):
        quarter.da.status("é no id")
    with pytest.raises(DisperserUnreachable) as away:
        Disperser("127.0.0.1:1").disperse(b"x")
    assert worth_again(away.value)
    with pytest.raises(NotOurRequest):
        quarter.da.wait(unknown)
    with pytest.raises(NotPlaced):
        quarter.da.get(bytes(32))
    with pytest.raises(HalfAPlace):
        quarter.da.get(bytes(32), epoch=EPOCH)


def test_full_disperser_is_busy_and_not_at_fault(quarter: Quarter) -> None:
    room = INTAKE_BYTES - quarter.house.store.pending_bytes()
    for number in range(room // LEAST_BYTES):
        quarter.disperser.disperse(bytes([number]))
    with pytest.raises(DisperserBusy) as busy:
        quarter.disperser.disperse(bytes(SMALL.max_length))
    assert worth_again(busy.value)
    for blob in quarter.house.store.at(Stage.ACCEPTED):
        quarter.house.store.move(blob, blob.failed("made room"), 13.0)


def test_placed_blobs_of_another_network_are_not_seen(quarter: Quarter) -> None:
    other = PlacedBlobs(quarter.placed_path, replace(SITE, chain_id=5).name)
    row = Placed("a-b", b"r" * 32, 3, Status.CONFIRMED, 4, 2, b"", 12, 12, POLICY)
    other.keep(row)
    assert other.rows() == [row]
    assert quarter.placed.of_root(b"r" * 32) is None
    assert other.of_request("a-b") == row
    other.keep(replace(row, epoch=9))
    assert other.of_root(b"r" * 32) == replace(row, epoch=9)


class Liar:
    """A disperser that answers what it likes."""

    def __init__(self, reply: DisperseBlobReply, status: BlobStatusReply) -> None:
        methods = [
            DISPERSE_BLOB.served(lambda _request, _context: reply),
            GET_BLOB_STATUS.served(lambda _request, _context: status),
        ]
        self.server = Server([Service(DISPERSER, methods)], MIB)
        self.client = Disperser(f"grpc://127.0.0.1:{self.server.start('127.0.0.1', 0)}")


@pytest.mark.parametrize("name", [b"", b"\x1b[2J", b"\xff-\xff", b"a" * 600])
def test_id_that_is_none_is_a_lie(name: bytes) -> None:
    liar = Liar(DisperseBlobReply(request_id=name), BlobStatusReply())
    with pytest.raises(DisperserLies):
        liar.client.disperse(b"x")
    liar.server.stop(0)


@pytest.mark.parametrize(
    "header",
    [
        BlobHeader(storage_root=b"short", epoch=1),
        BlobHeader(storage_root=bytes(32), epoch=2**63),
        BlobHeader(storage_root=bytes(32), quorum_id=2**64 - 1),
        BlobHeader(storage_root=bytes(32), confirmation_tx=b"x"),
    ],
)
def test_header_that_can_be_none_is_a_lie(header: BlobHeader) -> None:
    status = BlobStatusReply(status=BlobStatus.CONFIRMED, info=BlobInfo(blob_header=header))
    liar = Liar(DisperseBlobReply(), status)
    with pytest.raises(DisperserLies):
        liar.client.status("a-b")
    liar.server.stop(0)


def test_text_of_a_disperser_moves_no_cursor() -> None:
    status = BlobStatusReply(status=BlobStatus.FAILED, error="\x1b[2J\n" + "long " * 1000)
    liar = Liar(DisperseBlobReply(), status)
    shown = liar.client.status("a-b").error
    assert shown.startswith("?[2J long long")
    assert len(shown) == 301
    liar.server.stop(0)
    unknown = BlobStatusReply(info=BlobInfo())
    liar = Liar(DisperseBlobReply(), unknown)
    assert liar.client.status("a-b").status is Status.UNKNOWN
    liar.server.stop(0)
