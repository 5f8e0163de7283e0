"""Which step leaves each stage, and the sweep that asks again for what a broker forgot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from zerog.da.disperser.confirming import confirm, finalize
from zerog.da.disperser.house import House
from zerog.da.disperser.places import nudge
from zerog.da.disperser.signing import sign
from zerog.da.disperser.uploading import ask_for_encodings, gather, settle_duplicates, upload
from zerog.da.status import Stage
from zerog.jobs import MoveBlobs

Step = Callable[[House], bool]
STEPS: Final[Mapping[Stage, tuple[Step, ...]]] = {
    Stage.ACCEPTED: (gather, settle_duplicates, upload),
    Stage.ENCODED: (settle_duplicates, upload),
    Stage.UPLOADED: (sign,),
    Stage.SIGNED: (confirm,),
    Stage.CONFIRMED: (finalize,),
}
AFTER: Final[Mapping[Step, tuple[Stage, ...]]] = {
    upload: (Stage.UPLOADED,),
    settle_duplicates: (Stage.CONFIRMED,),
    sign: (Stage.SIGNED,),
    confirm: (Stage.CONFIRMED, Stage.ENCODED),
}
"""Where rows may go on when a step moved some: other requests of a confirmed blob are encoded."""
BYTELESS: Final = frozenset({Stage.CONFIRMED})
"""Whose steps go on while the store of bytes is away."""
ROUNDS: Final = 5
"""What is left after so many is for the next message."""


def move(house: House, stage: Stage) -> bool:
    """Move the blobs of a stage, while any can go further now; whether any did.

    Harmless to repeat, to run twice at once and to kill. Raises StoreAway, ZerogError.
    """
    if stage not in BYTELESS:
        house.watch.require()
    moved = False
    for step in STEPS.get(stage, ()):
        for _ in range(ROUNDS):
            if not step(house):
                break
            moved = True
            for after in house.rows.waiting(time.time()).intersection(AFTER.get(step, ())):
                nudge(house.jobs, MoveBlobs(after))
    return moved


def sweep(house: House) -> int:
    """Ask for work at every stage with rows that nobody works on; at how many.

    Raises StoreAway: then only what needs no bytes was asked for.
    """
    waiting = house.rows.waiting(time.time())
    anyway = waiting & BYTELESS
    asked = sum(nudge(house.jobs, MoveBlobs(stage)) for stage in anyway)
    house.watch.require()
    if Stage.ACCEPTED in waiting:
        ask_for_encodings(house)
    return asked + sum(nudge(house.jobs, MoveBlobs(stage)) for stage in sorted(waiting - anyway))
