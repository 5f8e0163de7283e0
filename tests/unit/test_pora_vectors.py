"""Every intermediate value of a mining round equals what the reference contract's views gave."""

from __future__ import annotations

import json
from functools import cache
from typing import TypedDict

import pytest

from tests.support.vectors import VECTORS, content, unhex
from zerog.crypto.keccak import keccak256
from zerog.storage.mining.pora import (
    EMPTY_DIGEST,
    PAD,
    SEAL_UNIT,
    PoraAnswer,
    mix_output,
    mix_unit,
    pad_seed,
    scratch_pad,
    seal_unit,
    seal_units,
    unit_root,
    unseal_unit,
)
from zerog.storage.mining.ranges import RecallRange, recall_load, recall_position
from zerog.storage.mining.rules import pora_output

pytestmark = pytest.mark.unit


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


def test_pad_of_the_vector_equals_the_reference() -> None:
    known = vector()
    assert vector_range().digest == unhex(known["rangeDigest"])
    assert vector_seed() == unhex(known["padSeed"])
    pad, recall_seed = scratch_pad(vector_seed())
    assert len(pad) == PAD
    assert (pad[:64], pad[-64:]) == (unhex(known["padFirst64"]), unhex(known["padLast64"]))
    assert keccak256(pad) == unhex(known["padKeccak"])
    assert recall_seed == unhex(known["recallSeed"])


def test_recall_of_the_vector_equals_the_reference() -> None:
    known, seed = vector(), unhex(vector()["recallSeed"])
    assert recall_load(seed, vector_range()) == known["recallChunk"] * 1024
    assert recall_position(seed, vector_range(), known["sealOffset"]) == known["recallPosition"]


def test_seal_of_the_vector_equals_the_reference_and_comes_back() -> None:
    known, sealed = vector(), vector_sealed()
    assert unit_root(content(SEAL_UNIT)) == unhex(known["unitRoot"])
    assert sealed[:64] == unhex(known["sealedFirst64"])
    assert keccak256(sealed) == unhex(known["sealedKeccak"])
    digest, own_id = unhex(known["sealedContextDigest"]), unhex(known["minerId"])
    assert unseal_unit(sealed, own_id, digest, known["recallPosition"]) == content(SEAL_UNIT)
    assert seal_units(content(SEAL_UNIT), own_id, [digest], [known["recallPosition"]]) == sealed


def test_output_of_the_vector_equals_the_reference() -> None:
    known = vector()
    pad, _ = scratch_pad(vector_seed())
    mixed = mix_unit(vector_sealed(), pad, known["sealOffset"])
    assert keccak256(mixed) == unhex(known["mixedKeccak"])
    output = mix_output(known["sealOffset"], vector_seed(), mixed)
    assert output == unhex(known["poraOutput"])


def test_whole_answer_of_the_vector_gives_the_recorded_output() -> None:
    known = vector()
    answer = PoraAnswer(
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
    assert pora_output(answer, unhex(known["subtaskDigest"])) == unhex(known["poraOutput"])


def test_empty_digest_is_the_hash_of_nothing() -> None:
    assert EMPTY_DIGEST.hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
