"""Digests of the published clients: the recorded values, and that no text has two readings."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Final, cast

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto.curve import public_key, recover
from zerog.inft.legacy import (
    KEY_BYTES,
    NONCE_BYTES,
    SEAL_LENGTHS,
    Generation,
    LegacyLength,
    access_digest,
    inner_hash,
    ownership_digest,
    text_digest,
)
from zerog.inft.proofs import Statement
from zerog.types import Address

pytestmark = pytest.mark.unit

FILE: Final = Path(__file__).resolve().parents[1] / "vectors" / "inft" / "digests.json"
KNOWN: Final = json.loads(FILE.read_text())
GENERATIONS: Final = list(Generation)


def known(field: str) -> bytes:
    """A field of the vectors as bytes."""
    return bytes.fromhex(KNOWN[field])


def statement(data_hash: bytes, new_hash: bytes) -> Statement:
    """The vectors' act."""
    token = Address(KNOWN["token"])
    return Statement(KNOWN["chain_id"], token, token, 0, 0, token, token, data_hash, new_hash)


ACT: Final = statement(known("data_hash"), known("new_data_hash"))


def inner(vector: dict[str, str]) -> bytes:
    """The inner hash of one recorded vector."""
    generation = Generation[vector["generation"]]
    fields = [b"", known("access_nonce")]
    if vector["half"] == "ownership":
        fields = [known("sealed_key"), known("receiver_key"), known("ownership_nonce")]
    return inner_hash(generation, ACT, fields, KNOWN["deadline"])


@pytest.mark.parametrize("vector", KNOWN["vectors"], ids=lambda v: f"{v['generation']}-{v['half']}")
def test_digest_is_the_recorded_one(vector: dict[str, str]) -> None:
    found = inner(vector)
    assert found.hex() == vector["inner"]
    assert text_digest(found).hex() == vector["digest"]


def test_digest_pinned_by_the_suite_of_agentic_id() -> None:
    pinned = cast(dict[str, str], KNOWN["pinned"])
    data_hash, key, nonce = (bytes.fromhex(pinned[k]) for k in ("data_hash", "key", "nonce"))
    found = inner_hash(
        Generation.AGENTIC_ID, statement(data_hash, data_hash), [key, nonce], KNOWN["deadline"]
    )
    assert found.hex() == pinned["inner"]


@pytest.mark.parametrize(
    ("name", "secret"),
    [("AGENT_NFT access by receiver", "receiver"), ("AGENT_NFT ownership by oracle", "oracle")],
)
def test_recorded_signature_is_by_its_signer(name: str, secret: str) -> None:
    generation, half, *_ = name.split()
    vector = next(v for v in KNOWN["vectors"] if (v["generation"], v["half"]) == (generation, half))
    signature = bytes.fromhex(KNOWN["signatures"][name])
    signer = Account.from_key(known(f"{secret}_secret"))
    assert recover(bytes.fromhex(vector["digest"]), signature) == signer.address
    assert public_key(known("receiver_secret")) == known("receiver_key")


@given(st.binary(min_size=32, max_size=32))
def test_digest_is_what_personal_sign_of_the_text_signs(value: bytes) -> None:
    signed = Account.sign_message(encode_defunct(text="0x" + value.hex()), bytes([1]) * 32)
    assert text_digest(value) == signed.message_hash


def test_no_two_forms_have_texts_of_one_length() -> None:
    """Packed texts have no lengths inside: with these, the length alone gives the form."""
    access = [len_hashes + key + NONCE_BYTES for len_hashes in (32, 64) for key in (0, KEY_BYTES)]
    ownership = [h + s + KEY_BYTES + NONCE_BYTES for h, s in product((32, 64), SEAL_LENGTHS)]
    assert len(set(access + ownership)) == len(access) + len(ownership)


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("length", [1, 33, 63, 65, 128])
def test_other_lengths_are_refused(generation: Generation, length: int) -> None:
    key, nonce, seal = bytes(KEY_BYTES), bytes(NONCE_BYTES), bytes(129)
    access_digest(generation, ACT, b"", nonce)
    ownership_digest(generation, ACT, seal, key, nonce)
    bad = bytes(length)
    with pytest.raises(LegacyLength) as caught:
        access_digest(generation, ACT, bad, nonce)
    assert caught.value.length == length
    with pytest.raises(LegacyLength):
        access_digest(generation, ACT, key, bad)
    with pytest.raises(LegacyLength):
        ownership_digest(generation, ACT, seal, bad, nonce)
    with pytest.raises(LegacyLength):
        ownership_digest(generation, ACT, seal, b"", nonce)
    with pytest.raises(LegacyLength):
        ownership_digest(generation, ACT, bad, key, nonce)
    with pytest.raises(LegacyLength):
        ownership_digest(generation, ACT, seal, key, bad)
