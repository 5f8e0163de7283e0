"""Every intermediate value of a mining round equals what the reference contract's views gave."""

from __future__ import annotations

import pytest

from tests.support.pora import vector, vector_answer, vector_range, vector_sealed, vector_seed
from tests.support.vectors import content, unhex
from zerog.crypto.keccak import keccak256
from zerog.storage.mining.pora import (
    EMPTY_DIGEST,
    PAD,
    SEAL_UNIT,
    mix_output,
    mix_unit,
    scratch_pad,
    seal_units,
    unit_root,
    unseal_unit,
)
from zerog.storage.mining.ranges import recall_load, recall_position
from zerog.storage.mining.rules import pora_output

pytestmark = pytest.mark.unit


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
    output = pora_output(vector_answer(), unhex(known["subtaskDigest"]))
    assert output == unhex(known["poraOutput"])


def test_empty_digest_is_the_hash_of_nothing() -> None:
    assert EMPTY_DIGEST.hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
