"""The gRPC face of a disperser (0glabs/0g-da-client: disperser/apiserver): takes blobs, says what
became of them, and gives them back.

Errors keep 0G's texts and get codes of their own, so that clients know what to try again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final, Protocol

import grpc

from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import BLOB, BytesGone, ByteStore, StoreUnreachable
from zerog.da.disperser.storewatch import StoreAway
from zerog.da.grpcserver import CallRefused, Reply, Request, Seats, Service, guarded, seated
from zerog.da.intake import Intake, IntakeFull
from zerog.da.params import HASH
from zerog.da.proto.disperser_pb2 import (
    BlobHeader,
    BlobInfo,
    BlobStatus,
    BlobStatusReply,
    BlobStatusRequest,
    DisperseBlobReply,
    DisperseBlobRequest,
    RetrieveBlobReply,
    RetrieveBlobRequest,
)
from zerog.da.ratelimit import RateLimit, RateLimited
from zerog.da.rpcs import DISPERSE_BLOB, DISPERSER, GET_BLOB_STATUS, RETRIEVE_BLOB
from zerog.da.status import Blob, Status
from zerog.da.wire import BadMessage, parse_request_id
from zerog.types import Buffer

log = logging.getLogger(__name__)
READERS: Final = 6
"""Blobs on their way out at once, some 100 MB each for the largest."""


class Collector(Protocol):
    """Gets blobs from the signers."""

    def collect(self, data_root: bytes, epoch: int, quorum_id: int) -> Buffer:
        """The blob, verified against its root; raises ZerogError."""
        ...


class DisperserApi:
    """What the three methods do."""

    def __init__(
        self,
        intake: Intake,
        store: BlobStore,
        files: ByteStore,
        collector: Collector,
        *,
        writes: RateLimit | None = None,
        reads: RateLimit | None = None,
        readers: int = READERS,
    ) -> None:
        """collector: for blobs whose bytes are not here; writes, reads: limits of one client;
        readers: blobs that may be on their way out at once."""
        self._intake, self._store, self._files = intake, store, files
        self._collector = collector
        self._writes, self._reads = writes, reads
        self._seats = Seats(readers)

    def service(self) -> Service:
        """What a server registers."""
        return Service(
            DISPERSER,
            [
                DISPERSE_BLOB.served(self._limited(self.disperse, self._writes)),
                GET_BLOB_STATUS.served(guarded(self.status)),
                RETRIEVE_BLOB.served(
                    seated(self._seats, self._limited(self.retrieve, self._reads))
                ),
            ],
        )

    def _limited(
        self, handle: Callable[[Request], Reply], limit: RateLimit | None
    ) -> Callable[[Request, grpc.ServicerContext], Reply]:
        answer = guarded(handle)
        if limit is None:
            return answer

        def counted(request: Request, context: grpc.ServicerContext) -> Reply:
            try:
                limit.spend(client_of(context.peer()), time.monotonic())
            except RateLimited as error:
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, error.cause)
            return answer(request, context)

        return counted

    def disperse(self, request: DisperseBlobRequest) -> DisperseBlobReply:
        """Take a blob; raises what Intake.take does, and CallRefused when it is full, or has
        nowhere to keep it: where that is, is nothing that a client should read.
        """
        try:
            blob = self._intake.take(request.data, request.policy)
        except (StoreAway, StoreUnreachable) as error:
            text = "the store of bytes is away: this server cannot do that just now"
            raise CallRefused(grpc.StatusCode.UNAVAILABLE, text) from error
        except IntakeFull as error:
            raise CallRefused(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error)) from error
        return DisperseBlobReply(
            result=BlobStatus.PROCESSING, request_id=blob.request_id.encode("ascii")
        )

    def status(self, request: BlobStatusRequest) -> BlobStatusReply:
        """What became of a request; raises CallRefused."""
        try:
            name = parse_request_id(request.request_id)
        except BadMessage as error:
            empty = "invalid request: request_id must not be empty"
            text = "invalid metadata key: no id of a request" if request.request_id else empty
            raise CallRefused(grpc.StatusCode.INVALID_ARGUMENT, text) from error
        return status_reply(self._store.get(name))

    def retrieve(self, request: RetrieveBlobRequest) -> RetrieveBlobReply:
        """The bytes of a blob: from here, from acceptance on, else from the signers."""
        if len(request.storage_root) != HASH:
            text = "parameter StorageRoot len is not accepted"
            raise CallRefused(grpc.StatusCode.INVALID_ARGUMENT, text)
        for blob in self._store.of_root(request.storage_root):
            try:
                data = bytes(memoryview(self._files.get(f"{BLOB}/{blob.request_id}")))
            except (BytesGone, StoreUnreachable):
                continue
            if sha256(data).digest() == blob.digest:
                return RetrieveBlobReply(data=data)
            log.error("the bytes of blob %s are damaged", blob.request_id[:16])
        found = self._collector.collect(request.storage_root, request.epoch, request.quorum_id)
        return RetrieveBlobReply(data=bytes(found))


def status_reply(blob: Blob) -> BlobStatusReply:
    """A row as clients see it: the header at both sets of tags, from CONFIRMED on."""
    info = BlobInfo()
    where = blob.assignment
    if where is not None and blob.status in {Status.CONFIRMED, Status.FINALIZED}:
        header = BlobHeader(
            storage_root=blob.data_root,
            epoch=where.epoch,
            quorum_id=where.quorum_id,
            nitro_storage_root=blob.data_root,
            nitro_epoch=where.epoch,
            nitro_quorum_id=where.quorum_id,
            commitment=blob.commitment,
            confirmation_tx=blob.confirmed_tx,
        )
        info.blob_header.CopyFrom(header)
    return BlobStatusReply(
        status=BlobStatus.Name(blob.status),
        info=info,
        signed_rows=blob.signed_rows,
        total_rows=blob.total_rows,
        error=blob.error,
    )


def client_of(peer: str) -> str:
    """The host of a gRPC peer, without its port."""
    return peer.rpartition(":")[0] or peer
