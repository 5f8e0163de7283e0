"""What a disperser forgets: blobs that ended long ago, and bytes that belong to no row."""

from __future__ import annotations

import math
from typing import Final

from zerog.da.disperser.bytestore import BLOB, KINDS
from zerog.da.disperser.house import House
from zerog.da.status import TERMINAL

ORPHAN_SECONDS: Final = 3600.0
"""Bytes without a row: a crash came between the two, and nobody was promised anything."""


def forget(house: House, now: float) -> int:
    """Drop what is not needed any more; how many objects went. now: seconds since 1970.

    Rows and bytes of ended blobs are kept for the house's retention. Raises StoreAway: what is in
    somebody else's store has no rows here.
    """
    house.watch.require_now()
    for blob in house.rows.forget(now - house.retention_s):
        for kind in KINDS:
            house.files.drop(f"{kind}/{blob.request_id}")
    stages = house.rows.stages()
    dropped = 0
    for kind in KINDS:
        for request_id in house.files.names(kind):
            stage = stages.get(request_id)
            ended = stage in TERMINAL and kind != BLOB
            orphan = stage is None and made_at(request_id) < now - ORPHAN_SECONDS
            if ended or orphan:
                house.files.drop(f"{kind}/{request_id}")
                dropped += 1
    house.files.tidy()
    return dropped


def made_at(request_id: str) -> float:
    """When an id was given, seconds since 1970; never, for what is no id of ours."""
    stamp = request_id.partition("-")[2]
    try:
        digits = bytes.fromhex(stamp).partition(b"/")[0]
        return int(digits) / 1e9
    except ValueError:
        return math.inf
