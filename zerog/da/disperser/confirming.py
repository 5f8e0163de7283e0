"""From signed to final: certificates go to the contract in batches, and stay under watch."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import astuple
from typing import Final

from zerog.chain.errors import InsufficientFunds, TxReverted
from zerog.crypto.bn254 import G1, G2
from zerog.da.certificate import Certificate
from zerog.da.disperser.bytestore import CERTIFICATE, BytesGone, ByteStore
from zerog.da.disperser.house import (
    LEASE_SECONDS,
    PASS_SECONDS,
    House,
    believed,
    intent,
    keeping,
)
from zerog.da.ports import Standing, Tip
from zerog.da.status import Blob, Stage
from zerog.errors import NotFound, ZerogError
from zerog.locks import try_lock

log = logging.getLogger(__name__)
CONFIRMED_AT_ONCE: Final = 20
"""Certificates of one transaction: 20 of the dearest ones fit below 16 M gas."""
WATCHED_AT_ONCE: Final = 200


def keep_certificate(store: ByteStore, request_id: str, certificate: Certificate) -> None:
    """Keep a certificate until it is on the chain, durably."""
    document = {
        "dataRoot": certificate.data_root.hex(),
        "epoch": certificate.epoch,
        "quorumId": certificate.quorum_id,
        "rowRoot": certificate.row_root.hex(),
        "rlcRoot": certificate.rlc_root.hex(),
        "bitmap": certificate.bitmap.hex(),
        "key": [[hex(part) for part in pair] for pair in astuple(certificate.key)],
        "signature": [hex(part) for part in astuple(certificate.signature)],
    }
    store.put(f"{CERTIFICATE}/{request_id}", json.dumps(document).encode())


def kept_certificate(store: ByteStore, request_id: str) -> Certificate:
    """What `keep_certificate` kept; raises BytesGone."""
    found = json.loads(bytes(memoryview(store.get(f"{CERTIFICATE}/{request_id}"))))
    x, y = (tuple(int(part, 16) for part in pair) for pair in found["key"])
    return Certificate(
        data_root=bytes.fromhex(found["dataRoot"]),
        epoch=found["epoch"],
        quorum_id=found["quorumId"],
        row_root=bytes.fromhex(found["rowRoot"]),
        rlc_root=bytes.fromhex(found["rlcRoot"]),
        bitmap=bytes.fromhex(found["bitmap"]),
        key=G2((x[0], x[1]), (y[0], y[1])),
        signature=G1(*(int(part, 16) for part in found["signature"])),
    )


def confirm(house: House) -> bool:
    """signed -> confirmed, for a batch; those that the contract refuses go back, one by one."""
    if not house.has(Stage.SIGNED):
        return False
    batch = house.rows.claim_batch(Stage.SIGNED, CONFIRMED_AT_ONCE, time.time(), LEASE_SECONDS)
    certificates = _certificates(house, batch)
    batch = [blob for blob in batch if blob.request_id in certificates]
    if not batch:
        return False
    try:
        with keeping(house.rows, batch):
            ordered = [certificates[blob.request_id] for blob in batch]
            made = house.door.confirm(ordered, intent("confirm", batch))
    except TxReverted as error:
        return house.move(*[(blob, _reverted(house, blob, error)) for blob in batch])
    except ZerogError as error:
        house.rest(batch, error)
        return False
    steps = []
    for blob in batch:
        refused = made.refused.get(blob.data_root)
        after = blob.confirmed(made.tx, made.block) if refused is None else None
        reason = f"the contract refused the certificate: {refused}"
        steps.append((blob, after or house.back(blob, reason)))
    return house.move(*steps)


def _certificates(house: House, batch: Sequence[Blob]) -> dict[str, Certificate]:
    """Certificates by request; a blob that lost its own goes back and holds up nobody.

    Raises StoreAway, StoreUnreachable.
    """
    found = {}
    for blob in batch:
        try:
            kept = kept_certificate(house.files, blob.request_id)
        except BytesGone as error:
            house.watch.require_gone(f"{CERTIFICATE}/{blob.request_id}")
            house.move((blob, house.back(blob, error.cause)))
            continue
        if _is_of(kept, blob):
            found[blob.request_id] = kept
        else:
            house.move((blob, house.back(blob, "the kept certificate is of another announcement")))
    return found


def _is_of(kept: Certificate, blob: Blob) -> bool:
    """Whether a certificate is of the row's announcement: a worker that came late, with an older
    one, may have written over it.
    """
    where = blob.assignment
    if where is None:
        return False
    place = (blob.data_root, where.epoch, where.quorum_id)
    return (kept.data_root, kept.epoch, kept.quorum_id) == place


def _reverted(house: House, blob: Blob, error: TxReverted) -> Blob:
    """After a transaction that did nothing: somebody else's may have certified the blob."""
    where = blob.assignment
    if where is not None and house.door.standing(blob.data_root, where) is not Standing.GONE:
        return blob.confirmed(b"", where.block)
    return house.back(blob, f"the certificate was refused: {error.cause}")


def finalize(house: House) -> bool:
    """confirmed -> finalized, where the chain is sure; back, where it has forgotten.

    One worker of a home at a time does it. Young blocks are waited for without a question.
    """
    if not house.has(Stage.CONFIRMED):
        return False
    with try_lock(house.folder / "finalize.lock") as mine:
        return mine and _finalize(house, house.door.tip())


def _finalize(house: House, tip: Tip) -> bool:
    claimed = house.rows.claim(Stage.CONFIRMED, WATCHED_AT_ONCE, time.time(), LEASE_SECONDS)
    end = time.monotonic() + PASS_SECONDS
    missing = {blob.request_id: tip.missing(blob.confirmed_block) for blob in claimed}
    waiting = [(blob, missing[blob.request_id]) for blob in claimed if missing[blob.request_id]]
    due = [blob for blob in claimed if not missing[blob.request_id]]
    moved = False
    for number, blob in enumerate(due):
        if time.monotonic() > end:
            house.rows.release(due[number:])
            break
        standing = _standing(house, blob, tip)
        if standing is Standing.PENDING:
            waiting.append((blob, 0))
            continue
        gone = standing is Standing.GONE
        after = house.back(blob, "the chain forgot the certificate") if gone else blob.finalized()
        moved = house.move((blob, after)) or moved
    house.rest_for_blocks(waiting)
    return moved


def _standing(house: House, blob: Blob, tip: Tip) -> Standing:
    """A certificate that a reorg took is in a transaction of ours, which is sent again first."""
    where = blob.assignment
    if where is None:
        return Standing.GONE
    found = believed(house.door.standing(blob.data_root, where, tip), blob, time.time())
    if found is not Standing.GONE:
        return found
    if _is_coming(house, blob):
        return Standing.PENDING
    return believed(house.door.standing(blob.data_root, where), blob, time.time())


def _is_coming(house: House, blob: Blob) -> bool:
    """Whether the transaction that had the certificate may still be mined.

    It is asked for by itself: a home's newest transaction, which `recover` looks at, may be another
    account's, and stand.
    """
    if not blob.confirmed_tx:  # somebody else's
        house.door.recover()
        return False
    try:
        return house.door.is_under_way(blob.confirmed_tx)
    except InsufficientFunds as error:  # to send it again: it is tried again soon
        log.warning("the certificate of blob %s waits: %s", blob.request_id[:16], error)
        return True
    except (TxReverted, NotFound):
        return False
