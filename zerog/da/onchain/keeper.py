"""Keeps epochs going: looks where the next one stands, and does the one thing that is due.

Harmless when several do it: the contract takes each step once. Who comes second is refused before
it pays, or pays little, and looks again. What a killed keeper sent is found by its intent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from zerog.chain.bindings_da import Draw, Round, RoundPhase
from zerog.chain.errors import InsufficientFunds, TxReverted
from zerog.chain.tx import Call, Sender
from zerog.da import quorums
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.registering import entering
from zerog.da.onchain.seats import Seat
from zerog.da.onchain.sending import SYNC_GAS, WAIT_SECONDS, fresh, run, send
from zerog.da.onchain.turns import PATIENCE_SECONDS, Turns, registered
from zerog.da.policies import Term
from zerog.da.quorums import Ballot, Registration
from zerog.errors import ZerogError
from zerog.locks import try_lock

log = logging.getLogger(__name__)
KEYS_PER_PAGE: Final = 383
"""contracts/da/SignerBook.sol."""


class Deed(StrEnum):
    """What a step did."""

    NOTHING = "nothing"
    """Nothing is due, or another process of this home is at it."""
    OVERTAKEN = "overtaken"
    """Somebody else did it first."""
    ENTERED = "entered"
    """Own signers registered for the next epoch."""
    CAPTURED = "captured"
    PAGED = "paged"
    SHOWN = "shown"
    SUMMED = "summed"
    BEGUN = "begun"
    """An epoch began, or the entrance was told of one."""


IDLE: Final = frozenset({Deed.NOTHING, Deed.OVERTAKEN})


class Keeper:
    """One home's keeping of the epochs."""

    def __init__(
        self,
        network: DaNetwork,
        seats: Sequence[Seat],
        payer: Sender,
        folder: Path,
        patience_s: float = PATIENCE_SECONDS,
    ) -> None:
        """seats: signers that are registered for each epoch; payer: of all other steps.

        folder: of the lock that keeps this home from sending twice at once. patience_s: with
        other homes' keepers (`turns`).
        """
        self._network, self._signers = network, network.signers
        self._seats, self._payer = seats, payer
        self._lock = folder / "keeper.lock"
        self._registered: tuple[bytes, list[Registration]] = (b"", [])
        self._slots: dict[int, int] = {}
        self._drawn: dict[int, list[Ballot]] = {}
        self._complaints: dict[str, int] = {}
        self._turns = Turns(network.signers, seats, patience_s)

    def run(self, seconds: float) -> list[Deed]:
        """Step while there is something to do, for about so long; what was done."""
        end, done = time.monotonic() + seconds, [self.step()]
        while done[-1] not in IDLE and time.monotonic() < end:
            done.append(self.step())
        return done

    def step(self) -> Deed:
        """Do what is due; raises TxTimeout, ChainUnreachable, InsufficientFunds."""
        with try_lock(self._lock) as ours:
            if not ours:
                return Deed.NOTHING
            try:
                return self._step()
            except TxReverted:
                # somebody else's transaction, or a block's passing, came between look and deed
                return Deed.OVERTAKEN

    def _step(self) -> Deed:
        found = self._signers.round()
        deeds: dict[RoundPhase, Callable[[Round], Deed]] = {
            RoundPhase.REGISTRATION: self._enter,
            RoundPhase.BEACON: self._capture,
            RoundPhase.DRAWING: self._draw,
            RoundPhase.READY: self._begin,
        }
        if found.phase in deeds and (done := deeds[found.phase](found)) is not Deed.NOTHING:
            return done
        return self._tell(found)

    # ------------------------------------------------------------ registration

    def _enter(self, found: Round) -> Deed:
        sent: list[tuple[Sender, str]] = []
        for seat in self._seats:
            if seat.is_leaving or self._signers.is_registered(seat.address, found.epoch):
                continue
            sender = self._network.sender(seat.account)
            intent = fresh(sender, self._name(Deed.ENTERED, found, seat.address))
            if self._signers.is_registered(seat.address, found.epoch):
                continue
            try:
                send(sender, intent, entering(self._network, seat, found.epoch), SYNC_GAS)
            except (TxReverted, InsufficientFunds) as error:
                # no stake worth a vote, not registered, no money: its operator's to mend
                self._complain(seat, found.epoch, error)
            else:
                sent.append((sender, intent))
        for sender, intent in sent:
            sender.wait(intent, WAIT_SECONDS)
        return Deed.ENTERED if sent else Deed.NOTHING

    def _complain(self, seat: Seat, epoch: int, error: ZerogError) -> None:
        """Once an epoch: the step is repeated every other second."""
        if self._complaints.get(seat.name) != epoch:
            self._complaints[seat.name] = epoch
            log.warning("%s does not enter epoch %d: %s", seat.name, epoch, error)

    # -------------------------------------------------------------------- draw

    def _capture(self, found: Round) -> Deed:
        block = self._network.chain.block(found.beacon_block)
        seen = "" if block is None else block.hash.hex()
        return self._send(found, Deed.CAPTURED, (seen,), "captureBeacon")

    def _draw(self, found: Round) -> Deed:
        last: dict[int, int] = {}
        for one in self._registrations(found):
            page, place = divmod(one.signer_id, KEYS_PER_PAGE)
            last[page] = max(last.get(page, 0), place)
        for page in sorted(last):
            paged, known = self._signers.key_page(page)
            if last[page] >= paged:
                return self._send(found, Deed.PAGED, (page, known), "pageKeys", page)
        for policy in self._slots:
            done = self._draw_one(found, policy)
            if done is not None:
                return done
        # still drawing: a reorg may have turned what is kept of the round
        self._registered = (b"", [])
        return Deed.NOTHING

    def _draw_one(self, found: Round, policy: int) -> Deed | None:
        """None when the draw is ready."""
        draw, params = self._signers.draw(policy), self._signers.params()
        if draw.shown < draw.votes:
            ballots = self._ballots(found, policy)
            data = next_call(ballots, draw.shown, params.rows)
            at = (found.beacon.hex(), policy, draw.shown)
            return self._send(found, Deed.SHOWN, at, "prepareQuorum", policy, data)
        if draw.summed < _prepared(draw, params.rows):
            at = (found.beacon.hex(), policy, draw.summed)
            return self._send(found, Deed.SUMMED, at, "sumQuorum", policy)
        return None

    def _registrations(self, found: Round) -> list[Registration]:
        """Of the draw; kept while it lasts, for there may be many, as the slots of its policies."""
        if self._registered[0] != found.beacon:
            people = registered(self._signers, found)
            self._registered, self._drawn = (found.beacon, people), {}
            self._slots = self._policies(found.epoch)
        return self._registered[1]

    def _policies(self, epoch: int) -> dict[int, int]:
        """Policy -> slot of each draw of an epoch; from its beacon on they stay."""
        slots = {0: 0}
        for number in range(1, self._signers.policy_count() + 1):
            read = self._signers.policy_term(number)
            term = Term(read.first, read.end, read.slot)
            if term.covers(epoch):
                slots[number] = term.slot
        return slots

    def _ballots(self, found: Round, policy: int) -> list[Ballot]:
        """In order; kept as the registrations are."""
        people = self._registrations(found)
        if policy not in self._drawn:
            self._drawn[policy] = quorums.ballots(people, found.beacon, self._slots[policy])
        return self._drawn[policy]

    # ------------------------------------------------------------------- begin

    def _begin(self, found: Round) -> Deed:
        return Deed.NOTHING if self.blocks_left(found) > 0 else self._sync(found, "begin")

    def blocks_left(self, found: Round | None = None) -> int:
        """Blocks until something can be due that is not now; 0 when only deeds are missing."""
        found = found or self._signers.round()
        head = self._network.chain.head().number
        if found.phase is RoundPhase.REGISTRATION:
            return max(found.close_block + 1 - head, 0) if found.close_block else 0
        if found.phase is RoundPhase.WAITING:
            return max(found.beacon_block + 1 - head, 0)
        if found.phase is RoundPhase.READY and found.epoch > 1:
            start = self._signers.epoch_block(found.epoch - 1)
            return max(start + self._signers.params().epoch_blocks - head, 0)
        return 0

    def _tell(self, found: Round) -> Deed:
        """Rounds of sampling need nobody: who has a hit opens them, and missed ones are skipped."""
        if self._network.entrance.epoch() == found.epoch - 1:
            return Deed.NOTHING
        return self._sync(found, "tell")

    # ---------------------------------------------------------------- internal

    def _sync(self, found: Round, why: str) -> Deed:
        entrance = self._network.entrance
        call = Call(entrance.address, entrance.calldata("syncFixedTimes", 1))
        return self._do(found, Deed.BEGUN, (why,), call)

    def _send(
        self, found: Round, deed: Deed, at: tuple[object, ...], function: str, *args: object
    ) -> Deed:
        call = Call(self._signers.address, self._signers.calldata(function, *args))
        return self._do(found, deed, at, call)

    def _do(self, found: Round, deed: Deed, at: tuple[object, ...], call: Call) -> Deed:
        """at: what tells a deed from the others of its kind in a round."""
        name = self._name(deed, found, *at)
        if not self._turns.is_ours(found, name):
            return Deed.NOTHING
        # an intent is one account's: another seat may pay where this one could not
        intent = fresh(self._payer, f"{name}:{self._payer.address}")
        run(self._payer, intent, call, SYNC_GAS)
        return deed

    def _name(self, deed: Deed, found: Round, *at: object) -> str:
        parts = (self._signers.address, found.epoch, *at)
        return f"da-{deed}:" + ":".join(map(str, parts))


def next_call(drawn: Sequence[Ballot], shown: int, rows: int) -> bytes:
    """The ballots that the next call of a draw shows, when so many were shown already."""
    return b"".join(one.packed() for one in drawn[shown : shown + rows])


def _prepared(draw: Draw, rows: int) -> int:
    return min(-(-draw.shown // rows), draw.quorums)
