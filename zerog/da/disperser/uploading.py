"""From accepted to uploaded: what is encoded gets its data root, then a place in the chain."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from zerog.chain.errors import TxReverted
from zerog.da.disperser.bytestore import BLOB
from zerog.da.disperser.encoded import find_commitment, why_gone
from zerog.da.disperser.house import LEASE_SECONDS, PASS_SECONDS, House, intent, keeping
from zerog.da.disperser.places import nudge
from zerog.da.ports import Standing
from zerog.da.status import Blob, Stage
from zerog.da.wire import encode_commitment
from zerog.errors import Unreachable, ZerogError
from zerog.jobs import EncodeBlob

UPLOADS_AT_ONCE: Final = 200
FORGOTTEN_SECONDS: Final = 5.0
"""An encoding that was asked for, and is not there after so long, is asked for again."""
ENCODING_SECONDS: Final = 30.0
"""And then not again for so long."""
RECENT_EPOCHS: Final = 1
"""A certificate of so many epochs ago serves another request of the same blob: longer ago, its
signers may soon be free to drop their rows."""


def gather(house: House) -> bool:
    """accepted -> encoded, for every blob whose encoding is in the store."""
    moved = False
    for blob in house.rows.at(Stage.ACCEPTED):
        found = find_commitment(house.files, blob.request_id, blob.length, house.profile)
        if found is not None:
            root = found.data_root(house.chain_id, house.entrance)
            after = blob.encoded(encode_commitment(found), root, house.profile.rows)
            moved = house.move((blob, after)) or moved
    return moved


def ask_for_encodings(house: House) -> int:
    """Ask again for encodings that nobody seems to make; how many. Fails blobs without bytes.

    Raises StoreAway, StoreUnreachable.
    """
    now, asked = time.time(), 0
    queue = house.rows.counts().get(Stage.ACCEPTED, 0)  # of whom each takes a part of a second
    claimed = house.rows.claim(Stage.ACCEPTED, 1000, now, ENCODING_SECONDS + queue)
    young = [blob for blob in claimed if blob.received_at > now - FORGOTTEN_SECONDS - queue / 2]
    house.rows.release(young)
    due = [blob for blob in claimed if blob not in young]
    for number, blob in enumerate(due):
        try:
            asked += _ask_for_encoding(house, blob)
        except Unreachable:  # the store: they need not wait when it is back
            house.rows.release(due[number:])
            raise
    return asked


def _ask_for_encoding(house: House, blob: Blob) -> bool:
    """Whether it was asked for. Raises StoreAway, StoreUnreachable."""
    name = f"{BLOB}/{blob.request_id}"
    if house.files.has(name):
        return nudge(house.jobs, EncodeBlob(blob.request_id, house.profile.k, house.profile.n))
    house.watch.require_gone(name)
    house.move((blob, blob.failed(why_gone(house.files, blob.request_id))))
    return False


def settle_duplicates(house: House) -> bool:
    """encoded -> confirmed, for blobs that the contract has a recent certificate of already."""
    if not house.has(Stage.ENCODED):
        return False
    pairs = house.rows.claim_certified(time.time(), LEASE_SECONDS)
    end = time.monotonic() + PASS_SECONDS
    stands: dict[str, bool] = {}  # many may have one twin
    moved = False
    for number, (blob, twin) in enumerate(pairs):
        if time.monotonic() > end:
            house.rows.release([one for one, _ in pairs[number:]])
            break
        where, name = twin.assignment, twin.request_id
        if name not in stands:
            stands[name] = _stands(house, twin)
        if where is None or not stands[name]:
            house.rows.alone(blob)
            continue
        after = blob.confirmed(twin.confirmed_tx, twin.confirmed_block, where)
        after = replace(after, signed_rows=twin.signed_rows)
        moved = house.move((blob, after)) or moved
    return moved


def _stands(house: House, twin: Blob) -> bool:
    where = twin.assignment
    if where is None or where.epoch + RECENT_EPOCHS < house.door.current_epoch():
        return False
    return house.door.standing(twin.data_root, where) is not Standing.GONE


def upload(house: House) -> bool:
    """encoded -> uploaded, for as many blobs as one transaction takes. Raises ZerogError."""
    if not house.has(Stage.ENCODED) or not house.door.current_epoch():
        return False
    batch = house.rows.claim_batch(Stage.ENCODED, UPLOADS_AT_ONCE, time.time(), LEASE_SECONDS)
    if not batch:
        return False
    policy = int.from_bytes(batch[0].policy)
    roots = [blob.data_root for blob in batch]
    try:
        with keeping(house.rows, batch):
            places = house.door.upload(roots, policy, intent("upload", batch))
    except TxReverted as error:
        reason = f"the announcement was refused: {error.cause}"
        house.move(*[(blob, house.back(blob, reason)) for blob in batch])
        return False
    except ZerogError as error:
        house.rest(batch, error)
        return False
    steps = [(blob, blob.uploaded(where)) for blob, where in zip(batch, places, strict=True)]
    return house.move(*steps)
