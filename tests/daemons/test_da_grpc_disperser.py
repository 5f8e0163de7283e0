"""The disperser over real sockets: every status, both tag sets, limits and published texts."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from tests.support.da import SMALL
from tests.support.da_grpc import BLOB, WAIT, House, check_error, moved
from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import ByteStore
from zerog.da.disperser_api import DisperserApi
from zerog.da.grpcserver import Server
from zerog.da.intake import Intake
from zerog.da.proto import disperser_pb2, retriever_pb2
from zerog.da.ratelimit import RateLimit
from zerog.da.rpcs import (
    COLLECT_BLOB,
    DISPERSE_BLOB,
    GET_BLOB_STATUS,
    MIB,
    RETRIEVE_BLOB,
    channel,
)

pytestmark = pytest.mark.daemons


@pytest.fixture(scope="module", name="house")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Served until the module ends."""
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.channel.close()
    house.server.stop(0)


def test_accepted_blob_is_processing_and_readable_at_once(house: House) -> None:
    before = house.woken
    request_id = house.disperse()
    assert request_id.startswith(sha256(BLOB).hexdigest().encode() + b"-")
    assert house.woken == before + 1
    reply = house.status(request_id)
    assert reply.status == disperser_pb2.PROCESSING
    assert reply.HasField("info")
    assert not reply.info.HasField("blob_header")
    blob = moved(house, request_id, "encoded")
    request = disperser_pb2.RetrieveBlobRequest(storage_root=blob.data_root, epoch=1, quorum_id=0)
    assert RETRIEVE_BLOB.call(house.channel, request, WAIT).data == BLOB


def test_same_bytes_twice_are_two_requests(house: House) -> None:
    assert house.disperse() != house.disperse()


@pytest.mark.parametrize(
    ("last", "status"), [("confirmed", disperser_pb2.CONFIRMED), ("final", disperser_pb2.FINALIZED)]
)
def test_certified_blob_shows_header_at_both_tag_sets(house: House, last: str, status: int) -> None:
    request_id = house.disperse()
    steps = ["encoded", "uploaded", "signed", "confirmed"]
    steps += ["finalized"] if last == "final" else []
    blob = moved(house, request_id, *steps)
    reply = house.status(request_id)
    header = reply.info.blob_header
    assert reply.status == status
    assert (header.storage_root, header.epoch, header.quorum_id) == (blob.data_root, 7, 2)
    assert (header.commitment, header.confirmation_tx) == (blob.commitment, b"t" * 32)
    assert nitro_header(reply) == (blob.data_root, 7, 2)
    assert (reply.signed_rows, reply.total_rows) == (9, 12)


