"""Answers challenges of this home's signers with the piece that is asked for, in time."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from zerog.chain.errors import ChainUnreachable, InsufficientFunds, TxReverted, TxTimeout
from zerog.chain.tx import Call, Sender
from zerog.da.encoding import ProvenPiece
from zerog.da.onchain.challengelog import Asked, ChallengeLog
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.pieces import piece_of, piece_values
from zerog.da.onchain.seats import Seat
from zerog.da.onchain.sending import WAIT_SECONDS, fresh, send
from zerog.da.params import Profile
from zerog.da.rowstore import BrokenRows, RowsNotHere
from zerog.da.wire import RowsAsked
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
        shown = self._shown(seat, asked)
        if shown is None:
            return None
        sender = self._network.sender(seat.account)
        # after a reorg the number may be another challenge's
        what = f"{asked.data_root.hex()}:{asked.row}:{asked.piece}"
        intent = fresh(sender, f"da-answer:{contract.address}:{asked.challenge_id}:{what}")
        if contract.challenge(asked.challenge_id) is None:
            return None
        data = contract.calldata("answer", asked.challenge_id, piece_values(shown))
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

    def _shown(self, seat: Seat, asked: Asked) -> ProvenPiece | None:
        wanted = RowsAsked(asked.epoch, asked.quorum_id, asked.data_root, (asked.row,))
        try:
            given = seat.rows(self._profile).rows(wanted)
        except (RowsNotHere, BrokenRows, OSError) as error:
            if asked.challenge_id not in self._lost:
                self._lost.add(asked.challenge_id)
                log.error("%s loses stake: challenge %d: %s", seat.name, asked.challenge_id, error)
            return None
        return piece_of(given.commitment.header, given.rows[0], asked.piece)
