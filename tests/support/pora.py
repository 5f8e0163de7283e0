"""The recorded mining round of tests/vectors/storage/pora.json, and what our code makes of it."""

from __future__ import annotations

import json
from functools import cache
from typing import TypedDict

from tests.support.vectors import VECTORS, content, unhex
from zerog.storage.mining.pora import SEAL_UNIT, PoraAnswer, pad_seed, seal_unit
from zerog.storage.mining.ranges import RecallRange


class RangeVector(TypedDict):
    """A recall range."""

    startPosition: int
    mineLength: int
    shardId: int
    shardMask: str


class PoraVector(TypedDict):
    """tests/vectors/storage/pora.json."""

    minerId: str
    contextDigest: str
    sealedContextDigest: str
    nonce: str
    subtaskDigest: str
    range: RangeVector
    rangeDigest: str
    padSeed: str
    padFirst64: str
    padLast64: str
    padKeccak: str
    recallSeed: str
    recallChunk: int
    sealOffset: int
    recallPosition: int
    unitRoot: str
    sealedFirst64: str
    sealedKeccak: str
    mixedKeccak: str
    poraOutput: str


@cache
def vector() -> PoraVector:
    """The recorded round."""
    parsed: PoraVector = json.loads((VECTORS / "storage" / "pora.json").read_text())
    return parsed


def vector_range() -> RecallRange:
    """Its range."""
    asked = vector()["range"]
    mask = int(asked["shardMask"], 16)
    return RecallRange(asked["startPosition"], asked["mineLength"], asked["shardId"], mask)


def vector_seed() -> bytes:
    """Its pad seed, computed."""
    own_id, nonce = unhex(vector()["minerId"]), unhex(vector()["nonce"])
    return pad_seed(own_id, nonce, unhex(vector()["subtaskDigest"]), vector_range().digest)


def vector_sealed() -> bytes:
    """Its sealed unit, computed."""
    known = vector()
    digest, own_id = unhex(known["sealedContextDigest"]), unhex(known["minerId"])
    return seal_unit(content(SEAL_UNIT), own_id, digest, known["recallPosition"])


def vector_answer() -> PoraAnswer:
    """Its answer; the vector has no proof."""
    known = vector()
    return PoraAnswer(
        unhex(known["contextDigest"]),
        unhex(known["nonce"]),
        unhex(known["minerId"]),
        vector_range(),
        known["recallPosition"],
        known["sealOffset"],
        unhex(known["sealedContextDigest"]),
        vector_sealed(),
        (),
    )