def nitro_header(reply: disperser_pb2.BlobStatusReply) -> tuple[bytes, int, int]:
    """The same bytes as a client reads them whose stubs have the header at 4, 5 and 6."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="nitro.proto", package="nitro", syntax="proto3")
    header = file.message_type.add(name="Header")
    types = {"root": (4, kinds.TYPE_BYTES), "epoch": (5, 4), "quorum": (6, kinds.TYPE_UINT64)}
    for name, (number, kind) in types.items():
        header.field.add(name=name, number=number, type=kind, label=kinds.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made = message_factory.GetMessageClass(pool.FindMessageTypeByName("nitro.Header"))
    seen = made.FromString(reply.info.blob_header.SerializeToString())
    return tuple(getattr(seen, name) for name in types)


@pytest.mark.parametrize(
    ("step", "status", "error"),
    [
        ("failed", disperser_pb2.FAILED, "the fee was too low"),
        ("insufficient", disperser_pb2.INSUFFICIENT_SIGNATURES, "9 of 16 rows"),
    ],
)
def test_lost_blob_keeps_status_and_reason(
    house: House, step: str, status: int, error: str
) -> None:
    request_id = house.disperse()
    moved(house, request_id, "encoded", "uploaded", step)
    reply = house.status(request_id)
    assert (reply.status, reply.error) == (status, error)
    assert not reply.info.HasField("blob_header")


def test_blobs_of_wrong_size_and_bad_policies_refused_with_published_texts(house: House) -> None:
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    house.refused(invalid, "blob size must be greater than 0", data=b"")
    house.refused(invalid, "blob size cannot exceed", data=bytes(SMALL.max_length + 1))
    house.refused(invalid, "32 bytes", policy=b"short")
    request_id = house.disperse(policy=b"p" * 32)
    assert house.store.get(request_id.decode()).policy == b"p" * 32
    request_id = house.disperse(policy=bytes(32))
    assert house.store.get(request_id.decode()).policy == b"", "0 is no policy"


def test_unknown_or_malformed_request_ids_refused_with_published_texts(house: House) -> None:
    unknown = ("0" * 64 + "-00").encode()
    for request_id, code, text in (
        (b"", grpc.StatusCode.INVALID_ARGUMENT, "request_id must not be empty"),
        (b"../../etc", grpc.StatusCode.INVALID_ARGUMENT, "invalid metadata key"),
        (unknown, grpc.StatusCode.NOT_FOUND, "failed to retrieve blob status"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            house.status(request_id)
        check_error(caught.value, code, text)


def test_blob_of_others_comes_from_the_signers_or_is_named(house: House) -> None:
    root = b"\x77" * 32
    house.vault.blobs[root], house.vault.bad = b"from afar", b"\x66" * 32
    request = disperser_pb2.RetrieveBlobRequest(storage_root=root, epoch=7, quorum_id=2)
    assert RETRIEVE_BLOB.call(house.channel, request, WAIT).data == b"from afar"
    other = retriever_pb2.BlobRequest(storage_root=root, epoch=7, quorum_id=2)
    assert COLLECT_BLOB.call(house.channel, other, WAIT).data == b"from afar"
    for wrong, code, text in (
        (b"\x55" * 32, grpc.StatusCode.NOT_FOUND, "no such blob"),
        (b"\x66" * 32, grpc.StatusCode.DATA_LOSS, "BAD_ENCODING"),
        (b"\x77", grpc.StatusCode.INVALID_ARGUMENT, "StorageRoot len is not accepted"),
    ):
        request.storage_root = wrong
        with pytest.raises(grpc.RpcError) as caught:
            RETRIEVE_BLOB.call(house.channel, request, WAIT)
        check_error(caught.value, code, text)


def test_damaged_bytes_are_not_given_out_the_signers_are_asked(house: House) -> None:
    data = b"what the disk forgets " * 40
    sent = house.disperse(data)
    root = moved(house, sent, "encoded", "uploaded", "signed", "confirmed").data_root
    request = disperser_pb2.RetrieveBlobRequest(storage_root=root, epoch=7, quorum_id=2)
    assert RETRIEVE_BLOB.call(house.channel, request, WAIT).data == data
    house.files.put(f"blob/{sent.decode()}", b"W" + data[1:])
    with pytest.raises(grpc.RpcError) as caught:
        RETRIEVE_BLOB.call(house.channel, request, WAIT)
    check_error(caught.value, grpc.StatusCode.NOT_FOUND, "no such blob")
    house.vault.blobs[root] = data
    assert RETRIEVE_BLOB.call(house.channel, request, WAIT).data == data


def test_disk_that_fails_is_try_again_and_tells_nothing_of_itself(tmp_path: Path) -> None:
    broken = House(tmp_path)
    broken.files.begin("0f")
    (tmp_path / "bytes" / "blob").rmdir()
    (tmp_path / "bytes" / "blob").write_bytes(b"no folder")
    with pytest.raises(grpc.RpcError) as caught:
        broken.disperse()
    check_error(caught.value, grpc.StatusCode.UNAVAILABLE, "cannot do that just now")
    assert isinstance(caught.value, grpc.Call)
    assert str(tmp_path) not in (caught.value.details() or "")
    broken.channel.close()
    broken.server.stop(0)


def test_full_intake_says_try_again(tmp_path: Path, house: House) -> None:
    store, files = BlobStore(tmp_path / "b.db"), ByteStore(tmp_path / "bytes")
    full = Intake(store, files, lambda _: None, SMALL, limit=len(BLOB))
    server = Server([DisperserApi(full, store, files, house.vault).service()], MIB)
    with channel(f"127.0.0.1:{server.start('127.0.0.1', 0)}") as here:
        request = disperser_pb2.DisperseBlobRequest(data=BLOB)
        DISPERSE_BLOB.call(here, request, WAIT)
        with pytest.raises(grpc.RpcError) as caught:
            DISPERSE_BLOB.call(here, request, WAIT)
        check_error(caught.value, grpc.StatusCode.RESOURCE_EXHAUSTED, "on their way")
    server.stop(0)


def test_client_that_asks_too_often_is_limited_apart_for_reads_and_writes(
    tmp_path: Path, house: House
) -> None:
    store, files = BlobStore(tmp_path / "b.db"), ByteStore(tmp_path / "bytes")
    intake = Intake(store, files, lambda _: None, SMALL)
    api = DisperserApi(
        intake, store, files, house.vault, writes=RateLimit(1, "request ratelimited")
    )
    server = Server([api.service()], MIB)
    with channel(f"127.0.0.1:{server.start('127.0.0.1', 0)}") as here:
        request = disperser_pb2.DisperseBlobRequest(data=b"one")
        made = DISPERSE_BLOB.call(here, request, WAIT)
        with pytest.raises(grpc.RpcError) as caught:
            DISPERSE_BLOB.call(here, request, WAIT)
        check_error(caught.value, grpc.StatusCode.RESOURCE_EXHAUSTED, "request ratelimited")
        query = disperser_pb2.BlobStatusRequest(request_id=made.request_id)
        assert GET_BLOB_STATUS.call(here, query, WAIT).status == disperser_pb2.PROCESSING
    server.stop(0)
