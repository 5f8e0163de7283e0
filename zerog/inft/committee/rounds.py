"""A member's part in rounds: deal, judge, confirm, end; and its share of each key.

Nothing is kept: dealings are on the chain and masked to box keys, so a member that lost all but
its two keys has its shares again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from zerog.chain.bindings_committee import CommitteeContract, Round, RoundPart, RoundState
from zerog.chain.tx import Call, Sender, TxReverted
from zerog.crypto.curve import random_scalar
from zerog.inft.committee.dkg import (
    Complaint,
    Dealing,
    KeyShare,
    RoundContext,
    combine_shares,
    complain,
    conclude,
    counting,
    deal,
    open_share,
    pair,
)
from zerog.inft.committee.errors import NotInSharing, WrongDealtShare

PATIENCE_SECONDS: Final = 3.0
"""How much later than the receiver before it each receiver ends a round."""
TOO_FEW: Final = "too few right dealings"
"""What `step` says of a round that cannot end: whoever administers abandons it."""
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Rounds:
    """The rounds of one member."""

    committee: CommitteeContract
    sender: Sender
    slot: int
    box: int = field(repr=False)
    _shares: dict[int, KeyShare] = field(default_factory=dict, repr=False)
    _judged: dict[int, float] = field(default_factory=dict)

    # ----------------------------------------------------------------------- reading

    def context(self, found: Round) -> RoundContext:
        """What a round's messages are bound to, with its receivers' box keys."""
        boxes = {slot: self.committee.member(slot).box for slot in found.receivers}
        chain_id = self.committee.chain.chain_id()
        ends = (found.round_id, found.threshold, boxes)
        return RoundContext(chain_id, self.committee.address, *ends)

    def parts(self, found: Round) -> dict[int, RoundPart]:
        """What everybody in a round did."""
        everybody = sorted({*found.dealers, *found.receivers})
        return {slot: self.committee.part(found.round_id, slot) for slot in everybody}

    def dealings(self, round_id: int) -> dict[int, Dealing]:
        """The dealings that were posted."""
        events = self.committee.events("Dealt", roundId=round_id)
        return {one.number("slot"): Dealing.from_abi(one.args["dealing"]) for one in events}

    def share_of(self, sharing_id: int) -> KeyShare:
        """This member's share of a key; raises NotInSharing."""
        found = self._shares.get(sharing_id)
        if found is None:
            found = self._shares[sharing_id] = self._opened(sharing_id)
        return found

    def _opened(self, sharing_id: int) -> KeyShare:
        ended = self.committee.events("RoundFinal", sharingId=sharing_id)
        if not ended:
            raise NotInSharing(self.slot, sharing_id)
        round_id, key_id = ended[-1].number("roundId"), ended[-1].number("keyId")
        found = self.committee.round(round_id)
        if self.slot not in found.receivers:
            raise NotInSharing(self.slot, sharing_id)
        context = self.context(found)
        chosen = self._counting(
            found, self.parts(found), self._threshold_before(key_id, sharing_id)
        )
        opened = {
            dealer: open_share(context, dealer, self.slot, self.box, dealing)
            for dealer, dealing in chosen.items()
        }
        share = KeyShare(key_id, sharing_id, self.slot, combine_shares(opened, found.reshare))
        if self.committee.sharing(sharing_id).publics.get(self.slot) != share.public:
            raise NotInSharing(self.slot, sharing_id)
        return share

    def _threshold_before(self, key_id: int, sharing_id: int) -> int:
        """Threshold of the key's sharing before this one; 0 where this is the first."""
        events = self.committee.events("RoundFinal", keyId=key_id)
        earlier = [one.number("sharingId") for one in events]
        before = [one for one in earlier if one < sharing_id]
        return self.committee.sharing(max(before)).threshold if before else 0

    def _counting(
        self, found: Round, parts: Mapping[int, RoundPart], old_threshold: int
    ) -> dict[int, Dealing]:
        right = [s for s in found.dealers if parts[s].has_dealt and not parts[s].wrong]
        slots = counting(found.dealers, right, old_threshold if found.reshare else None)
        dealings = self.dealings(found.round_id)
        return {slot: dealings[slot] for slot in slots}

    # ------------------------------------------------------------------------ acting

    def step(self) -> str:
        """Do what is due in the newest round; gives what was done."""
        round_id = self.committee.last_round()
        if not round_id:
            return "nothing"
        found = self.committee.round(round_id)
        if found.state is not RoundState.OPEN:
            return "nothing"
        parts = self.parts(found)
        now = max(time.time(), self.committee.chain.head().timestamp)
        if now <= found.deal_by:
            return self._deal(found, parts)
        if not self._is_judged(found, parts, now):
            return self._judge(found, parts)
        return self._end(found, parts)

    def _is_judged(self, found: Round, parts: Mapping[int, RoundPart], now: float) -> bool:
        return now > found.judge_by or all(parts[slot].confirmed for slot in found.receivers)

    def _deal(self, found: Round, parts: Mapping[int, RoundPart]) -> str:
        if self.slot not in found.dealers or parts[self.slot].has_dealt:
            return "nothing"
        secret = random_scalar()
        if found.reshare:
            secret = self.share_of(self.committee.key(found.key_id).sharing_id).secret
        made = deal(self.context(found), self.slot, secret)
        return self._send(found.round_id, "deal", made.to_abi())

    def _judge(self, found: Round, parts: Mapping[int, RoundPart]) -> str:
        if self.slot not in found.receivers or parts[self.slot].confirmed:
            return "nothing"
        context = self.context(found)
        for dealer, dealing in self.dealings(found.round_id).items():
            if parts[dealer].wrong:
                continue
            try:
                open_share(context, dealer, self.slot, self.box, dealing)
            except WrongDealtShare as error:
                log.warning("round %s: %s", found.round_id, error)
                complaint = complain(context, dealer, self.slot, self.box, dealing)
                return self._refute(found.round_id, complaint, dealing)
        return self._send(found.round_id, "confirm")

    def _refute(self, round_id: int, complaint: Complaint, dealing: Dealing) -> str:
        shared = (pair(complaint.shared), complaint.proof)
        return self._send(round_id, "refute", complaint.dealer, dealing.to_abi(), *shared)

    def _end(self, found: Round, parts: Mapping[int, RoundPart]) -> str:
        if self.slot not in found.receivers:
            return "nothing"
        began = self._judged.setdefault(found.round_id, time.monotonic())
        turn = found.receivers.index(self.slot)
        if time.monotonic() < began + turn * PATIENCE_SECONDS:
            return "waiting"
        old = self.committee.key(found.key_id).sharing_id if found.reshare else 0
        needed = self.committee.sharing(old).threshold if old else found.threshold
        chosen = self._counting(found, parts, needed)
        if len(chosen) < needed:
            return TOO_FEW
        _, hints = conclude(self.context(found), chosen, found.reshare)
        points = [pair(point) for point in hints]
        return self._send(
            found.round_id, "finalise", [one.to_abi() for one in chosen.values()], points
        )

    def _send(self, round_id: int, function: str, *args: object) -> str:
        """One transaction per step of a round; one that comes too late is no fault."""
        which = f":{args[0]}" if function == "refute" else ""
        intent = f"committee:{self.committee.address}:{round_id}:{function}{which}:{self.slot}"
        call = Call(self.committee.address, self.committee.calldata(function, round_id, *args), 0)
        try:
            self.sender.run(intent, call)
        except TxReverted as error:
            log.warning("round %s: %s: %s", round_id, function, error)
            return "too late"
        return function
