"""A gRPC server of our services: health, reflection, limits, and errors by their codes."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from zerog.da.errors import BadEncoding, BadHeader, NoSuchRow, RepeatedRow, WrongRows
from zerog.da.rpcs import Handler
from zerog.da.wire import BadMessage
from zerog.errors import NotFound, Refused, Tampered, Unreachable, UsageError, ZerogError

log = logging.getLogger(__name__)
Request = TypeVar("Request", bound=Message)
Reply = TypeVar("Reply", bound=Message)
GRACE_SECONDS: Final = 5.0
AGE_SECONDS: Final = 60.0
"""A connection is as old at most: then it is opened anew, which a client does by itself."""
SLOWEST_SECONDS: Final = 300.0
"""Above the longest call there is: a blob of 31 MiB over 2 Mbit/s, and what is done with it."""
CALLS: Final = 128
"""In work or in line; more are sent away."""
_CODES: Final = (
    ((BadMessage, BadHeader, WrongRows, RepeatedRow, NoSuchRow), grpc.StatusCode.INVALID_ARGUMENT),
    (BadEncoding, grpc.StatusCode.DATA_LOSS),
    (UsageError, grpc.StatusCode.INVALID_ARGUMENT),
    (NotFound, grpc.StatusCode.NOT_FOUND),
    (Unreachable, grpc.StatusCode.UNAVAILABLE),
    (Refused, grpc.StatusCode.FAILED_PRECONDITION),
    (Tampered, grpc.StatusCode.INVALID_ARGUMENT),
)


class PortTaken(UsageError):
    """A server cannot listen where it was told to."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(f"cannot listen on {address}", "choose another port")


class CallRefused(Refused):
    """What a client is told, with the code that says whether to try again."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        self.code = code
        super().__init__(text)


class Seats:
    """So many calls in work at once; who comes when all seats are taken is sent away."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._lock = threading.Lock()

    def take(self, count: int = 1) -> None:
        """Raises CallRefused, with 0G's text."""
        with self._lock:
            if count > self._free:
                raise CallRefused(grpc.StatusCode.RESOURCE_EXHAUSTED, "request pool is full")
            self._free -= count

    def leave(self, count: int = 1) -> None:
        """Give back what was taken."""
        with self._lock:
            self._free += count

    def __enter__(self) -> None:
        """As `take`."""
        self.take()

    def __exit__(self, *_error: object) -> None:
        self.leave()


@dataclass(frozen=True, slots=True)
class Service:
    """Methods under one name."""

    name: str
    handlers: Sequence[tuple[str, Handler]]


def code_of(error: ZerogError) -> grpc.StatusCode:
    """Whether it was the request, the blob, or a server that cannot be reached just now."""
    if isinstance(error, CallRefused):
        return error.code
    found = (code for kind, code in _CODES if isinstance(error, kind))
    return next(found, grpc.StatusCode.INTERNAL)


def guarded(
    handle: Callable[[Request], Reply],
) -> Callable[[Request, grpc.ServicerContext], Reply]:
    """A handler whose errors reach the client by code and text."""

    def answer(request: Request, context: grpc.ServicerContext) -> Reply:
        try:
            return handle(request)
        except ZerogError as error:
            log.info("refused: %s", error)
            context.abort(code_of(error), str(error))
        except (OSError, sqlite3.Error):
            # a full disk or a locked file: what it is, is nothing that a client should read
            log.exception("a call failed")
            context.abort(grpc.StatusCode.UNAVAILABLE, "this server cannot do that just now")

    return answer


def seated(
    seats: Seats,
    answer: Callable[[Request, grpc.ServicerContext], Reply],
    size: Callable[[Request], int] = lambda _request: 1,
) -> Callable[[Request, grpc.ServicerContext], Reply]:
    """A handler whose calls hold seats until the reply is sent, for it lies here until then.

    size: how many seats a request takes.
    """

    def seat(request: Request, context: grpc.ServicerContext) -> Reply:
        count = size(request)
        try:
            seats.take(count)
        except CallRefused as error:
            context.abort(error.code, str(error))
        if not context.add_callback(partial(seats.leave, count)):
            seats.leave(count)
            context.abort(grpc.StatusCode.CANCELLED, "the call is over")
        return answer(request, context)

    return seat


class Server:
    """Serves from threads until it is stopped."""

    def __init__(
        self,
        services: Sequence[Service],
        limit: int,
        threads: int = 16,
        *,
        age_s: float = AGE_SECONDS,
        slowest_s: float = SLOWEST_SECONDS,
    ) -> None:
        """limit: bytes of the largest message taken; what is sent has no limit.

        age_s, slowest_s: a connection is closed when it is so old, and its calls then have so
        long to end. Without that, who sends headers and no message, or reads no reply, would
        hold a thread or a reply for ever.
        """
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="grpc"),
            options=[
                ("grpc.max_receive_message_length", limit),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
                ("grpc.max_connection_age_ms", int(age_s * 1000)),
                ("grpc.max_connection_age_grace_ms", int(slowest_s * 1000)),
            ],
            maximum_concurrent_rpcs=CALLS,
        )
        self._health = health.HealthServicer()
        names = []
        for service in services:
            handlers = grpc.method_handlers_generic_handler(service.name, dict(service.handlers))
            self._server.add_generic_rpc_handlers((handlers,))
            self._health.set(service.name, health_pb2.HealthCheckResponse.SERVING)
            names.append(service.name)
        self._health.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (*names, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )

    def serves(self, service: str, ready: bool) -> None:
        """Say whether a service can work now, when its name is asked for; the server goes on."""
        known = health_pb2.HealthCheckResponse
        self._health.set(service, known.SERVING if ready else known.NOT_SERVING)

    def start(self, host: str, port: int) -> int:
        """Listen; the port, a free one for 0. Raises PortTaken."""
        address = f"{host}:{port}"
        try:
            found = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise PortTaken(address) from error
        self._server.start()
        return found

    def stop(self, grace_s: float = GRACE_SECONDS) -> None:
        """Say that nothing more is served, let open calls end, and wait for that."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_s).wait()
