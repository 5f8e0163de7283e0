"""What people hand to each other in an agent's life: read back as written, or refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from zerog.inft.documents import MalformedDocument
from zerog.inft.life.lineage import Claim
from zerog.inft.life.permitpaper import MAX_SIGNATURE_BYTES, permit_from_json
from zerog.inft.life.permits import MalformedPermit, NoPermitFor, Permit, encode_call
from zerog.inft.life.rental import Receipt
from zerog.inft.oracle_wire import OracleTransfer, TransferRequest
from zerog.inft.papers import Paper, PaperForAnother
from zerog.inft.proofs import CLONE, TRANSFER, Statement

pytestmark = pytest.mark.unit

ALICE, BOB, TOKEN = (to_checksum_address(bytes([number]) * 20) for number in (1, 2, 3))
ROOT = b"\x11" * 32

words = st.integers(0, 2**256 - 1)
signatures = st.binary(max_size=200)


def permit(**changes: object) -> Permit:
    """Alice lets bob use a token."""
    call = encode_call("authorizeUsage", [7, BOB])
    made = Permit(31337, TOKEN, ALICE, call, 5, 2**40, b"\x01" * 65)
    return replace(made, **changes)  # type: ignore[arg-type]


@given(nonce=words, deadline=words, signature=signatures)
def test_permit_is_read_back_as_it_was_written(nonce: int, deadline: int, signature: bytes) -> None:
    made = permit(nonce=nonce, deadline=deadline, signature=signature)
    found = permit_from_json(made.to_json())
    assert found == made
    assert found.digest() == made.digest()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("nonce", "-1"),
        ("nonce", "1" * 80),
        ("nonce", str(2**256)),
        ("deadline", True),
        ("deadline", 1.5),
        ("chain_id", None),
        ("token", "0x12"),
        ("signer", 7),
        ("call", "zz"),
        ("call", "0xzz"),
        ("call", "0x" + "00" * 16_385),
        ("signature", "0x" + "00" * (MAX_SIGNATURE_BYTES + 1)),
    ],
)
def test_permit_that_somebody_spoilt_is_refused(member: str, value: object) -> None:
    with pytest.raises(MalformedPermit):
        permit_from_json({**permit().to_json(), member: value})


@given(call=st.binary(max_size=120))
def test_permit_for_any_bytes_has_a_digest_or_is_refused(call: bytes) -> None:
    known = encode_call("authorizeUsage", [7, BOB])[:4]
    for one in (call, known + call):
        try:
            assert len(permit(call=one).digest()) == 32
        except (MalformedPermit, NoPermitFor):
            continue


def test_permit_with_stray_bytes_behind_its_call_is_refused() -> None:
    with pytest.raises(MalformedPermit):
        permit(call=permit().call + bytes(32)).digest()


@given(number=words, weight=st.integers(0, 10_000), nonce=words, signature=signatures)
def test_claim_is_read_back_as_it_was_written(
    number: int, weight: int, nonce: int, signature: bytes
) -> None:
    made = Claim(number, weight, nonce, 2**40, signature)
    assert Claim.from_json(made.to_json()) == made


@given(number=words, calls=words, signature=signatures)
def test_receipt_is_read_back_as_it_was_written(number: int, calls: int, signature: bytes) -> None:
    made = Receipt(number, calls, signature)
    assert Receipt.from_json(made.to_json()) == made


@pytest.mark.parametrize("reader", [Claim.from_json, Receipt.from_json, Paper.from_json])
def test_document_without_members_is_refused(reader: object) -> None:
    assert callable(reader)
    with pytest.raises(MalformedDocument):
        reader({})


# ------------------------------------------------------------------------------- clones


def order(operation: int) -> TransferRequest:
    """Alice's order to the oracle."""
    data = (ROOT, b"\x02" * 64, b"grant", 2**40, b"\x03" * 65)
    return TransferRequest(31337, TOKEN, 7, ALICE, BOB, *data, operation)


def test_order_for_a_clone_is_none_for_a_transfer() -> None:
    clone, transfer = order(CLONE), order(TRANSFER)
    assert clone.transfer_id != transfer.transfer_id
    assert "operation" not in transfer.to_json()
    for one in (clone, transfer):
        assert TransferRequest.from_json(one.to_json()) == one


@pytest.mark.parametrize("value", ["burn", 2, None, ""])
def test_order_for_an_unknown_operation_is_refused(value: object) -> None:
    with pytest.raises(MalformedDocument) as refused:
        TransferRequest.from_json({**order(CLONE).to_json(), "operation": value})
    assert refused.value.field == "operation"


def test_oracle_tells_a_clone_as_one() -> None:
    told = OracleTransfer("ab", "accepted", 7, ALICE, BOB, ROOT, b"\x02" * 64, operation=CLONE)
    assert OracleTransfer.from_json(told.to_json()) == told


def test_consent_to_a_transfer_is_none_to_a_clone() -> None:
    act = Statement(31337, TOKEN, TOKEN, TRANSFER, 7, ALICE, BOB, ROOT, ROOT)
    paper = Paper(act, b"", 1, 2**40, bytes(65))
    assert Paper.from_json(paper.to_json()) == paper
    clone = replace(paper, statement=replace(act, operation=CLONE))
    assert Paper.from_json(clone.to_json()) == clone
    assert clone.digest != paper.digest
    with pytest.raises(PaperForAnother) as refused:
        paper.check(clone.statement, 0)
    assert refused.value.field == "operation"
