"""From uploaded to signed: several blobs side by side, each with all signers of its quorum."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Set
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final

from zerog.chain.errors import TxReverted
from zerog.da.certificate import TooFewSigned
from zerog.da.disperser.asking import Asking
from zerog.da.disperser.bytestore import BLOB, ENCODED, BytesGone
from zerog.da.disperser.confirming import keep_certificate
from zerog.da.disperser.encoded import BytesDamaged, make_encoded, open_encoded, why_gone
from zerog.da.disperser.house import LEASE_SECONDS, House, believed
from zerog.da.disperser.places import nudge
from zerog.da.encoding import Encoded
from zerog.da.ports import Quorum, Standing, Tip
from zerog.da.status import Assignment, Blob, Stage
from zerog.da.wire import encode_commitment
from zerog.errors import NotFound, Unreachable, ZerogError
from zerog.jobs import MoveBlobs
from zerog.locks import try_lock

log = logging.getLogger(__name__)
Place = tuple[int, int]
"""Epoch and quorum."""
BLOBS_AT_ONCE: Final = 16
BYTES_AT_ONCE: Final = 64 * 1024 * 1024
"""Of blobs; what is on its way to their signers is three times as much."""
LOOKED_AT_ONCE: Final = 64
LOOK_SECONDS: Final = 0.05
FILL_SECONDS: Final = 0.5
"""Of looking at what waits, between two looks at what is done."""
CROWD_SECONDS: Final = 0.25
"""A blob rests so long when its quorum has its share of the room."""
POISON_SECONDS: Final = 60.0
"""And so long when it met an error that nobody thought of."""
ROUND_SECONDS: Final = 10.0
"""Then another worker may have the room."""


def sign(house: House) -> bool:
    """uploaded -> signed, for all blobs there are; one worker of a home at a time does it."""
    moved = False
    while True:
        with try_lock(house.folder / "signing.lock") as mine:
            if not mine:
                return moved
            room = SigningRoom(house)
            moved = room.run(time.monotonic() + ROUND_SECONDS) or moved
        # who came while the room was being closed found it locked, and went away
        if room.over_time or not house.has(Stage.UPLOADED):
            return moved


class SigningRoom:
    """Blobs whose signers are being asked."""

    def __init__(self, house: House) -> None:
        """house: the disperser."""
        self._house = house
        self._busy: dict[Future[Blob], Blob] = {}
        self._moved = False
        self.over_time = False

    def run(self, until: float) -> bool:
        """Sign what there is, and what comes meanwhile; whether any moved.

        until: a monotonic time, after which nothing new is begun.
        """
        with ThreadPoolExecutor(BLOBS_AT_ONCE, thread_name_prefix="sign") as pool:
            renewed = time.monotonic()
            while True:
                self.over_time = time.monotonic() > until
                if not self.over_time:
                    self._fill(pool)
                if not self._busy:
                    return self._moved
                done, _ = wait(self._busy, LOOK_SECONDS, return_when=FIRST_COMPLETED)
                for future in done:
                    self._end(future)
                if time.monotonic() - renewed > LEASE_SECONDS / 3:
                    renewed = time.monotonic()
                    self._house.rows.hold([*self._busy.values()], time.time() + LEASE_SECONDS)

    def _fill(self, pool: ThreadPoolExecutor) -> None:
        """Begin with some of what waits: one look at each row, for FILL_SECONDS at most."""
        if not self._has_room() or not self._house.has(Stage.UPLOADED):
            return
        rows, busy = self._house.rows, {blob.request_id for blob in self._busy.values()}
        claimed = rows.claim(Stage.UPLOADED, LOOKED_AT_ONCE, time.time(), LEASE_SECONDS)
        left = [blob for blob in claimed if blob.request_id not in busy]  # a claim may have lapsed
        places = {place_of(one) for one in rows.at(Stage.UPLOADED) if one.request_id not in busy}
        young, crowded = [], []
        end = time.monotonic() + FILL_SECONDS
        try:
            tip = self._house.door.tip()
            while left and self._has_room() and time.monotonic() < end:
                blob = left[0]
                if missing := tip.missing(blob.assignment.block) if blob.assignment else 0:
                    young.append((blob, missing))
                elif is_crowded_out(blob, self._busy.values(), places):
                    crowded.append(blob)
                elif quorum := self._ready(blob, tip):
                    self._busy[pool.submit(get_signed, self._house, blob, quorum)] = blob
                left.pop(0)
        except Unreachable as error:
            self._house.rest(left, error)
        else:
            rows.release(left)
        self._house.rest_for_blocks(young)
        rows.hold(crowded, time.time() + CROWD_SECONDS)

    def _has_room(self) -> bool:
        busy = self._busy.values()
        return len(busy) < BLOBS_AT_ONCE and sum(b.length for b in busy) < BYTES_AT_ONCE

    def _ready(self, blob: Blob, tip: Tip) -> Quorum | None:
        """The quorum of a blob whose announcement is final. Raises ChainUnreachable."""
        house, where = self._house, blob.assignment
        try:
            standing = Standing.GONE
            if where is not None:
                found = house.door.upload_standing(blob.data_root, where, tip)
                standing = believed(found, blob, time.time())
            if standing is Standing.FINAL and where is not None:
                return house.door.quorum(where.epoch, where.quorum_id)
            if standing is Standing.GONE and where is not None:
                standing = self._announced_again(blob, where)
        except Unreachable:
            raise
        except ZerogError as error:
            house.rest([blob], error)
            return None
        if standing is Standing.GONE:
            house.move((blob, house.back(blob, "the chain forgot the announcement")))
        else:
            house.rest_for_blocks([(blob, 0)])
        return None

    def _announced_again(self, blob: Blob, where: Assignment) -> Standing:
        """What a reorg took is not paid for twice: the same transaction comes back, or is sent
        again, maybe to another place. GONE when it never will be there.
        """
        try:
            now = self._house.door.announced_again(blob.data_root, where)
        except (TxReverted, NotFound):
            return Standing.GONE
        if now is not None:
            self._house.move((blob, blob.uploaded(now)))
        return Standing.PENDING

    def _end(self, future: Future[Blob]) -> None:
        """Record what became of a blob. An error that nobody thought of stops no other blob."""
        blob, house, error = self._busy.pop(future), self._house, future.exception()
        if isinstance(error, ZerogError | OSError):
            house.rest([blob], error)
            return
        if error is not None:
            log.error("blob %s cannot be signed", blob.request_id[:16], exc_info=error)
            house.rows.hold([blob], time.time() + POISON_SECONDS)
            return
        after = future.result()
        if house.move((blob, after)) and after.stage is Stage.SIGNED:
            self._moved = True
            nudge(house.jobs, MoveBlobs(Stage.SIGNED))


def place_of(blob: Blob) -> Place | None:
    """Where a blob was announced."""
    where = blob.assignment
    return None if where is None else (where.epoch, where.quorum_id)


def is_crowded_out(blob: Blob, busy: Iterable[Blob], waiting: Set[Place | None]) -> bool:
    """Whether the signers of a blob's quorum have half of the room, and blobs of others wait.

    busy: who is in the room; waiting: the quorums of all who wait for it.
    """
    sizes = [one.length for one in busy if place_of(one) == place_of(blob)]
    if len(sizes) < BLOBS_AT_ONCE // 2 and sum(sizes) < BYTES_AT_ONCE // 2:
        return False
    return not waiting <= {place_of(blob)}


def get_signed(house: House, blob: Blob, quorum: Quorum) -> Blob:
    """What becomes of one blob: signed, with its certificate kept, or back. Moves nothing.

    Raises StoreAway, StoreUnreachable.
    """
    try:
        encoded = _encoding_of(house, blob)
    except BytesDamaged as error:
        return blob.failed(error.cause)
    except BytesGone:
        house.watch.require_gone(f"{BLOB}/{blob.request_id}")
        return blob.failed(why_gone(house.files, blob.request_id))
    if encode_commitment(encoded.commitment) != blob.commitment:
        root = encoded.commitment.data_root(house.chain_id, house.entrance)
        commitment = encode_commitment(encoded.commitment)
        return blob.encoded(commitment, root, house.profile.rows)
    try:
        certificate, rows = Asking(quorum, encoded, blob.data_root, house.pace.sign).run()
    except TooFewSigned as error:
        # Maybe it is the encoding that is damaged: it is made again before anybody is asked again.
        house.files.drop(f"{ENCODED}/{blob.request_id}")
        most, signed = house.pace.most, error.signed
        return blob.again(error.cause, most, unsigned=True, signed_rows=signed)
    keep_certificate(house.files, blob.request_id, certificate)
    return blob.signed(rows)


def _encoding_of(house: House, blob: Blob) -> Encoded:
    """The blob's rows; made again from its bytes when they are not those of the data root."""
    encoded = open_encoded(house.files, blob.request_id, house.profile)
    if encode_commitment(encoded.commitment) != blob.commitment:
        house.files.drop(f"{ENCODED}/{blob.request_id}")
        make_encoded(house.files, blob.request_id, house.profile)
        encoded = open_encoded(house.files, blob.request_id, house.profile)
    return encoded
