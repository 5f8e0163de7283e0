"""Signer, encoder, health and reflection over real sockets, and noise on every method."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from threading import Thread

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL
from tests.support.da_grpc import BLOB, WAIT, House, check_error, order
from zerog.crypto.bn254 import decode_signature, verify
from zerog.da.codec import Encoded, Reader, encode
from zerog.da.grpcserver import CallRefused, PortTaken, Server
from zerog.da.messages import availability
from zerog.da.proto import disperser_pb2, encoder_pb2, signer_pb2
from zerog.da.rpcs import (
    BATCH_RETRIEVE,
    BATCH_SIGN,
    COLLECT_BLOB,
    DISPERSER,
    ENCODE_BLOB,
    GET_BLOB_STATUS,
    GET_STATUS,
    MIB,
    RETRIEVE_BLOB,
    SIGNER,
)
from zerog.da.signer_api import EncoderApi
from zerog.da.wire import RowsAsked, from_slices

pytestmark = pytest.mark.daemons

ROUNDS = 20_000 if os.environ.get("ZEROG_SOAK") else 200
"""Of noise on seven methods each."""


@pytest.fixture(scope="module", name="house")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Served until the module ends."""
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.channel.close()
    house.server.stop(0)


@pytest.fixture(scope="module", name="encoded")
def encoded_blob() -> Encoded:
    """The blob in 12 rows."""
    return encode(BLOB, SMALL)


def test_signed_rows_come_back_to_a_reader(house: House, encoded: Encoded) -> None:
    request = signer_pb2.BatchSignRequest(requests=[order(encoded, 1, 5, 9)])
    (signature,) = BATCH_SIGN.call(house.channel, request, WAIT).signatures
    root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
    roots = encoded.commitment.row_root, encoded.commitment.rlc_root
    verify(availability(root, 7, 2, *roots), decode_signature(signature), house.desk.key.public_g2)
    asked = signer_pb2.RetrieveRequest(storage_root=root, row_indexes=[9, 1, 9])
    reply = BATCH_RETRIEVE.call(
        house.channel, signer_pb2.BatchRetrieveRequest(requests=[asked]), WAIT
    )
    rows = from_slices(
        reply.encoded_slice[0], RowsAsked(7, 2, root, (1, 9)), CHAIN_ID, ENTRANCE, SMALL
    )
    reader = Reader(rows.commitment, SMALL)
    assert reader.add_all(rows.rows) == SMALL.k - 2


def test_one_wrong_request_of_a_batch_signs_nothing(house: House, encoded: Encoded) -> None:
    other = encode(b"another blob", SMALL)
    for wrong, text in (
        (order(other, 1, 5), "not the signer's own rows"),
        (order(other, 5, 1, 9), "comes after"),
        (signer_pb2.SignRequest(), "header"),
    ):
        request = signer_pb2.BatchSignRequest(requests=[order(other, 1, 5, 9), wrong])
        with pytest.raises(grpc.RpcError) as caught:
            BATCH_SIGN.call(house.channel, request, WAIT)
        check_error(caught.value, grpc.StatusCode.INVALID_ARGUMENT, text)
    asked = signer_pb2.RetrieveRequest(
        storage_root=other.commitment.data_root(CHAIN_ID, ENTRANCE), row_indexes=[1]
    )
    with pytest.raises(grpc.RpcError) as caught:
        BATCH_RETRIEVE.call(house.channel, signer_pb2.BatchRetrieveRequest(requests=[asked]), WAIT)
    check_error(caught.value, grpc.StatusCode.NOT_FOUND, "blob not found")


def test_signer_with_all_seats_taken_sends_away(house: House, encoded: Encoded) -> None:
    house.desk.entered.clear()
    house.desk.leave.clear()
    request = signer_pb2.BatchSignRequest(requests=[order(encoded, 1, 5, 9)])
    first = Thread(target=BATCH_SIGN.call, args=(house.channel, request, WAIT))
    first.start()
    assert house.desk.entered.wait(WAIT)
    with pytest.raises(grpc.RpcError) as caught:
        BATCH_SIGN.call(house.channel, request, WAIT)
    house.desk.leave.set()
    first.join(WAIT)
    check_error(caught.value, grpc.StatusCode.RESOURCE_EXHAUSTED, "request pool is full")
    BATCH_SIGN.call(house.channel, request, WAIT)


