"""Answers challenges of this home's signers, in time: with the piece, or the blob's header."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from zerog.chain.errors import ChainUnreachable, InsufficientFunds, TxReverted, TxTimeout
from zerog.chain.tx import Call, Sender
from zerog.da.headerbook import HeaderBook
from zerog.da.onchain.challengelog import Asked, ChallengeLog
from zerog.da.onchain.errors import NoHeader
from zerog.da.onchain.evidence import certified
from zerog.da.onchain.headersearch import HeaderSearch
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
SEARCH_SECONDS: Final = 2.0
"""A header that nobody kept is looked for so long, then challenges are looked at again."""


class Answerer:
    """One home's answers."""

    def __init__(
        self,
        network: DaNetwork,
        seats: Sequence[Seat],
        challenges: ChallengeLog,
        headers: HeaderBook,
        folder: Path,
        profile: Profile,
    ) -> None:
        """folder: of the lock that keeps this home from answering twice at once."""
        self._network, self._challenges, self._profile = network, challenges, profile
        self._headers = headers
        self._where = (network.chain.chain_id(), network.entrance_bytes)
        self._seats = {seat.address: seat for seat in seats}
        self._lock = folder / "answers.lock"
        self._lost: set[int] = set()
        self._search = HeaderSearch(profile, *self._where)

    def step(self) -> int:
        """Answer what is open and can be answered; how many answers were taken.

        Challenges stand for themselves: one that cannot be answered holds up no other, nor does one
        whose header has to be looked for. Raises ChainUnreachable.
        """
        with try_lock(self._lock) as ours:
            if not ours or not self._seats:
                return 0
            taken = self._round()
            if self._search.go_on(SEARCH_SECONDS):
                taken += self._round()
            return taken

    def _round(self) -> int:
        """Answer what can be answered at once, the most urgent first."""
        self._challenges.follow()
        head = self._network.chain.head().number
        asked = self._challenges.open_against(self._seats.keys())
        due = [one for one in asked if head < one.deadline]
        self._search.forget({one.data_root for one in due})
        # all are sent before the first is waited for: each has a deadline
        sent = [self._guarded(one) for one in due]
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
                header = self._header(seat, asked)
                if header is None:
                    return None
                place = (asked.data_root, asked.epoch, asked.quorum_id)
                shown = (*place, header_values(header))
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

    def _header(self, seat: Seat, asked: Asked) -> Header | None:
        """The one that was kept at signing; where it is lost, it is looked for: None meanwhile.

        Raises NoHeader.
        """
        blob = certified(self._network, asked.data_root, asked.epoch, asked.quorum_id)
        for kept in self._kept_headers(seat, asked):
            if blob.fits(kept, *self._where):
                return kept
        if self._search.is_new(blob):
            log.warning("%s keeps no header of 0x%s: searched", seat.name, blob.data_root.hex())
        return self._search.of(blob)

    def _kept_headers(self, seat: Seat, asked: Asked) -> Iterator[Header]:
        """The one beside the rows, then the book's: signers of before have no book."""
        try:
            yield self._given(seat, asked, ()).commitment.header
        except (RowsNotHere, BrokenRows, OSError) as error:
            log.info("challenge %d: %s", asked.challenge_id, error)
        found = self._headers.get(asked.data_root)
        if found is not None:
            yield found
