"""Requests to an attestor: whatever is sent is read or refused by name, and nothing in between."""

from __future__ import annotations

import base64
from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.chain.signer import devnet_signer
from zerog.errors import ZerogError
from zerog.inft.agentic.errors import BadRequest
from zerog.inft.agentic.requests import MAX_EXTRA, Clone, Deploy, Envelope, Provision
from zerog.inft.agentic.serveproof import personal
from zerog.inft.agentic.wire import check_auth

pytestmark = pytest.mark.unit

ALICE = devnet_signer(3)
FRAMEWORKS = ("stub",)
FRAMEWORK = {"role": "framework", "plaintext": {"name": "stub", "schema_version": 1}}
FIELDS = (
    "idempotency_key", "owner", "owner_signature", "owner_signed_message_b64", "name",
    "description", "image", "i_data", "role", "plaintext", "extra", "source_agent_id",
    "target_owner", "authorization", "auth_data", "signature", "signed_message_b64",
    "wallet_address", "wallet_signature", "seal_id", "container_pubkey", "image_hash",
    "issued_at", "sandbox_signature", "sandbox_envelope",
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.text(max_size=12),
    st.sampled_from(["framework", "0x", "0x" + "11" * 32, "0x" + "00" * 65, ALICE.address, "e30="]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)
    ),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=10)
READERS: tuple[Callable[[dict[str, object]], object], ...] = (
    lambda body: Deploy.parse(body, FRAMEWORKS),
    Clone.parse,
    Provision.parse,
    lambda body: Envelope.parse(body, 1_000),
)


def order(items: list[object], **changes: object) -> dict[str, object]:
    """A deploy that alice signed as it is."""
    fields = {
        "idempotency_key": "k",
        "owner": ALICE.address,
        "name": "Ada",
        "description": "",
        "image": None,
        "i_data": items,
        **changes,
    }
    signed = orjson.dumps({"domain": "AgenticID.Deploy.v1", **fields})
    return {
        **fields,
        "owner_signature": "0x" + ALICE.sign_digest(personal(signed)).hex(),
        "owner_signed_message_b64": base64.b64encode(signed).decode(),
    }


@given(body=BODIES)
def test_any_body_is_refused_by_name(body: dict[str, object]) -> None:
    for read in READERS:
        with pytest.raises(ZerogError):
            read(body)


@given(plaintext=JSON, extra=st.dictionaries(st.text(max_size=5), LEAVES, max_size=3))
def test_any_item_is_read_as_it_was_signed(plaintext: object, extra: dict[str, object]) -> None:
    item = {"role": "memory", "plaintext": plaintext, "extra": extra}
    found = Deploy.parse(order([{**FRAMEWORK, "extra": {}}, item]), FRAMEWORKS)
    assert found.items[1].to_json() == item


@pytest.mark.parametrize("part", ["plaintext", "extra"])
def test_item_that_cannot_be_written_again_is_refused(part: str) -> None:
    deep: object = {}
    for _ in range(600):
        deep = {"a": deep}
    item = {"role": "memory", "plaintext": 1, "extra": {}, part: deep}
    with pytest.raises(BadRequest, match="i_data"):
        Deploy.parse({"owner": ALICE.address, "i_data": [item]}, FRAMEWORKS)


def test_extra_that_would_fill_the_chain_is_refused() -> None:
    item = {"role": "memory", "plaintext": 1, "extra": {"x": "y" * MAX_EXTRA}}
    with pytest.raises(BadRequest, match="extra of at most"):
        Deploy.parse(order([{**FRAMEWORK, "extra": {}}, item]), FRAMEWORKS)


@pytest.mark.parametrize("seconds", ["²", "1" * 5_000, "-1", "1.5", "", "٣"])
def test_time_of_a_message_is_plain_digits(seconds: str) -> None:
    with pytest.raises(BadRequest, match="SECONDS"):
        check_auth(f"0GSealLog:0xab:{seconds}:http://h", "0GSealLog", 100)
