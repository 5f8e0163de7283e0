"""Blobs from their signers: asks as many as it takes, believes none, and verifies all of it."""

from __future__ import annotations

import logging
import random
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol

import grpc

from zerog.da.errors import NoSuchRow, TamperedRow, WrongDataRoot
from zerog.da.params import CHUNK, FULL, MAX_BLOB_BYTES, Profile
from zerog.da.proto.signer_pb2 import BatchRetrieveRequest
from zerog.da.reading import Reader
from zerog.da.rpcs import BATCH_RETRIEVE, channel
from zerog.da.texts import plain
from zerog.da.wire import (
    BadMessage,
    RowsAsked,
    RowsGiven,
    from_slices,
    path_bytes,
    to_retrieve_request,
)
from zerog.errors import NotFound, Unreachable
from zerog.types import Buffer

log = logging.getLogger(__name__)
AT_ONCE: Final = 32
PATIENCE_SECONDS: Final = 2.0
LIES: Final = (BadMessage, WrongDataRoot, TamperedRow, NoSuchRow)


_SOCKET: Final = re.compile(
    r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9][A-Za-z0-9.-]{0,90}):[0-9]{1,5}"
)


class SignerUnreachable(Unreachable):
    """A signer does not answer, or refuses."""

    def __init__(self, socket: str, reason: str) -> None:
        self.socket, self.reason = socket, reason
        super().__init__(f"the signer at {plain(socket)} gives no rows: {plain(reason)}")


class RowsUnknown(SignerUnreachable):
    """A signer answers that it has no such rows."""


class BlobUnknown(NotFound):
    """Every signer of the quorum answers that it has nothing of a blob: it is not there, or was
    dropped by all when its time was over."""

    def __init__(self, data_root: bytes, signers: int) -> None:
        self.data_root, self.signers = data_root, signers
        super().__init__(f"none of {signers} signers has rows of blob 0x{data_root.hex()}")


