"""The rules of PoraMine and their Python twins agree: on the vectors, and on any input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, Reverted, compiled
from tests.support.evm import AnvilProcess
from tests.support.pora import vector, vector_answer, vector_range, vector_sealed
from tests.support.vectors import content, unhex
from zerog.crypto.keccak import keccak256
from zerog.storage.mining.difficulty import MAX_TARGET, adjusted_target, scaled_target
from zerog.storage.mining.errors import AnswerRefused
from zerog.storage.mining.pora import (
    SEAL_UNIT,
    PoraAnswer,
    flow_root_of,
    pad_seed,
    scratch_pad,
    seal_unit,
    unit_root,
    unseal_unit,
)
from zerog.storage.mining.ranges import (
    FULL_MASK,
    LOAD_SECTORS,
    MAX_MINING_SECTORS,
    PRICING_SECTORS,
    RecallRange,
    check_range,
    recall_load,
    recall_position,
)
from zerog.storage.mining.rules import pora_output

pytestmark = pytest.mark.contracts

FEW = settings(max_examples=40)
WORD = 1 << 256
words = st.binary(min_size=32, max_size=32)
units = st.integers(0, 255).flatmap(
    lambda salt: st.sampled_from([content(SEAL_UNIT), bytes(SEAL_UNIT), bytes([salt]) * SEAL_UNIT])
)
masks = st.one_of(
    st.integers(0, 63).map(lambda bits: FULL_MASK ^ ((1 << bits) - 1)),
    st.integers(0, FULL_MASK),
)
flow_lengths = st.one_of(
    st.integers(1, 5000),
    st.integers(1, 1 << 45),
    st.builds(lambda e, d: max(1, (1 << e) + d), st.integers(10, 120), st.integers(-1025, 1025)),
)


@pytest.fixture(scope="module")
def rules(anvil: AnvilProcess) -> Deployed:
    """The libraries of the contract, callable one by one."""
    return Evm(anvil.url).deploy(compiled("PoraHarness"))


def split(data: bytes) -> list[bytes]:
    """A unit as 128 words."""
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def said(call: Callable[[], object]) -> object:
    """What a call gives, or the words with which either side refuses."""
    try:
        return call()
    except AnswerRefused as error:
        return error.reason
    except Reverted as error:
        return error.values[0]


def test_vector_on_chain_equals_the_reference(rules: Deployed) -> None:
    known, answer = vector(), vector_answer()
    assert rules.read("rangeDigest", vector_range().abi()) == unhex(known["rangeDigest"])
    ids = (answer.miner_id, answer.nonce, unhex(known["subtaskDigest"]))
    seed = b"".join((*ids, unhex(known["rangeDigest"])))
    assert rules.read("blake2b", seed) == tuple(split(unhex(known["padSeed"])))
    load = rules.read("recallLoad", vector_range().abi(), unhex(known["recallSeed"]))
    assert load == known["recallChunk"] * LOAD_SECTORS
    plain = rules.read("unseal", answer.abi())
    assert plain == tuple(split(content(SEAL_UNIT)))
    assert rules.read("unitRoot", plain) == unhex(known["unitRoot"])
    assert keccak256(vector_sealed()) == unhex(known["sealedKeccak"])
    output = rules.read("output", answer.abi(), unhex(known["subtaskDigest"]))
    assert output == unhex(known["poraOutput"])


@pytest.mark.parametrize("size", [0, 1, 127, 128, 129, 255, 256, 1000, 4224])
def test_blake2b_of_any_length_equals_hashlib(rules: Deployed, size: int) -> None:
    data = content(size)
    assert rules.read("blake2b", data) == tuple(split(blake2b(data).digest()))


@FEW
@given(data=units, own_id=words, digest=words, position=st.integers(0, 1 << 60))
def test_unsealing_gives_what_was_sealed(
    rules: Deployed, data: bytes, own_id: bytes, digest: bytes, position: int
) -> None:
    at = position * 16
    sealed = seal_unit(data, own_id, digest, at)
    answer = replace(
        vector_answer(),
        miner_id=own_id,
        sealed_context_digest=digest,
        recall_position=at,
        sealed_data=sealed,
    )
    assert rules.read("unseal", answer.abi()) == tuple(split(data))
    assert unseal_unit(sealed, own_id, digest, at) == data


@FEW
@given(
    siblings=st.lists(words, max_size=40),
    position=st.one_of(st.integers(0, 1 << 45), st.integers(0, WORD - 1)),
)
def test_flow_root_of_any_proof_is_what_the_twin_says(
    rules: Deployed, siblings: list[bytes], position: int
) -> None:
    data = content(SEAL_UNIT)
    answer = replace(vector_answer(), recall_position=position, merkle_proof=tuple(siblings))
    root = flow_root_of(unit_root(data), position, siblings)
    found = rules.read("recoverMerkleRoot", answer.abi(), split(data))
    assert found == (root or bytes(32))


def _length_near(flow_length: int, shards: int, where: int, off: int) -> int:
    whole = flow_length // LOAD_SECTORS * LOAD_SECTORS
    most = MAX_MINING_SECTORS * shards
    chosen = (whole, most, min(whole, most), LOAD_SECTORS, flow_length)[where]
    return max(0, chosen + off)


@settings(max_examples=50)
@given(
    flow_length=flow_lengths,
    mask=masks,
    start=st.one_of(
        st.just(0),
        st.sampled_from([1, 1000, LOAD_SECTORS, 128_000]),
        st.integers(0, 9).map(lambda n: n * PRICING_SECTORS),
        st.integers(0, WORD - 1),
    ),
    where=st.integers(0, 4),
    off=st.sampled_from([-1024, -1, 0, 0, 0, 1, 1024]),
    shard_id=st.integers(0, FULL_MASK),
    masked=st.booleans(),
)
def test_range_is_judged_as_the_twin_judges(
    rules: Deployed,
    flow_length: int,
    mask: int,
    start: int,
    where: int,
    off: int,
    shard_id: int,
    masked: bool,
) -> None:
    shards = RecallRange(0, 0, 0, mask).num_shards
    length = _length_near(flow_length, shards, where, off)
    asked = RecallRange(start, length, shard_id & ~mask if masked else shard_id, mask)
    assert rules.read("numShards", asked.abi()) == shards
    for size in (PRICING_SECTORS, LOAD_SECTORS, 1000):
        judged = said(partial(rules.read, "check", asked.abi(), flow_length, size))
        assert judged == said(partial(check_range, asked, flow_length, size))


@settings(max_examples=50)
@given(
    loads=st.one_of(st.integers(1, 40), st.integers(1, 1 << 30)),
    start=st.integers(0, 5).map(lambda n: n * PRICING_SECTORS),
    bits=st.integers(0, 8),
    shard=st.integers(0, 255),
    seed=words,
)
def test_recalled_load_is_what_the_twin_says(
    rules: Deployed, loads: int, start: int, bits: int, shard: int, seed: bytes
) -> None:
    mask = FULL_MASK ^ ((1 << bits) - 1)
    asked = RecallRange(start, loads * LOAD_SECTORS, shard & ~mask, mask)
    found = said(lambda: rules.read("recallLoad", asked.abi(), seed))
    assert found == said(lambda: recall_load(seed, asked))


@settings(max_examples=50)
@given(
    target=st.one_of(st.integers(0, MAX_TARGET), st.just(MAX_TARGET)),
    flow_length=flow_lengths,
    mask=masks,
)
def test_scaled_target_is_what_the_twin_says(
    rules: Deployed, target: int, flow_length: int, mask: int
) -> None:
    asked = RecallRange(0, 0, 0, mask)
    expected = scaled_target(target, flow_length, asked.num_shards)
    assert rules.read("scaledTarget", asked.abi(), target, flow_length) == expected
    assert expected <= target


@settings(max_examples=50)
@given(
    target=st.one_of(
        st.integers(0, MAX_TARGET), st.integers(0, 255).map(lambda bit: MAX_TARGET >> bit)
    ),
    submissions=st.one_of(st.integers(0, 300), st.integers(0, (1 << 64) - 1)),
    aim=st.one_of(st.integers(1, 300), st.integers(1, (1 << 64) - 1)),
    ratio=st.one_of(st.just(20), st.integers(1, 65535)),
    least=st.one_of(st.just(0), st.integers(0, 1 << 40), st.integers(0, MAX_TARGET)),
)
def test_adjusted_target_is_what_the_twin_says(
    rules: Deployed, target: int, submissions: int, aim: int, ratio: int, least: int
) -> None:
    expected = adjusted_target(target, submissions, aim, ratio, least)
    assert rules.read("adjusted", target, submissions, aim, ratio, least) == expected
    assert expected <= 2 * target


@FEW
@given(
    nonce=words,
    subtask=words,
    loads=st.integers(1, 9),
    bits=st.integers(0, 3),
    shard=st.integers(0, 7),
    offset=st.one_of(st.integers(0, 63), st.sampled_from([64, 65, WORD - 1])),
    off=st.sampled_from([0, 0, 0, 16, 1]),
    data=units,
)
def test_output_is_what_the_twin_says(
    rules: Deployed,
    nonce: bytes,
    subtask: bytes,
    loads: int,
    bits: int,
    shard: int,
    offset: int,
    off: int,
    data: bytes,
) -> None:
    mask = FULL_MASK ^ ((1 << bits) - 1)
    asked = RecallRange(0, loads * LOAD_SECTORS, shard & ~mask, mask)
    first = vector_answer()
    _, recall_seed = scratch_pad(pad_seed(first.miner_id, nonce, subtask, asked.digest))
    place = said(lambda: recall_position(recall_seed, asked, offset))
    position = (place + off) % WORD if isinstance(place, int) else 0
    answer: PoraAnswer = replace(
        first,
        nonce=nonce,
        range=asked,
        recall_position=position,
        seal_offset=offset,
        sealed_data=data,
    )
    on_chain = said(lambda: rules.read("output", answer.abi(), subtask))
    assert on_chain == said(lambda: pora_output(answer, subtask))
