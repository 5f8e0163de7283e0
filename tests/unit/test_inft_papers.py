"""A consent on paper: it says one hand-over, is signed by its receiver, and nothing else passes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.chain.hexes import to_address
from zerog.chain.signer import devnet_signer
from zerog.crypto.curve import NotAPoint, generate
from zerog.inft.documents import MalformedDocument
from zerog.inft.papers import Paper, PaperForAnother, PaperNotSigned
from zerog.inft.proofs import TRANSFER, Statement, nonce_bytes

pytestmark = pytest.mark.unit

ALICE, BOB, CAROL = (devnet_signer(index) for index in (3, 4, 5))
TOKEN = to_address("0x00000000000000000000000000000000000000A9")
ROOT, NOW = b"\x11" * 32, 1_700_000_000
ACT = Statement(31337, TOKEN, CAROL.address, TRANSFER, 7, ALICE.address, BOB.address, ROOT, ROOT)


def _paper(act: Statement = ACT, wanted: bytes = b"", deadline: int = NOW + 60) -> Paper:
    paper = Paper(act, wanted, 5, deadline, bytes(65))
    return paper.signed(BOB.sign_digest(paper.digest))


def test_paper_read_back_from_its_json_is_the_same_and_fits() -> None:
    paper = _paper()
    again = Paper.from_json(json.loads(json.dumps(paper.to_json())))
    assert again == paper
    again.check(ACT, NOW)


def test_paper_without_wanted_key_is_for_the_key_that_signed_it() -> None:
    paper = _paper()
    assert paper.target_key() == BOB.public_key
    assert paper.proof().encrypted_pub_key == b""
    assert paper.proof().nonce == nonce_bytes(5, NOW + 60)


def test_paper_with_wanted_key_is_for_that_key() -> None:
    key = generate(99)
    assert _paper(wanted=key).target_key() == key
    with pytest.raises(NotAPoint):
        _paper(wanted=key[:63] + b"\0").target_key()


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("chain_id", replace(ACT, chain_id=1)),
        ("token", replace(ACT, token=CAROL.address)),
        ("verifier", replace(ACT, verifier=TOKEN)),
        ("token_id", replace(ACT, token_id=8)),
        ("sender", replace(ACT, sender=CAROL.address)),
        ("receiver", replace(ACT, receiver=CAROL.address)),
        ("old_data_hash", replace(ACT, old_data_hash=b"\x12" * 32)),
    ],
)
def test_paper_for_something_else_is_refused_by_name(field: str, expected: Statement) -> None:
    with pytest.raises(PaperForAnother) as caught:
        _paper().check(expected, NOW)
    assert caught.value.field == field


def test_paper_past_its_deadline_is_refused() -> None:
    with pytest.raises(PaperForAnother, match="deadline"):
        _paper(deadline=NOW).check(ACT, NOW)


def test_paper_signed_by_somebody_else_is_refused() -> None:
    paper = _paper()
    forged = paper.signed(CAROL.sign_digest(paper.digest))
    with pytest.raises(PaperNotSigned) as caught:
        forged.check(ACT, NOW)
    assert caught.value.receiver == BOB.address


@given(st.integers(0, 64 * 8 - 1))
def test_paper_with_any_bit_of_its_signature_flipped_is_refused(bit: int) -> None:
    paper = _paper()
    flipped = bytearray(paper.signature)
    flipped[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(PaperNotSigned):
        paper.signed(bytes(flipped)).check(ACT, NOW)


@pytest.mark.parametrize("field", sorted(_paper().to_json()))
def test_paper_without_a_field_is_refused_by_name(field: str) -> None:
    document = _paper().to_json()
    del document[field]
    with pytest.raises(MalformedDocument) as caught:
        Paper.from_json(document)
    assert caught.value.field == field
