"""Asks all signers of a quorum for their signatures of one blob, side by side, and counts."""

from __future__ import annotations

import heapq
import logging
import time
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from typing import Final

import grpc

from zerog.crypto.bn254 import G1, decode_signature
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
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
LEAST_GRACE, LONGEST_GRACE = 0.2, 2.0
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
        self._asked: dict[Address, tuple[grpc.Future[BatchSignReply], int]] = {}
        self._due = [(0.0, account) for account in quorum.members]
        self._tries: dict[Address, int] = {}
        self._channels: dict[Address, grpc.Channel] = {}
        self._began = time.monotonic()
        self._end = self._began + window_s

    def run(self) -> tuple[Certificate, int]:
        """A certificate and the number of signed rows; raises TooFewSigned.

        Once there is enough, the others get half of the time that it took, within bounds.
        """
        with ExitStack() as stack:
            stack.callback(self._cancel)
            heapq.heapify(self._due)
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
        waiting = [*self._asked, *(account for _, account in self._due)]
        rows = sum(len(self._quorum.members[account].rows) for account in waiting)
        return rows > 0 and self._tally.signed_rows + rows >= self._tally.needed

    def _ask_due(self, now: float) -> None:
        """Ask whoever's time has come, as far as there is room."""
        while self._due and self._due[0][0] <= now:
            if sum(size for _, size in self._asked.values()) > ON_THE_WAY_BYTES:
                return
            _, account = heapq.heappop(self._due)
            try:
                self._ask(self._quorum.members[account])
            except SignerUnreachable as error:
                log.warning("%s", error)

    def _ask(self, member: Member) -> None:
        where, account = target(member.socket), member.account
        place = (self._root, self._quorum.epoch, self._quorum.quorum_id)
        request = sign_request(self._encoded, *place, member.rows)
        if account not in self._channels:
            self._channels[account] = channel(where, REPLY_BYTES)
        own: grpc.UnaryUnaryMultiCallable[bytes, BatchSignReply] = self._channels[
            account
        ].unary_unary(BATCH_SIGN.path, response_deserializer=BatchSignReply.FromString)
        call = own.future(request, timeout=max(self._end - time.monotonic(), 0.01))
        self._asked[account] = (call, len(request))
        self._tries[account] = self._tries.get(account, 0) + 1
        call.add_done_callback(lambda done: self._answers.put((account, done)))

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
        del self._asked[account]
        try:
            reply = call.result()
            if len(reply.signatures) != 1:
                raise BadMessage("signatures", f"{len(reply.signatures)} of one")
            return decode_signature(reply.signatures[0])
        except grpc.RpcError as error:
            self._refused(account, error)
        except ZerogError as error:
            log.warning("the signer %s lies: %s", account, error)
        return None

    def _refused(self, account: Address, error: grpc.RpcError) -> None:
        code = error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN
        text = error.details() if isinstance(error, grpc.Call) else str(error)
        if code in FINAL_ANSWERS:
            log.warning("the signer %s refuses: %s: %s", account, code.name, text)
            return
        log.info("the signer %s does not sign yet: %s: %s", account, code.name, text)
        pause = min(FIRST_PAUSE * 2 ** self._tries[account], LONGEST_PAUSE)
        heapq.heappush(self._due, (time.monotonic() + pause, account))

    def _cancel(self) -> None:
        for call, _ in self._asked.values():
            call.cancel()
        for own in self._channels.values():
            own.close()
