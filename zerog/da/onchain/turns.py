"""Whose turn a keeper's deed is, so that a hundred keepers do not all pay for the same one.

The signers of a round have an order that nobody chose: by a hash of their seeds, which are hashes
of unique signatures. The first in it keeps at once, each later one a little later, if what is due
is due still. Only patience: the contracts ask for no order.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from zerog.chain.bindings_da import Round, SignersContract
from zerog.chain.hexes import to_bytes
from zerog.crypto.keccak import keccak256
from zerog.da.messages import participation, signature_hash
from zerog.da.onchain.seats import Seat
from zerog.da.quorums import SEED_BYTES, Registration

PATIENCE_SECONDS: Final = 4.0
"""Between one place in the order and the next: two beats of the clock."""
LAST_PLACE: Final = 10
"""Nobody waits for longer than so many."""
READ_AT_ONCE: Final = 1_000


def registered(signers: SignersContract, found: Round) -> list[Registration]:
    """Everybody who registered for a round, in order."""
    people: list[Registration] = []
    for first in range(0, found.signers, READ_AT_ONCE):
        some = signers.registrations(found.epoch, first, READ_AT_ONCE)
        people += [Registration(one.seed, one.signer_id, one.votes, one.fits) for one in some]
    return people


def place_in(people: Sequence[Registration], own: set[bytes]) -> int:
    """The first place of one's own seeds in the order of a round; LAST_PLACE without any."""
    order = sorted(people, key=lambda one: keccak256(one.seed))
    places = (place for place, one in enumerate(order[:LAST_PLACE]) if one.seed in own)
    return next(places, LAST_PLACE)


class Turns:
    """One home's turns."""

    def __init__(
        self, signers: SignersContract, seats: Sequence[Seat], patience_s: float = PATIENCE_SECONDS
    ) -> None:
        """patience_s: 0 to wait for nobody."""
        self._signers, self._seats, self._patience_s = signers, seats, patience_s
        self._since: dict[str, float] = {}
        self._place: tuple[int, int, int] = (0, 0, 0)

    def is_ours(self, found: Round, what: str) -> bool:
        """Whether a deed that is due may be done by this home now. what: its name."""
        if not self._patience_s:
            return True
        place, now = self._place_in(found), time.monotonic()
        return now - self._since.setdefault(what, now) >= self._patience_s * place

    def _place_in(self, found: Round) -> int:
        if self._place[:2] != (found.epoch, found.signers):
            own = {self._seed(seat, found.epoch) for seat in self._seats}
            place = place_in(registered(self._signers, found), own)
            self._place, self._since = (found.epoch, found.signers, place), {}
        return self._place[2]

    def _seed(self, seat: Seat, epoch: int) -> bytes:
        """A signature is unique for key and message, so a signer knows its own registration."""
        chain_id = self._signers.chain.chain_id()
        digest = participation(to_bytes(seat.address, 20), epoch, chain_id)
        return signature_hash(seat.key.sign(digest))[:SEED_BYTES]