class Unavailable(Unreachable):
    """The signers that answered have too few rows: not now, maybe later."""

    def __init__(self, data_root: bytes, found: int, wanted: int) -> None:
        self.data_root, self.found, self.wanted = data_root, found, wanted
        super().__init__(
            f"signers gave {found} rows of the {wanted} that blob 0x{data_root.hex()} takes",
            "ask again when more signers answer",
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """A signer of a quorum: where it answers, and its rows, ascending."""

    socket: str
    rows: tuple[int, ...]


class Quorums(Protocol):
    """What a reader knows of the chain."""

    def holders(self, epoch: int, quorum_id: int) -> Sequence[Holder]:
        """Every signer of a quorum; raises NotFound."""
        ...


def target(socket: str) -> str:
    """What gRPC connects to for a registered socket, host:port, maybe behind a scheme.

    Anybody may register any text, and gRPC knows schemes that open files: only a name or an
    address is let through, always as one. Raises SignerUnreachable.
    """
    found = _SOCKET.fullmatch(socket.removeprefix("http://").removesuffix("/"))
    if found is None:
        raise SignerUnreachable(socket, "not host:port")
    return f"dns:///{found[0]}"


class Lines:
    """Channels that are open, so that calls on their way can be ended by another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[grpc.Channel] = set()
        self._over = False

    @contextmanager
    def to(self, socket: str, limit: int) -> Iterator[grpc.Channel]:
        """A channel to a signer, for one block; raises SignerUnreachable after `close`."""
        with channel(target(socket), limit) as made:
            with self._lock:
                if self._over:
                    raise SignerUnreachable(socket, "nobody waits for it any more")
                self._open.add(made)
            try:
                yield made
            finally:
                with self._lock:
                    self._open.discard(made)

    def close(self) -> None:
        """End all calls, and those that would begin."""
        with self._lock:
            self._over, open_ones = True, list(self._open)
        for one in open_ones:
            one.close()


def ask(
    holder: Holder,
    asked: RowsAsked,
    chain_id: int,
    entrance: bytes,
    profile: Profile,
    timeout_s: float,
    lines: Lines | None = None,
) -> RowsGiven:
    """Rows of one signer; the commitment is verified, the rows are not.

    lines: by which the call can be ended. Raises SignerUnreachable, RowsUnknown, BadMessage,
    WrongDataRoot.
    """
    largest = -(-max(profile.max_length, MAX_BLOB_BYTES) // profile.k) + CHUNK
    limit = (len(asked.indices) + 1) * (largest + path_bytes(profile) + 64)
    request = BatchRetrieveRequest(requests=[to_retrieve_request(asked)])
    with (lines or Lines()).to(holder.socket, limit) as signer:
        try:
            reply = BATCH_RETRIEVE.call(signer, request, timeout_s)
        except grpc.RpcError as error:
            absent = isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.NOT_FOUND
            kind = RowsUnknown if absent else SignerUnreachable
            raise kind(holder.socket, _reason(error)) from error
    if len(reply.encoded_slice) != 1:
        raise BadMessage("encoded_slice", f"{len(reply.encoded_slice)} blobs of one")
    return from_slices(reply.encoded_slice[0], asked, chain_id, entrance, profile)


def _reason(error: grpc.RpcError) -> str:
    return f"{error.code().name}: {error.details()}" if isinstance(error, grpc.Call) else str(error)


class Collector:
    """Reads blobs of one DAEntrance."""

    def __init__(
        self,
        quorums: Quorums,
        chain_id: int,
        entrance: bytes,
        profile: Profile = FULL,
        timeout_s: float = 30.0,
        patience_s: float = PATIENCE_SECONDS,
    ) -> None:
        """timeout_s: for one signer; patience_s: without any answer, before others are asked."""
        self._quorums, self._profile = quorums, profile
        self._chain_id, self._entrance = chain_id, entrance
        self._timeout_s, self._patience_s = timeout_s, patience_s

    def collect(self, data_root: bytes, epoch: int, quorum_id: int) -> Buffer:
        """The blob, verified against its root.

        Signers are asked in an order drawn anew each time, so that no row is hot and none is
        worth withholding. Raises NotFound (no such quorum), BlobUnknown, Unavailable, BadEncoding.
        """
        holders = list(self._quorums.holders(epoch, quorum_id))
        random.SystemRandom().shuffle(holders)
        blank = RowsAsked(epoch, quorum_id, data_root, ())
        reader: Reader | None = None
        missing = self._profile.k
        lines = Lines()
        with (
            closing(lines),
            _Hunt(partial(self._ask, lines), holders, blank, self._patience_s) as hunt,
        ):
            while missing and (given := hunt.next(missing)):
                reader = reader or Reader(given.commitment, self._profile)
                try:
                    missing = reader.add_all(given.rows)
                except LIES as error:
                    log.warning("a signer lies: %s", error)
        sockets = {holder.socket for holder in holders if holder.rows}
        if reader is None and sockets and hunt.unknown >= sockets:
            raise BlobUnknown(data_root, len(sockets))
        if reader is None or missing:
            raise Unavailable(data_root, self._profile.k - missing, self._profile.k)
        return reader.decode()

    def _ask(self, lines: Lines, holder: Holder, asked: RowsAsked) -> RowsGiven:
        where = self._chain_id, self._entrance, self._profile
        return ask(holder, asked, *where, self._timeout_s, lines)


class _Hunt:
    """Asks signers side by side for no more rows than are missing; who is slow is counted out."""

    def __init__(
        self,
        ask_one: Callable[[Holder, RowsAsked], RowsGiven],
        holders: Sequence[Holder],
        blank: RowsAsked,
        patience_s: float,
    ) -> None:
        self._ask_one, self._blank, self._patience_s = ask_one, blank, patience_s
        self._left = deque(holder for holder in holders if holder.rows)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="collect")
        self._asked: dict[Future[RowsGiven], int] = {}
        self._late: set[Future[RowsGiven]] = set()
        self.unknown: set[str] = set()
        """Sockets of signers that answered that they have no such rows."""

    def __enter__(self) -> _Hunt:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def next(self, missing: int) -> RowsGiven | None:
        """The next signer's rows, while `missing` are; None when nobody is left to ask."""
        while True:
            self._ask_for(missing)
            if not self._asked:
                return None
            done, _ = wait(self._asked, timeout=self._patience_s, return_when=FIRST_COMPLETED)
            if not done:
                self._late.update(self._asked)
                if not self._left:
                    done, _ = wait(self._asked, return_when=FIRST_COMPLETED)
            for future in list(done)[:1]:
                del self._asked[future]
                try:
                    return future.result()
                except (SignerUnreachable, *LIES) as error:
                    log.warning("%s", error)
                    if isinstance(error, RowsUnknown):
                        self.unknown.add(error.socket)

    def _ask_for(self, missing: int) -> None:
        coming = sum(n for future, n in self._asked.items() if future not in self._late)
        while self._left and coming < missing:
            holder = self._left.popleft()
            take = holder.rows[: missing - coming]
            if rest := holder.rows[len(take) :]:
                self._left.append(Holder(holder.socket, rest))
            asked = replace(self._blank, indices=take)
            self._asked[self._pool.submit(self._ask_one, holder, asked)] = len(take)
            coming += len(take)
