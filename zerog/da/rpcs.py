"""The published methods of data availability, for servers and for clients, with their types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar, cast

import grpc
from google.protobuf.message import DecodeError, Message

from zerog.da.proto import disperser_pb2, encoder_pb2, retriever_pb2, signer_pb2

MIB: Final = 1024 * 1024
LIMITS: Final = {"disperser": 300 * MIB, "encoder": 1024 * MIB, "signer": 1024 * MIB}
"""Bytes of the largest message that a service takes (0g-da-client, 0g-da-node)."""
Handler: TypeAlias = "grpc.RpcMethodHandler[Message, Message]"
Request = TypeVar("Request", bound=Message)
Reply = TypeVar("Reply", bound=Message)


class _NoMessage:
    """Stands for bytes that are no message; None would end in gRPC's own INTERNAL."""


@dataclass(frozen=True, slots=True)
class Rpc(Generic[Request, Reply]):
    """One method. service: with its package, as in the path."""

    service: str
    name: str
    request: type[Request]
    reply: type[Reply]

    @property
    def path(self) -> str:
        """What is asked for over HTTP/2."""
        return f"/{self.service}/{self.name}"

    def call(self, channel: grpc.Channel, request: Request, timeout_s: float) -> Reply:
        """Ask a server; raises grpc.RpcError."""
        method = channel.unary_unary(
            self.path,
            request_serializer=self.request.SerializeToString,
            response_deserializer=self.reply.FromString,
        )
        return method(request, timeout=timeout_s)

    def served(
        self, handle: Callable[[Request, grpc.ServicerContext], Reply]
    ) -> tuple[str, Handler]:
        """What a server registers. Bytes that are no message are INVALID_ARGUMENT: left to gRPC,
        they would be INTERNAL, which blames the server and is tried again."""

        def answer(request: Request | _NoMessage, context: grpc.ServicerContext) -> Reply:
            if isinstance(request, _NoMessage):
                text = f"no {self.request.DESCRIPTOR.full_name}"
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
            return handle(request, context)

        handler: grpc.RpcMethodHandler[Request, Reply] = grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=cast("Callable[[bytes], Request]", self._parsed),
            response_serializer=self.reply.SerializeToString,
        )
        return self.name, cast("Handler", handler)

    def _parsed(self, encoded: bytes) -> Request | _NoMessage:
        try:
            return self.request.FromString(encoded)
        except DecodeError:
            return _NoMessage()


DISPERSER: Final = "disperser.Disperser"
ENCODER: Final = "encoder.Encoder"
SIGNER: Final = "signer.Signer"
RETRIEVER: Final = "retriever.Retriever"

DISPERSE_BLOB: Final = Rpc(
    DISPERSER, "DisperseBlob", disperser_pb2.DisperseBlobRequest, disperser_pb2.DisperseBlobReply
)
GET_BLOB_STATUS: Final = Rpc(
    DISPERSER, "GetBlobStatus", disperser_pb2.BlobStatusRequest, disperser_pb2.BlobStatusReply
)
RETRIEVE_BLOB: Final = Rpc(
    DISPERSER, "RetrieveBlob", disperser_pb2.RetrieveBlobRequest, disperser_pb2.RetrieveBlobReply
)
ENCODE_BLOB: Final = Rpc(
    ENCODER, "EncodeBlob", encoder_pb2.EncodeBlobRequest, encoder_pb2.EncodeBlobReply
)
BATCH_SIGN: Final = Rpc(SIGNER, "BatchSign", signer_pb2.BatchSignRequest, signer_pb2.BatchSignReply)
BATCH_RETRIEVE: Final = Rpc(
    SIGNER, "BatchRetrieve", signer_pb2.BatchRetrieveRequest, signer_pb2.BatchRetrieveReply
)
GET_STATUS: Final = Rpc(SIGNER, "GetStatus", signer_pb2.Empty, signer_pb2.StatusReply)
COLLECT_BLOB: Final = Rpc(
    RETRIEVER, "RetrieveBlob", retriever_pb2.BlobRequest, retriever_pb2.BlobReply
)


def channel(target: str, limit: int = 1024 * MIB) -> grpc.Channel:
    """A plain-text channel to host:port that takes messages of `limit` bytes."""
    options: Sequence[tuple[str, int]] = [
        ("grpc.max_receive_message_length", limit),
        ("grpc.max_send_message_length", -1),
        ("grpc.enable_http_proxy", 0),
        # a server that was restarted is found again at once
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1000),
    ]
    return grpc.insecure_channel(target, options=options)
