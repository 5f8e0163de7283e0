"""Serve proofs, seal keys and requests as bytes: vectors, round trips, what is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from zerog.chain.placing import IMPLEMENTATION_SLOT
from zerog.chain.signer import devnet_signer
from zerog.crypto.curve import ORDER
from zerog.crypto.keccak import keccak256
from zerog.inft.agentic.errors import BadHeader, BadRequest, NotAuthorised, Stale
from zerog.inft.agentic.requests import Envelope
from zerog.inft.agentic.sealkeys import (
    DataDamaged,
    decrypt,
    encrypt,
    seal_id,
    seal_material,
    seal_secret,
)
from zerog.inft.agentic.serveproof import ServeProof, by_role, personal, task_hash
from zerog.inft.agentic.wire import attestation_digest, check_auth, status_digest
from zerog.types import Address

pytestmark = pytest.mark.unit

REGISTRY = to_checksum_address("0x" + "00" * 19 + "a9")
ALICE = devnet_signer(3)
PROOF = ServeProof(
    agent_id=42,
    submitter=to_checksum_address("0x" + "00" * 19 + "c1"),
    timestamp=1_700_000_000,
    deadline=1_700_003_600,
    task_hash=b"\x11" * 32,
    data_hashes=(b"\x22" * 32, b"\x33" * 32),
    framework_hash=b"\x44" * 32,
)


def test_digest_of_the_published_vector_is_that() -> None:
    """0gfoundation/0g-agentic-id: sdk/typescript/scripts/serveproof-kav.cjs."""
    wanted = "abfe2e6d0cc940ac398826e607b3d4d9bce2002bda0281c1b9e2efc7aaef3d5b"
    assert PROOF.digest(16_602, REGISTRY).hex() == wanted


def test_signature_is_that_of_a_wallet_over_the_raw_digest() -> None:
    digest = PROOF.digest(31_337, REGISTRY)
    ours = PROOF.signed(ALICE.sign_digest(personal(digest)))
    theirs = Account.sign_message(encode_defunct(primitive=digest), ALICE.secret).signature
    assert ours.signature == bytes(theirs)
    assert ours.signer(31_337, REGISTRY) == ALICE.address
    assert ours.signer(31_338, REGISTRY) != ALICE.address


@pytest.mark.parametrize(
    "changes",
    [
        {"agent_id": 43},
        {"submitter": REGISTRY},
        {"timestamp": 1},
        {"deadline": 1},
        {"task_hash": bytes(32)},
        {"data_hashes": (b"\x22" * 32,)},
        {"data_hashes": (b"\x33" * 32, b"\x22" * 32)},
        {"framework_hash": bytes(32)},
    ],
)
def test_any_changed_field_changes_the_digest(changes: dict[str, object]) -> None:
    other = replace(PROOF, **changes)  # type: ignore[arg-type]
    assert other.digest(1, REGISTRY) != PROOF.digest(1, REGISTRY)


@given(
    st.integers(0, 2**256 - 1),
    st.binary(min_size=20, max_size=20),
    st.lists(st.binary(min_size=32, max_size=32), max_size=4),
    st.binary(min_size=65, max_size=65),
)
def test_header_says_the_same_proof(
    agent_id: int, submitter: bytes, hashes: list[bytes], signature: bytes
) -> None:
    made = replace(
        PROOF,
        agent_id=agent_id,
        submitter=to_checksum_address(submitter),
        data_hashes=tuple(hashes),
        signature=signature,
    )
    header = made.to_header()
    assert "=" not in header
    assert ServeProof.from_header(header) == made


@pytest.mark.parametrize("header", ["", "0x00", "0x.e30", "0xzz.e30", ".", "0x00.W10", "0x00.%%"])
def test_header_that_is_no_proof_is_refused(header: str) -> None:
    with pytest.raises(BadHeader):
        ServeProof.from_header(header)


def test_task_hash_has_no_separators_and_a_decimal_status() -> None:
    body = keccak256(b"question") + keccak256(b"answer")
    wanted = keccak256(b"POST/api/echo?x=1" + body + b"200")
    assert task_hash("POST", "/api/echo?x=1", b"question", b"answer", 200) == wanted


def test_data_hashes_are_ordered_by_the_names_of_roles() -> None:
    assert by_role([("persona", b"p"), ("framework", b"f")]) == (b"f", b"p")


def test_proxy_slot_is_derived_as_erc1967_says() -> None:
    derived = int.from_bytes(keccak256(b"eip1967.proxy.implementation")) - 1
    assert int(IMPLEMENTATION_SLOT, 16) == derived


# ------------------------------------------------------------------------- seal keys


def test_material_of_a_seal_is_chain_contract_and_id() -> None:
    material = seal_material(16_602, REGISTRY, b"\x07" * 32)
    assert material == (16_602).to_bytes(8, "big") + bytes(19) + b"\xa9" + b"\x07" * 32


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=60, max_size=60))
def test_seal_key_is_a_scalar_and_always_the_same(master: bytes, material: bytes) -> None:
    secret = seal_secret(master, material)
    assert 0 < int.from_bytes(secret, "big") < ORDER
    assert seal_secret(master, material) == secret
    assert seal_secret(master, material[:-1] + bytes([material[-1] ^ 1])) != secret


def test_seal_of_a_request_differs_by_home_chain_contract_and_request() -> None:
    made = {
        seal_id(master, chain, contract, request)
        for master in (b"a" * 32, b"b" * 32)
        for chain in (1337, 31337)
        for contract in (REGISTRY, ALICE.address)
        for request in (b"one", b"two")
    }
    assert len(made) == 16


@given(st.binary(max_size=300))
def test_blob_opens_with_its_key_and_with_no_change(plain: bytes) -> None:
    key = b"k" * 32
    blob = encrypt(key, plain)
    assert len(blob) == 12 + len(plain) + 16
    assert decrypt(key, blob) == plain
    for spoiled in (blob[:-1], bytes([blob[0] ^ 1]) + blob[1:], blob[:-1] + bytes([blob[-1] ^ 1])):
        with pytest.raises(DataDamaged):
            decrypt(key, spoiled)
    with pytest.raises(DataDamaged):
        decrypt(b"l" * 32, blob)


# ---------------------------------------------------------------------- signed texts


def test_texts_of_containers_are_spelled_as_published() -> None:
    seal, key, image = b"\xaa" * 32, b"\x02" + b"\xbb" * 32, b"\xcc" * 32
    text = f"ImageAttestation:{'aa' * 32}:0x02{'bb' * 32}:sha256:{'cc' * 32}:1700000000"
    assert attestation_digest(seal, key, image, 1_700_000_000) == keccak256(text.encode())
    status = f"StatusReport:0x{'aa' * 32}:running:"
    assert status_digest(seal, "running", "") == keccak256(status.encode())


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("", BadRequest),
        ("0GSealLog:x:100", BadRequest),
        ("0GSealAuth:x", BadRequest),
        ("0GSealAuth:x:soon", BadRequest),
        ("0GSealAuth:x:401", Stale),
    ],
)
def test_message_of_an_owner_that_is_not_of_its_form_is_refused(
    message: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check_auth(message, "0GSealAuth", 100)


def test_message_keeps_the_colons_of_its_origin() -> None:
    parts = check_auth("0GSealAuth:0xab:100:http://h:1", "0GSealAuth", 100)
    assert parts == ["0xab", "100", "http://h:1"]


def envelope(**changes: object) -> dict[str, object]:
    """An envelope of alice's, changed before it is signed."""
    document = {
        "action": "create",
        "expires_at": 1_000,
        "nonce": "00" * 16,
        "payload": {"env": {"API_KEY": "sk-secret"}},
        "resource_id": "",
        **changes,
    }
    text = json.dumps(document).encode()
    return {
        "wallet_address": ALICE.address,
        "signed_message_b64": base64.b64encode(text).decode(),
        "wallet_signature": "0x" + ALICE.sign_digest(personal(text)).hex(),
    }


def test_envelope_is_read_and_its_repr_keeps_the_secret() -> None:
    found = Envelope.parse(envelope(), 900)
    assert found.api_key == "sk-secret"
    assert "sk-secret" not in repr(found)


@pytest.mark.parametrize(
    ("changes", "now", "error"),
    [
        ({}, 1_001, Stale),
        ({"expires_at": 10_000}, 900, Stale),
        ({"expires_at": "soon"}, 900, BadRequest),
        ({"nonce": "00"}, 900, BadRequest),
        ({"nonce": "ZZ" * 16}, 900, BadRequest),
        ({"action": 1}, 900, BadRequest),
        ({"resource_id": None}, 900, BadRequest),
    ],
)
def test_envelope_that_is_not_of_its_form_or_time_is_refused(
    changes: dict[str, object], now: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        Envelope.parse(envelope(**changes), now)


def test_envelope_of_another_wallet_is_refused() -> None:
    other: Address = devnet_signer(4).address
    with pytest.raises(NotAuthorised):
        Envelope.parse({**envelope(), "wallet_address": other}, 900)
