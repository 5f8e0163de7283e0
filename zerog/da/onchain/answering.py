"""Answers challenges of this home's signers, in time: with the piece, or the blob's header."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path

from zerog.chain.errors import ChainUnreachable, InsufficientFunds, TxReverted, TxTimeout
from zerog.chain.tx import Call, Sender
from zerog.da.onchain.challengelog import Asked, ChallengeLog
from zerog.da.onchain.errors import NoHeader
from zerog.da.onchain.evidence import Certified, certified, find_header
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.pieces import header_values, piece_of, piece_values
from zerog.da.onchain.seats import Seat
from zerog.da.onchain.sending import WAIT_SECONDS, fresh, send
from zerog.da.params import Header, Profile
from zerog.da.rowstore import BrokenRows, RowsNotHere
from zerog.da.wire import RowsAsked, RowsGiven
from zerog.errors import ZerogError
from zerog.locks import try_lock

log = logging.getLogger(__name__)


class Answerer:
    """One home's answers."""

    def __init__(
        self,
        network: DaNetwork,
        seats: Sequence[Seat],
        challenges: ChallengeLog,
        folder: Path,
        profile: Profile,
    ) -> None:
        """folder: of the lock that keeps this home from answering twice at once."""
        self._network, self._challenges, self._profile = network, challenges, profile
        self._seats = {seat.address: seat for seat in seats}
        self._lock = folder / "answers.lock"
        self._lost: set[int] = set()
        self._tried: dict[Certified, Header | None] = {}

    def step(self) -> int:
        """Answer what is open and can be answered; how many answers were taken.

        Challenges stand for themselves: one that cannot be answered holds up no other. Raises
        ChainUnreachable.
        """
        with try_lock(self._lock) as ours:
            if not ours or not self._seats:
                return 0
            self._challenges.follow()
            head = self._network.chain.head().number
            asked = self._challenges.open_against(self._seats.keys())
            self._forget({one.data_root for one in asked})
            # headers last: one that is lost takes a minute to find
            asked.sort(key=lambda one: one.piece is None)
            # all are sent before the first is waited for: each has a deadline
            sent = [self._guarded(one) for one in asked if head < one.deadline]
            return sum(self._wait(*one) for one in sent if one is not None)

    def _guarded(self, asked: Asked) -> tuple[Sender, str] | None:
        """As `_send`; what goes wrong with one challenge keeps no other from its answer.

        Raises ChainUnreachable, which goes wrong with all.
        """
        try:
            return self._send(asked)
        except ChainUnreachable:
            raise
        except (ZerogError, OSError, sqlite3.Error) as error:
            log.warning("challenge %d is not answered: %s", asked.challenge_id, error)
            return None

    def _send(self, asked: Asked) -> tuple[Sender, str] | None:
        seat, contract = self._seats[asked.signer], self._network.challenge
        data = self._answer(seat, asked)
        if data is None:
            return None
        sender = self._network.sender(seat.account)
        # after a reorg the number may be another challenge's
        piece = "header" if asked.piece is None else asked.piece
        what = f"{asked.data_root.hex()}:{asked.row}:{piece}"
        intent = fresh(sender, f"da-answer:{contract.address}:{asked.challenge_id}:{what}")
        if contract.challenge(asked.challenge_id) is None:
            return None
        try:
            send(sender, intent, Call(contract.address, data))
        except (TxReverted, InsufficientFunds) as error:
            log.warning("%s: challenge %d: %s", seat.name, asked.challenge_id, error)
            return None
        return sender, intent

    def _wait(self, sender: Sender, intent: str) -> bool:
        try:
            sender.wait(intent, WAIT_SECONDS)
        except (TxReverted, TxTimeout) as error:
            log.warning("%s", error)
            return False
        return True

    def _answer(self, seat: Seat, asked: Asked) -> bytes | None:
        """Calldata of an answer; None when there is none to give."""
        calldata = self._network.challenge.calldata
        try:
            if asked.piece is None:
                place = (asked.data_root, asked.epoch, asked.quorum_id)
                shown = (*place, header_values(self._header(seat, asked)))
                return calldata("answerHeader", asked.challenge_id, shown)
            given = self._given(seat, asked, (asked.row,))
        except (NoHeader, RowsNotHere, BrokenRows, OSError) as error:
            if asked.challenge_id not in self._lost:
                self._lost.add(asked.challenge_id)
                log.error("%s loses stake: challenge %d: %s", seat.name, asked.challenge_id, error)
            return None
        piece = piece_of(given.commitment.header, given.rows[0], asked.piece)
        return calldata("answer", asked.challenge_id, piece_values(piece))

    def _given(self, seat: Seat, asked: Asked, rows: tuple[int, ...]) -> RowsGiven:
        """What the signer keeps of a blob; raises RowsNotHere, BrokenRows, OSError."""
        wanted = RowsAsked(asked.epoch, asked.quorum_id, asked.data_root, rows)
        return seat.rows(self._profile).rows(wanted)

    def _header(self, seat: Seat, asked: Asked) -> Header:
        """The one beside the rows; where they are lost or damaged, it is found by trying.

        Raises NoHeader.
        """
        blob = certified(self._network, asked.data_root, asked.epoch, asked.quorum_id)
        where = (self._network.chain.chain_id(), self._network.entrance_bytes)
        kept = self._kept_header(seat, asked)
        if kept is not None and blob.fits(kept, *where):
            return kept
        if blob not in self._tried:
            log.warning("%s keeps no header of 0x%s: searched", seat.name, blob.data_root.hex())
            try:
                self._tried[blob] = find_header(blob, self._profile, *where)
            except NoHeader:
                self._tried[blob] = None
        found = self._tried[blob]
        if found is None:
            raise NoHeader(asked.data_root)
        return found

    def _kept_header(self, seat: Seat, asked: Asked) -> Header | None:
        try:
            return self._given(seat, asked, ()).commitment.header
        except (RowsNotHere, BrokenRows, OSError):
            return None

    def _forget(self, asked: Collection[bytes]) -> None:
        """Headers of blobs of which nothing is asked any more."""
        self._tried = {blob: one for blob, one in self._tried.items() if blob.data_root in asked}
