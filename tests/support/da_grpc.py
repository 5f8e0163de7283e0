"""All gRPC services of data availability on one port, over a vault and a signer in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Event

import grpc
import pytest

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL
from tests.support.patience import PATIENCE_SECONDS
from zerog.crypto.bn254 import G1, SecretKey
from zerog.da.blobs import BlobStore
from zerog.da.codec import Encoded, Inspection, encode
from zerog.da.disperser.bytestore import BLOB as BLOB_KIND
from zerog.da.disperser.bytestore import ByteStore
from zerog.da.disperser_api import DisperserApi
from zerog.da.errors import BadEncoding
from zerog.da.grpcserver import Server
from zerog.da.intake import Intake
from zerog.da.messages import availability
from zerog.da.proto import disperser_pb2, signer_pb2
from zerog.da.ratelimit import RateLimit
from zerog.da.rpcs import (
    DISPERSE_BLOB,
    GET_BLOB_STATUS,
    MIB,
    channel,
)
from zerog.da.signer_api import EncoderApi, RetrieverApi, SignerApi
from zerog.da.status import Assignment, Blob
from zerog.da.wire import RowsAsked, RowsGiven, SignOrder, to_sign_request
from zerog.errors import NotFound

WAIT = PATIENCE_SECONDS
INTAKE_BYTES = 64 * MIB
BLOB = b"what must stay available " * 300
WHERE = Assignment(epoch=7, quorum_id=2, block=90, tx=b"\x01" * 32)


class Vault:
    """Blobs by root, as the signers would give them back."""

    def __init__(self) -> None:
        self.blobs: dict[bytes, bytes] = {}
        self.bad = b""

    def collect(self, data_root: bytes, epoch: int, quorum_id: int) -> bytes:
        """The blob of a root, epoch 7 and quorum 2."""
        if data_root == self.bad:
            raise BadEncoding(data_root, "its rows are no code word")
        if data_root not in self.blobs or (epoch, quorum_id) != (7, 2):
            raise NotFound("no such blob")
        return self.blobs[data_root]


class Desk:
    """A signer of some rows, in memory."""

    def __init__(self, own: Sequence[int]) -> None:
        self.key, self.own = SecretKey(12345), own
        self.kept: dict[bytes, SignOrder] = {}
        self.entered, self.leave = Event(), Event()
        self.leave.set()

    def sign(self, orders: Sequence[SignOrder]) -> list[G1]:
        """As SignerDesk."""
        self.entered.set()
        assert self.leave.wait(WAIT)
        digests = []
        for order in orders:
            order.commitment.require(order.data_root, CHAIN_ID, ENTRANCE)
            Inspection(order.commitment, order.values, SMALL).check(order.rows, self.own)
            roots = order.commitment.row_root, order.commitment.rlc_root
            digests.append(availability(order.data_root, order.epoch, order.quorum_id, *roots))
        self.kept |= {order.data_root: order for order in orders}
        return [self.key.sign(digest) for digest in digests]

    def rows(self, asked: RowsAsked) -> RowsGiven:
        """As SignerDesk."""
        order = self.kept.get(asked.data_root)
        found = [] if order is None else [r for r in order.rows if r.index in asked.indices]
        if order is None or len(found) != len(asked.indices):
            raise NotFound("blob not found")
        return RowsGiven(order.commitment, found)


class House:
    """All four services on one port, and what is behind them."""

    def __init__(self, folder: Path, intake_bytes: int = INTAKE_BYTES) -> None:
        self.store = BlobStore(folder / "blobs.db")
        self.files = ByteStore(folder / "bytes")
        self.woken = 0
        self.vault, self.desk = Vault(), Desk([1, 5, 9])
        self.intake = Intake(self.store, self.files, self._wake, SMALL, limit=intake_bytes)
        api = DisperserApi(
            self.intake,
            self.store,
            self.files,
            self.vault,
            writes=RateLimit(10_000, "request ratelimited"),
            reads=RateLimit(10_000, "request rate limited"),
        )
        signer = SignerApi(self.desk, ENTRANCE, SMALL, at_once=1)
        encoder, retriever = EncoderApi(CHAIN_ID, ENTRANCE, SMALL), RetrieverApi(self.vault)
        parts = [api.service(), signer.service(), encoder.service(), retriever.service()]
        self.server = Server(parts, 4 * MIB)
        self.port = self.server.start("127.0.0.1", 0)
        self.channel = channel(f"127.0.0.1:{self.port}")

    def _wake(self, _request_id: str) -> None:
        self.woken += 1

    def disperse(self, data: bytes = BLOB, policy: bytes = b"") -> bytes:
        """Put a blob in; the request's id."""
        request = disperser_pb2.DisperseBlobRequest(data=data, policy=policy)
        return DISPERSE_BLOB.call(self.channel, request, WAIT).request_id

    def status(self, request_id: bytes) -> disperser_pb2.BlobStatusReply:
        """What became of it."""
        request = disperser_pb2.BlobStatusRequest(request_id=request_id)
        return GET_BLOB_STATUS.call(self.channel, request, WAIT)

    def refused(self, code: grpc.StatusCode, text: str, **fields: object) -> None:
        """A request for a status or a blob that must fail."""
        with pytest.raises(grpc.RpcError) as caught:
            self.disperse(**fields)  # type: ignore[arg-type]
        check_error(caught.value, code, text)


def check_error(error: grpc.RpcError, code: grpc.StatusCode, text: str) -> None:
    """Code and part of the text of what a client caught."""
    assert isinstance(error, grpc.Call)
    assert error.code() is code, error.details()
    assert text in (error.details() or "")


def moved(house: House, request_id: bytes, *steps: str) -> Blob:
    """Bring a row further, as the workers do."""
    blob = house.store.get(request_id.decode())
    commitment = encode(house.files.get(f"{BLOB_KIND}/{blob.request_id}"), SMALL).commitment
    root = commitment.data_root(CHAIN_ID, ENTRANCE)
    ways = {
        "encoded": lambda b: b.encoded(b"c" * 80, root, SMALL.rows),
        "uploaded": lambda b: b.uploaded(WHERE),
        "signed": lambda b: b.signed(9),
        "confirmed": lambda b: b.confirmed(b"t" * 32, 95),
        "finalized": lambda b: b.finalized(),
        "failed": lambda b: b.failed("the fee was too low"),
        "insufficient": lambda b: b.again("9 of 16 rows", 0, unsigned=True, signed_rows=9),
    }
    for step in steps:
        blob = house.store.move(blob, ways[step](blob), 11.0)
    return blob


def order(encoded: Encoded, *indices: int) -> signer_pb2.SignRequest:
    """What a signer of some rows is sent."""
    root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
    rows = [encoded.row_proof(index) for index in indices]
    return to_sign_request(SignOrder(7, 2, root, encoded.commitment, encoded.values, rows))
