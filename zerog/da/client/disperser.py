"""The disperser over gRPC, with errors that say whether to try again."""

from __future__ import annotations

from typing import Final

import grpc

from zerog.da.client.errors import (
    DisperserBusy,
    DisperserLies,
    DisperserRefused,
    DisperserUnreachable,
    NoSuchRequest,
)
from zerog.da.client.results import State
from zerog.da.params import HASH
from zerog.da.proto.disperser_pb2 import (
    BlobHeader,
    BlobStatusReply,
    BlobStatusRequest,
    DisperseBlobRequest,
)
from zerog.da.rpcs import DISPERSE_BLOB, GET_BLOB_STATUS, MIB, channel
from zerog.da.status import Status
from zerog.da.texts import plain
from zerog.types import Buffer

SEND_SECONDS: Final = 60.0
SECONDS_PER_MIB: Final = 4.0
"""A line of 2 Mbit/s is slow, not dead."""
ASK_SECONDS: Final = 10.0
REPLY_BYTES: Final = MIB
"""A status is some hundred bytes; nobody makes us hold more."""
ID_BYTES: Final = 512
_GONE: Final = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
}
_CERTIFIED: Final = (Status.CONFIRMED, Status.FINALIZED)


class Disperser:
    """One disperser; every call has a channel of its own, so a process may fork between them."""

    def __init__(self, url: str) -> None:
        """url: host:port, a scheme before it is passed over."""
        self.url = url.partition("://")[2] or url

    def disperse(self, data: Buffer, policy: int | None = None) -> str:
        """Hand a blob over; the id of the request.

        Raises DisperserUnreachable, DisperserBusy, DisperserRefused, DisperserLies.
        """
        sent = data if isinstance(data, bytes) else bytes(data)
        wanted = b"" if not policy else policy.to_bytes(HASH)
        timeout_s = SEND_SECONDS + SECONDS_PER_MIB * len(sent) / MIB
        request = DisperseBlobRequest(data=sent, policy=wanted)
        with channel(self.url, REPLY_BYTES) as line:
            try:
                reply = DISPERSE_BLOB.call(line, request, timeout_s)
            except grpc.RpcError as error:
                raise self._refusal(error) from error
        return _text(reply.request_id)

    def status(self, request_id: str) -> State:
        """What became of a request.

        Raises NoSuchRequest, DisperserUnreachable, DisperserBusy, DisperserRefused, DisperserLies.
        """
        request = BlobStatusRequest(request_id=request_id.encode("ascii", "replace"))
        with channel(self.url, REPLY_BYTES) as line:
            try:
                reply = GET_BLOB_STATUS.call(line, request, ASK_SECONDS)
            except grpc.RpcError as error:
                if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.NOT_FOUND:
                    raise NoSuchRequest(request_id) from error
                raise self._refusal(error) from error
        return _state(request_id, reply)

    def _refusal(
        self, error: grpc.RpcError
    ) -> DisperserUnreachable | DisperserBusy | DisperserRefused:
        if not isinstance(error, grpc.Call):
            return DisperserUnreachable(self.url, plain(str(error)))
        code, text = error.code(), plain(error.details() or "")
        if code in _GONE:
            return DisperserUnreachable(self.url, text or code.name)
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return DisperserBusy(text)
        return DisperserRefused(code.name, text or code.name)


def _text(request_id: bytes) -> str:
    text = request_id.decode("ascii", "replace")
    if not text.isascii() or not text.isprintable() or not 1 <= len(text) <= ID_BYTES:
        raise DisperserLies(request_id[:HASH].hex(), "its id is none")
    return text


def _state(request_id: str, reply: BlobStatusReply) -> State:
    try:
        status = Status(reply.status)
    except ValueError:
        status = Status.UNKNOWN
    header = reply.info.blob_header
    certified = status in _CERTIFIED
    if certified:
        _check(request_id, header)
    return State(
        request_id,
        status,
        header.storage_root if certified else b"",
        header.epoch if certified else 0,
        header.quorum_id if certified else 0,
        header.confirmation_tx if certified else b"",
        reply.signed_rows,
        reply.total_rows,
        plain(reply.error),
    )


def _check(request_id: str, header: BlobHeader) -> None:
    """Whether a header can be one, before anything is done with it."""
    if len(header.storage_root) != HASH:
        raise DisperserLies(request_id, f"a data root of {len(header.storage_root)} bytes")
    if len(header.confirmation_tx) not in {0, HASH}:
        raise DisperserLies(request_id, "a transaction whose hash is none")
    if header.epoch >> 63 or header.quorum_id >> 63:
        raise DisperserLies(request_id, f"epoch {header.epoch}, quorum {header.quorum_id}")
