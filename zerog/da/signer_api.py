"""The gRPC faces of a signer, an encoder and a retriever.

0gfoundation/0g-da-node: grpc/src; 0glabs/0g-da-encoder; 0glabs/0g-da-retriever.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

import grpc

from zerog.crypto.bn254 import G1, encode_signature
from zerog.da.disperser_api import Collector
from zerog.da.encoding import encode
from zerog.da.grpcserver import CallRefused, Service, guarded
from zerog.da.params import FULL, Profile
from zerog.da.proto.encoder_pb2 import EncodeBlobReply, EncodeBlobRequest
from zerog.da.proto.retriever_pb2 import BlobReply, BlobRequest
from zerog.da.proto.signer_pb2 import (
    BatchRetrieveReply,
    BatchRetrieveRequest,
    BatchSignReply,
    BatchSignRequest,
    Empty,
    StatusReply,
)
from zerog.da.rpcs import (
    BATCH_RETRIEVE,
    BATCH_SIGN,
    COLLECT_BLOB,
    ENCODE_BLOB,
    ENCODER,
    GET_STATUS,
    RETRIEVER,
    SIGNER,
)
from zerog.da.wire import (
    RowsAsked,
    RowsGiven,
    SignOrder,
    data_root,
    encode_reply,
    from_retrieve_request,
    from_sign_request,
    to_slices,
)

SERVING: Final = 200
AT_ONCE: Final = 10
"""Sign requests in work at once, as 0G's node has them (max_ongoing_sign_request)."""


class SignerDesk(Protocol):
    """The signer behind the face."""

    def sign(self, orders: Sequence[SignOrder]) -> Sequence[G1]:
        """Check, keep and sign each blob's rows: all orders or none; raises ZerogError."""
        ...

    def rows(self, asked: RowsAsked) -> RowsGiven:
        """Rows that it keeps; raises NotFound when it lacks one of them."""
        ...


class SignerApi:
    """What the three methods of a signer do."""

    def __init__(
        self, desk: SignerDesk, entrance: bytes, profile: Profile = FULL, at_once: int = AT_ONCE
    ) -> None:
        """entrance: the 20 bytes of DAEntrance; at_once: more sign requests are sent away."""
        self._desk, self._entrance, self._profile = desk, entrance, profile
        self._seats = threading.Semaphore(at_once)

    def service(self) -> Service:
        """What a server registers."""
        return Service(
            SIGNER,
            [
                BATCH_SIGN.served(guarded(self.sign)),
                BATCH_RETRIEVE.served(guarded(self.retrieve)),
                GET_STATUS.served(guarded(self.status)),
            ],
        )

    def sign(self, request: BatchSignRequest) -> BatchSignReply:
        """A signature for each request of the batch, or an error and none."""
        with self._seat():
            orders = [from_sign_request(part, self._profile) for part in request.requests]
            return BatchSignReply(
                signatures=[encode_signature(made) for made in self._desk.sign(orders)]
            )

    def retrieve(self, request: BatchRetrieveRequest) -> BatchRetrieveReply:
        """The rows asked for, of each blob."""
        asked = [from_retrieve_request(part, self._profile) for part in request.requests]
        return BatchRetrieveReply(encoded_slice=[to_slices(self._desk.rows(one)) for one in asked])

    def status(self, _request: Empty) -> StatusReply:
        """That it serves, and for which contract."""
        return StatusReply(status_code=SERVING, entrance_contract=self._entrance.hex())

    @contextmanager
    def _seat(self) -> Iterator[None]:
        if not self._seats.acquire(blocking=False):
            raise CallRefused(grpc.StatusCode.RESOURCE_EXHAUSTED, "request pool is full")
        try:
            yield
        finally:
            self._seats.release()


class EncoderApi:
    """Encodes for whoever asks; keeps nothing."""

    def __init__(self, chain_id: int, entrance: bytes, profile: Profile = FULL) -> None:
        """What data roots bind. entrance: the 20 bytes of DAEntrance."""
        self._chain_id, self._entrance, self._profile = chain_id, entrance, profile

    def service(self) -> Service:
        """What a server registers."""
        return Service(ENCODER, [ENCODE_BLOB.served(guarded(self.encode))])

    def encode(self, request: EncodeBlobRequest) -> EncodeBlobReply:
        """Rows and commitment; raises BadBlobSize."""
        encoded = encode(request.data, self._profile)
        root = encoded.commitment.data_root(self._chain_id, self._entrance)
        data = b"".join(encoded.rows) if request.require_data else b""
        rows = map(encoded.row_proof, range(self._profile.rows))
        return encode_reply(encoded.commitment, encoded.values, rows, root, data)


class RetrieverApi:
    """Collects blobs for whoever asks."""

    def __init__(self, collector: Collector) -> None:
        """collector: what asks the signers and verifies."""
        self._collector = collector

    def service(self) -> Service:
        """What a server registers."""
        return Service(RETRIEVER, [COLLECT_BLOB.served(guarded(self.retrieve))])

    def retrieve(self, request: BlobRequest) -> BlobReply:
        """The blob, verified; raises BadMessage and what the collector does."""
        root = data_root(request.storage_root)
        found = self._collector.collect(root, request.epoch, request.quorum_id)
        return BlobReply(data=bytes(found))
