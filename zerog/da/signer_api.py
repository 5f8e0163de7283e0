"""The gRPC faces of a signer, an encoder and a retriever.

0gfoundation/0g-da-node: grpc/src; 0glabs/0g-da-encoder; 0glabs/0g-da-retriever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from zerog.crypto.bn254 import G1, encode_signature
from zerog.da.disperser_api import READERS, Collector
from zerog.da.encoding import encode
from zerog.da.grpcserver import Seats, Service, guarded, seated
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
from zerog.errors import UsageError

SERVING: Final = 200
AT_ONCE: Final = 10
"""Sign requests in work at once, as 0G's node has them (max_ongoing_sign_request)."""
ENCODERS: Final = 2
"""Encodings in work at once: one of 31 MiB takes 330 MB while its reply is on its way."""


class SignerDesk(Protocol):
    """The signer behind the face."""

    def sign(self, orders: Sequence[SignOrder]) -> Sequence[G1]:
        """Check, keep and sign each blob's rows: all orders or none; raises ZerogError."""
        ...

    def rows(self, asked: RowsAsked) -> RowsGiven:
        """Rows that it keeps; raises NotFound when it lacks one of them."""
        ...


class TooManyRows(UsageError):
    """More rows, or blobs, in one call than a blob has rows."""

    def __init__(self, asked: int, most: int) -> None:
        self.asked, self.most = asked, most
        super().__init__(f"{asked} rows in one call, {most} may be", "ask in several calls")


class SignerApi:
    """What the three methods of a signer do."""

    def __init__(
        self,
        desk: SignerDesk,
        entrance: bytes,
        profile: Profile = FULL,
        at_once: int = AT_ONCE,
        readers: int = READERS,
    ) -> None:
        """entrance: the 20 bytes of DAEntrance; at_once: more sign requests are sent away;
        readers: and more rows than so many blobs have."""
        self._desk, self._entrance, self._profile = desk, entrance, profile
        self._seats, self._rows = Seats(at_once), Seats(readers * profile.rows)

    def service(self) -> Service:
        """What a server registers."""
        return Service(
            SIGNER,
            [
                BATCH_SIGN.served(guarded(self.sign)),
                BATCH_RETRIEVE.served(seated(self._rows, guarded(self.retrieve), self._count)),
                GET_STATUS.served(guarded(self.status)),
            ],
        )

    def sign(self, request: BatchSignRequest) -> BatchSignReply:
        """A signature for each request of the batch, or an error and none."""
        with self._seats:
            orders = [from_sign_request(part, self._profile) for part in request.requests]
            return BatchSignReply(
                signatures=[encode_signature(made) for made in self._desk.sign(orders)]
            )

    def retrieve(self, request: BatchRetrieveRequest) -> BatchRetrieveReply:
        """The rows asked for, of each blob; of all blobs together no more than one has.

        What is asked for takes a few bytes and what is given many: without a bound, one small
        request would fill the memory.
        """
        if len(request.requests) > self._profile.rows:
            raise TooManyRows(len(request.requests), self._profile.rows)
        asked = [from_retrieve_request(part, self._profile) for part in request.requests]
        if (count := sum(len(one.indices) for one in asked)) > self._profile.rows:
            raise TooManyRows(count, self._profile.rows)
        return BatchRetrieveReply(encoded_slice=[to_slices(self._desk.rows(one)) for one in asked])

    def _count(self, request: BatchRetrieveRequest) -> int:
        """A call with too many rows is refused; it takes no more seats than one with all."""
        asked = sum(len(part.row_indexes) for part in request.requests)
        return max(1, min(asked, self._profile.rows))

    def status(self, _request: Empty) -> StatusReply:
        """That it serves, and for which contract."""
        return StatusReply(status_code=SERVING, entrance_contract=self._entrance.hex())


class EncoderApi:
    """Encodes for whoever asks; keeps nothing."""

    def __init__(
        self, chain_id: int, entrance: bytes, profile: Profile = FULL, at_once: int = ENCODERS
    ) -> None:
        """What data roots bind. entrance: the 20 bytes of DAEntrance; at_once: as SignerApi."""
        self._chain_id, self._entrance, self._profile = chain_id, entrance, profile
        self._seats, self._replies = Seats(at_once), Seats(2 * at_once)

    def service(self) -> Service:
        """What a server registers."""
        handle = seated(self._replies, guarded(self.encode))
        return Service(ENCODER, [ENCODE_BLOB.served(handle)])

    def encode(self, request: EncodeBlobRequest) -> EncodeBlobReply:
        """Rows and commitment; raises BadBlobSize, CallRefused."""
        with self._seats:
            encoded = encode(request.data, self._profile)
            root = encoded.commitment.data_root(self._chain_id, self._entrance)
            data = b"".join(encoded.rows) if request.require_data else b""
            rows = map(encoded.row_proof, range(self._profile.rows))
            return encode_reply(encoded.commitment, encoded.values, rows, root, data)


class RetrieverApi:
    """Collects blobs for whoever asks."""

    def __init__(self, collector: Collector, readers: int = READERS) -> None:
        """collector: what asks the signers and verifies; readers: more are sent away."""
        self._collector, self._seats = collector, Seats(readers)

    def service(self) -> Service:
        """What a server registers."""
        handle = seated(self._seats, guarded(self.retrieve))
        return Service(RETRIEVER, [COLLECT_BLOB.served(handle)])

    def retrieve(self, request: BlobRequest) -> BlobReply:
        """The blob, verified; raises BadMessage and what the collector does."""
        root = data_root(request.storage_root)
        found = self._collector.collect(root, request.epoch, request.quorum_id)
        return BlobReply(data=bytes(found))
