"""Asks all signers of a quorum for their signatures of one blob, side by side, and counts."""

from __future__ import annotations

import heapq
import logging
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

import grpc

from zerog.crypto.bn254 import G1, decode_signature, hash_to_g1
from zerog.da.certificate import Certificate, Tally
from zerog.da.collector import SignerUnreachable, target
from zerog.da.disperser.orders import sign_request
from zerog.da.encoding import Encoded
from zerog.da.ports import Member, Quorum
from zerog.da.proto.signer_pb2 import BatchSignReply
from zerog.da.rpcs import BATCH_SIGN, channel
from zerog.da.wire import BadMessage
from zerog.errors import ZerogError
from zerog.types import Address

log = logging.getLogger(__name__)
REPLY_BYTES: Final = 64 * 1024
ON_THE_WAY_BYTES: Final = 160 * 1024 * 1024
"""Of requests that are not answered: all of one blob, once; further signers are asked then."""
SIGNERS_AT_ONCE: Final = 256
"""Each takes a connection."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
LEAST_GRACE, LONGEST_GRACE = 0.5, 2.0
MISSES: Final = 5
"""In a row; whose host takes no connection so often, in half of the window, will not sign."""
NO_CONNECTION: Final = "failed to connect"
"""What gRPC says of a host that takes none; a server that is there says UNAVAILABLE otherwise."""
FINAL_ANSWERS: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.DATA_LOSS,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
"""Who says so will say so again. Others may be starting, busy, or a block behind."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A request on its way: its connection, its answer, its bytes."""

    channel: grpc.Channel
    future: grpc.Future[BatchSignReply]
    size: int


class Asking:
    """One blob, from the first request to the certificate."""

    def __init__(self, quorum: Quorum, encoded: Encoded, data_root: bytes, window_s: float) -> None:
        """window_s: after so many seconds it has to be enough."""
        self._quorum, self._encoded, self._root = quorum, encoded, data_root
        commitment = encoded.commitment
        roots = (commitment.row_root, commitment.rlc_root)
        keys = {account: member.key for account, member in quorum.members.items()}
        place = (data_root, quorum.epoch, quorum.quorum_id)
        self._tally = Tally(*place, roots, quorum.rows, keys)
        self._answers: SimpleQueue[tuple[Address, grpc.Future[BatchSignReply]]] = SimpleQueue()
        self._asked: dict[Address, _Call] = {}
        self._due = [(0.0, account) for account in quorum.members]
        self._tries: dict[Address, int] = {}
        self._open = sum(len(member.rows) for member in quorum.members.values())
        self._misses: dict[Address, int] = {}
        self._began = time.monotonic()
        self._end = self._began + window_s
        self._patient_until = self._began + window_s / 2

    def run(self) -> tuple[Certificate, int]:
        """A certificate and the number of signed rows; raises TooFewSigned.

        Once there is enough, the others get half of the time that it took, within bounds.
        """
        with ExitStack() as stack:
            stack.callback(self._cancel)
            heapq.heapify(self._due)
            self._ask_due(self._began)
            hash_to_g1(bytes(32))  # loads the curve, half a second once, while signers work
            graced = False
            while (now := time.monotonic()) < self._end and self._hopeful():
                self._ask_due(now)
                self._take_answer(now)
                if self._tally.enough and not graced:
                    graced, spent = True, time.monotonic() - self._began
                    grace = min(max(spent / 2, LEAST_GRACE), LONGEST_GRACE)
                    self._end = min(self._end, time.monotonic() + grace)
        return self._tally.certificate(), self._tally.signed_rows

    def _hopeful(self) -> bool:
        """Whether somebody may still answer, and it matters."""
        signed, needed = self._tally.signed_rows, self._tally.needed
        if signed >= needed or time.monotonic() < self._patient_until:
            return self._open > 0 and signed + self._open >= needed
        away = [account for account, misses in self._misses.items() if misses >= MISSES]
        there = self._open - sum(len(self._quorum.members[account].rows) for account in away)
        return signed + there >= needed

    def _leave(self, account: Address) -> None:
        """Nothing more is to come from a signer."""
        self._open -= len(self._quorum.members[account].rows)

    def _ask_due(self, now: float) -> None:
        """Ask whoever's time has come, as far as there is room."""
        while self._due and self._due[0][0] <= now:
            on_the_way = sum(call.size for call in self._asked.values())
            if on_the_way > ON_THE_WAY_BYTES or len(self._asked) >= SIGNERS_AT_ONCE:
                return
            _, account = heapq.heappop(self._due)
            try:
                self._ask(self._quorum.members[account])
            except SignerUnreachable as error:
                log.warning("%s", error)
                self._leave(account)

    def _ask(self, member: Member) -> None:
        where, account = target(member.socket), member.account
        place = (self._root, self._quorum.epoch, self._quorum.quorum_id)
        request = sign_request(self._encoded, *place, member.rows)
        own = channel(where, REPLY_BYTES)
        method: grpc.UnaryUnaryMultiCallable[bytes, BatchSignReply] = own.unary_unary(
            BATCH_SIGN.path, response_deserializer=BatchSignReply.FromString
        )
        future = method.future(request, timeout=max(self._end - time.monotonic(), 0.01))
        self._asked[account] = _Call(own, future, len(request))
        self._tries[account] = self._tries.get(account, 0) + 1
        future.add_done_callback(lambda done: self._answers.put((account, done)))

    def _take_answer(self, now: float) -> None:
        """Wait for the next answer, until somebody is to be asked again or time is up."""
        soonest = min(self._end, self._due[0][0]) if self._due else self._end
        if self._asked and self._due and soonest <= now:
            soonest = self._end  # no room to ask whoever is due
        try:
            came = [self._answers.get(timeout=max(soonest - now, 0))]
        except Empty:
            return
        with suppress(Empty):
            while True:  # what came together is verified together
                came.append(self._answers.get_nowait())
        made = {account: self._signature(account, call) for account, call in came}
        signatures = {account: found for account, found in made.items() if found is not None}
        for account, error in self._tally.add_all(signatures).items():
            log.warning("the signer %s lies: %s", account, error)

    def _signature(self, account: Address, call: grpc.Future[BatchSignReply]) -> G1 | None:
        """What a signer answered; None when that is no signature."""
        misses = self._misses.pop(account, 0)
        self._asked.pop(account).channel.close()
        self._leave(account)
        try:
            reply = call.result()
            if len(reply.signatures) != 1:
                raise BadMessage("signatures", f"{len(reply.signatures)} of one")
            return decode_signature(reply.signatures[0])
        except grpc.RpcError as error:
            self._refused(account, error, misses)
        except ZerogError as error:
            log.warning("the signer %s lies: %s", account, error)
        return None

    def _refused(self, account: Address, error: grpc.RpcError, misses: int) -> None:
        """misses: calls before this one, in a row, that met no server."""
        code = error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN
        text = error.details() if isinstance(error, grpc.Call) else str(error)
        if code in FINAL_ANSWERS:
            log.warning("the signer %s refuses: %s: %s", account, code.name, text)
            return
        log.info("the signer %s does not sign yet: %s: %s", account, code.name, text)
        if code is grpc.StatusCode.UNAVAILABLE and NO_CONNECTION in str(text).lower():
            self._misses[account] = misses + 1
        pause = min(FIRST_PAUSE * 2 ** self._tries[account], LONGEST_PAUSE)
        heapq.heappush(self._due, (time.monotonic() + pause, account))
        self._open += len(self._quorum.members[account].rows)

    def _cancel(self) -> None:
        for call in self._asked.values():
            call.future.cancel()
            call.channel.close()
