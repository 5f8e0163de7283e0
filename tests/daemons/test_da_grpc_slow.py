"""Clients that send no message, or read no reply: others are served all the same."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support.da import ENTRANCE, SMALL
from tests.support.da_grpc import WAIT, Desk, Vault, check_error
from tests.support.stack import wait_for
from zerog.da.grpcserver import Server
from zerog.da.proto.retriever_pb2 import BlobRequest
from zerog.da.proto.signer_pb2 import BatchRetrieveRequest, RetrieveRequest
from zerog.da.rpcs import BATCH_RETRIEVE, COLLECT_BLOB, GET_STATUS, MIB, channel
from zerog.da.signer_api import RetrieverApi, SignerApi

pytestmark = pytest.mark.daemons

THREADS = 2


def test_senders_of_no_message_are_cut_off_and_health_answers_again() -> None:
    server = Server([], MIB, THREADS, age_s=0.3, slowest_s=0.2)
    target = f"127.0.0.1:{server.start('127.0.0.1', 0)}"
    idle, lines = Event(), [channel(target) for _ in range(THREADS)]

    def nothing() -> Iterator[bytes]:
        assert idle.wait(2 * WAIT)
        yield from ()

    checks: list[grpc.StreamUnaryMultiCallable[bytes, bytes]]
    checks = [line.stream_unary("/grpc.health.v1.Health/Check") for line in lines]
    calls = [check.future(nothing(), timeout=2 * WAIT) for check in checks]

    def healthy() -> bool:
        with channel(target) as line:
            stub = health_pb2_grpc.HealthStub(line)
            try:
                found = stub.Check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.RpcError:
                return False
            return bool(found.status == health_pb2.HealthCheckResponse.SERVING)

    wait_for(lambda: all(call.done() for call in calls), "the end of idle calls")
    wait_for(healthy, "health")
    idle.set()
    for line in lines:
        line.close()
    server.stop(0)


def test_reply_that_nobody_reads_holds_its_seat_until_the_call_ends() -> None:
    vault = Vault()
    vault.blobs[bytes(32)] = bytes(16 * MIB)
    server = Server([RetrieverApi(vault, readers=1).service()], MIB)
    target = f"127.0.0.1:{server.start('127.0.0.1', 0)}"
    request = BlobRequest(storage_root=bytes(32), epoch=7, quorum_id=2)
    with channel(target) as line, channel(target) as other:
        ask: grpc.UnaryStreamMultiCallable[bytes, bytes]
        ask = line.unary_stream(COLLECT_BLOB.path)
        unread = ask(request.SerializeToString(), timeout=WAIT)
        unread.initial_metadata()  # the reply is on its way
        with pytest.raises(grpc.RpcError) as caught:
            COLLECT_BLOB.call(other, request, WAIT)
        check_error(caught.value, grpc.StatusCode.RESOURCE_EXHAUSTED, "request pool is full")
        unread.cancel()

        def read() -> bytes:
            try:
                return COLLECT_BLOB.call(other, request, WAIT).data
            except grpc.RpcError:
                return b""

        assert len(wait_for(read, "a seat")) == 16 * MIB
    server.stop(0)


def test_rows_of_one_call_count_against_what_a_signer_sends_at_once() -> None:
    server = Server([SignerApi(Desk([]), ENTRANCE, SMALL, readers=0).service()], MIB)
    asked = RetrieveRequest(storage_root=bytes(32), row_indexes=[1])
    with channel(f"127.0.0.1:{server.start('127.0.0.1', 0)}") as line:
        with pytest.raises(grpc.RpcError) as caught:
            BATCH_RETRIEVE.call(line, BatchRetrieveRequest(requests=[asked]), WAIT)
        check_error(caught.value, grpc.StatusCode.RESOURCE_EXHAUSTED, "request pool is full")
        assert GET_STATUS.call(line, GET_STATUS.request(), WAIT).status_code == 200
    server.stop(0)