def test_small_request_for_more_rows_than_a_blob_has_is_refused(house: House) -> None:
    some = signer_pb2.RetrieveRequest(storage_root=bytes(32), row_indexes=range(SMALL.rows))
    none = signer_pb2.RetrieveRequest(storage_root=bytes(32))
    for many in ([some, some], [none] * (SMALL.rows + 1)):
        request = signer_pb2.BatchRetrieveRequest(requests=many)
        with pytest.raises(grpc.RpcError) as caught:
            BATCH_RETRIEVE.call(house.channel, request, WAIT)
        check_error(caught.value, grpc.StatusCode.INVALID_ARGUMENT, "rows in one call")


def test_encoder_with_all_seats_taken_sends_away(encoded: Encoded) -> None:
    full = EncoderApi(CHAIN_ID, ENTRANCE, SMALL, at_once=0)
    with pytest.raises(CallRefused, match="request pool is full"):
        full.encode(encoder_pb2.EncodeBlobRequest(data=BLOB))
    one = EncoderApi(CHAIN_ID, ENTRANCE, SMALL, at_once=1)
    for _ in range(2):
        assert one.encode(encoder_pb2.EncodeBlobRequest(data=BLOB)).combinations == encoded.values


def test_signer_status_names_the_contract(house: House) -> None:
    reply = GET_STATUS.call(house.channel, signer_pb2.Empty(), WAIT)
    assert (reply.status_code, reply.entrance_contract) == (200, ENTRANCE.hex())


def test_encoder_gives_what_the_codec_gives(house: House, encoded: Encoded) -> None:
    request = encoder_pb2.EncodeBlobRequest(data=BLOB, require_data=True)
    reply = ENCODE_BLOB.call(house.channel, request, WAIT)
    assert reply.storage_root == encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
    assert reply.encoded_data == b"".join(encoded.rows)
    assert len(reply.encoded_slice) == SMALL.rows
    assert reply.combinations == encoded.values


def test_health_and_reflection_name_the_services(house: House) -> None:
    stub = health_pb2_grpc.HealthStub(house.channel)
    for name in ("", DISPERSER, SIGNER):
        reply = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=WAIT)
        assert reply.status == health_pb2.HealthCheckResponse.SERVING
    asked = reflection_pb2.ServerReflectionRequest(file_containing_symbol=DISPERSER)
    mirror = reflection_pb2_grpc.ServerReflectionStub(house.channel)
    (reply,) = mirror.ServerReflectionInfo(iter([asked]), timeout=WAIT)
    (encoded,) = reply.file_descriptor_response.file_descriptor_proto
    file = descriptor_pb2.FileDescriptorProto.FromString(encoded)
    assert [method.name for method in file.service[0].method] == [
        "DisperseBlob",
        "GetBlobStatus",
        "RetrieveBlob",
    ]


def test_message_above_the_limit_is_refused_by_the_transport(house: House) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        house.disperse(bytes(5 * MIB))
    check_error(caught.value, grpc.StatusCode.RESOURCE_EXHAUSTED, "message larger than max")


def test_port_in_use_is_named(house: House) -> None:
    with pytest.raises(PortTaken):
        Server([], MIB).start("127.0.0.1", house.port)


def test_noise_on_every_method_is_answered_and_serves_on(house: House, encoded: Encoded) -> None:
    dice = random.Random(7)
    request = signer_pb2.BatchSignRequest(requests=[order(encoded, 1, 5, 9)])
    seeds = {
        BATCH_SIGN.path: request.SerializeToString(),
        BATCH_RETRIEVE.path: b"\n\x28\x1a\x20" + bytes(32) + b"\x22\x02\x01\x05",
        GET_BLOB_STATUS.path: b"\n\x43" + b"0" * 64 + b"-00",
        RETRIEVE_BLOB.path: b"\n\x20" + bytes(32),
        COLLECT_BLOB.path: b"\n\x20" + bytes(32),
        ENCODE_BLOB.path: b"\n\x03abc",
        GET_STATUS.path: b"",
    }
    calls: dict[str, grpc.UnaryUnaryMultiCallable[bytes, bytes]]
    calls = {path: house.channel.unary_unary(path) for path in seeds}
    codes = set()
    for _ in range(ROUNDS):
        waiting = []
        for path, seed in seeds.items():
            noise = bytearray(seed or b"\0")
            for _ in range(dice.randrange(1, 5)):
                noise[dice.randrange(len(noise))] = dice.randrange(256)
            waiting.append(calls[path].future(bytes(noise), timeout=WAIT))
        codes |= {answer.code() for answer in waiting}
    assert grpc.StatusCode.DEADLINE_EXCEEDED not in codes
    assert grpc.StatusCode.UNAVAILABLE not in codes
    assert house.status(house.disperse()).status == disperser_pb2.PROCESSING
    (good,) = BATCH_SIGN.call(house.channel, request, WAIT).signatures
    assert len(good) == 64
