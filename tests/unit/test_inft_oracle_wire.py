"""The oracle's documents: both ways, and nothing malformed comes in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from zerog.inft.documents import MalformedDocument
from zerog.inft.oracle_wire import (
    Consent,
    OracleTransfer,
    Resealed,
    TransferRequest,
)

pytestmark = pytest.mark.unit

ADDRESS = st.binary(min_size=20, max_size=20).map(to_checksum_address)
REQUESTS = st.builds(
    TransferRequest,
    chain_id=st.integers(1, 2**60),
    token=ADDRESS,
    token_id=st.integers(0, 2**60),
    sender=ADDRESS,
    receiver=ADDRESS,
    old_data_hash=st.binary(min_size=32, max_size=32),
    target_key=st.binary(min_size=64, max_size=64),
    grant=st.binary(min_size=1, max_size=400),
    deadline=st.integers(0, 2**40),
    signature=st.binary(min_size=65, max_size=65),
)
CONSENTS = st.builds(
    Consent,
    wanted_key=st.binary(max_size=64),
    nonce=st.integers(0, 2**256 - 1),
    deadline=st.integers(0, 2**40),
    signature=st.binary(min_size=65, max_size=65),
)
RESULTS = st.builds(
    Resealed,
    new_data_hash=st.binary(min_size=32, max_size=32),
    sealed_key=st.binary(min_size=1, max_size=400),
    nonce=st.integers(0, 2**256 - 1),
    deadline=st.integers(0, 2**40),
    signature=st.binary(min_size=65, max_size=65),
)
TRANSFERS = st.builds(
    OracleTransfer,
    transfer_id=st.just("ab" * 32),
    state=st.sampled_from(["accepted", "signed", "failed"]),
    token_id=st.integers(1, 2**60),
    sender=ADDRESS,
    receiver=ADDRESS,
    old_data_hash=st.binary(min_size=32, max_size=32),
    target_key=st.binary(min_size=64, max_size=64),
    error=st.none() | st.just("no"),
    result=st.none() | RESULTS,
    consent=st.none() | CONSENTS,
)


@given(REQUESTS)
def test_request_survives_its_json(request: TransferRequest) -> None:
    assert TransferRequest.from_json(request.to_json()) == request


@given(TRANSFERS)
def test_transfer_survives_its_json(transfer: OracleTransfer) -> None:
    assert OracleTransfer.from_json(transfer.to_json()) == transfer


@given(REQUESTS, st.data())
def test_request_changed_in_any_signed_field_has_another_id(
    request: TransferRequest, data: st.DataObject
) -> None:
    changes: dict[str, st.SearchStrategy[object]] = {
        "chain_id": st.integers(1, 2**60),
        "token": ADDRESS,
        "token_id": st.integers(0, 2**60),
        "sender": ADDRESS,
        "receiver": ADDRESS,
        "old_data_hash": st.binary(min_size=32, max_size=32),
        "target_key": st.binary(min_size=64, max_size=64),
        "grant": st.binary(min_size=1, max_size=400),
        "deadline": st.integers(0, 2**40),
    }
    field = data.draw(st.sampled_from(sorted(changes)))
    other = replace(request, **{field: data.draw(changes[field])})  # type: ignore[arg-type]
    assert (other.transfer_id == request.transfer_id) == (other == request)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tokenId", -1),
        ("tokenId", "1"),
        ("tokenId", True),
        ("tokenId", 2**256),
        ("from", "0x12"),
        ("from", None),
        ("oldDataHash", "0x" + "zz" * 32),
        ("oldDataHash", "ab" * 32),
        ("targetPubkey", "0x" + "ab" * 65),
        ("signature", "0x"),
    ],
)
def test_request_with_a_malformed_field_names_it(field: str, value: object) -> None:
    good: dict[str, object] = {
        "chainId": 31337,
        "token": "0x" + "11" * 20,
        "tokenId": 1,
        "from": "0x" + "22" * 20,
        "to": "0x" + "33" * 20,
        "oldDataHash": "0x" + "44" * 32,
        "targetPubkey": "0x" + "55" * 64,
        "grant": "0x66",
        "deadline": 1,
        "signature": "0x" + "77" * 65,
    }
    TransferRequest.from_json(good)
    with pytest.raises(MalformedDocument) as caught:
        TransferRequest.from_json({**good, field: value})
    assert caught.value.field == field


@pytest.mark.parametrize("nonce", ["0x", "1", 1, "0x" + "f" * 65, "0x-1"])
def test_consent_with_a_malformed_nonce_is_refused(nonce: object) -> None:
    document = {"wantedKey": "0x", "nonce": nonce, "deadline": 1, "signature": "0x" + "11" * 65}
    with pytest.raises(MalformedDocument):
        Consent.from_json(document)
