"""The Python twin of the proofs: digests, nonce bytes, ABI tuples."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from zerog.inft.proofs import (
    ACCESS_TYPE,
    BARE,
    CLONE,
    OWNERSHIP_TYPE,
    TEE,
    MalformedNonce,
    Statement,
    access_digest,
    access_proof,
    nonce_bytes,
    ownership_digest,
    ownership_proof,
    split_nonce,
)
from zerog.types import Address

pytestmark = pytest.mark.unit

words = st.integers(0, 2**256 - 1)
hashes = st.binary(min_size=32, max_size=32)


def address(number: int) -> Address:
    """An address that stands for somebody."""
    return to_checksum_address(number.to_bytes(20, "big"))


statements = st.builds(
    Statement,
    chain_id=st.integers(1, 2**64),
    token=st.integers(0, 2**160 - 1).map(address),
    verifier=st.integers(0, 2**160 - 1).map(address),
    operation=st.integers(BARE, CLONE),
    token_id=words,
    sender=st.integers(0, 2**160 - 1).map(address),
    receiver=st.integers(0, 2**160 - 1).map(address),
    old_data_hash=hashes,
    new_data_hash=hashes,
)


def by_eth_account(act: Statement, type_string: str, tail: dict[str, object]) -> bytes:
    """The digest that a wallet computes: eth_account's EIP-712 from the same type string."""
    name, fields = type_string.rstrip(")").split("(")
    message = {
        "op": act.operation,
        "tokenId": act.token_id,
        "from": act.sender,
        "to": act.receiver,
        "oldDataHash": act.old_data_hash,
        "newDataHash": act.new_data_hash,
        "verifier": act.verifier,
        **tail,
    }
    types = {name: [dict(zip(("type", "name"), f.split(), strict=True)) for f in fields.split(",")]}
    domain = {
        "name": "0G-iNFT",
        "version": "1",
        "chainId": act.chain_id,
        "verifyingContract": act.token,
    }
    signable = encode_typed_data(domain, types, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


@given(statements, st.binary(max_size=80), words, words)
def test_access_digest_of_random_consent_equals_that_of_a_wallet(
    act: Statement, wanted: bytes, nonce: int, deadline: int
) -> None:
    tail = {"wantedKeyHash": keccak(wanted), "nonce": nonce, "deadline": deadline}
    assert access_digest(act, wanted, nonce, deadline) == by_eth_account(act, ACCESS_TYPE, tail)


@given(statements, st.binary(max_size=200), st.binary(max_size=80), words, words)
def test_ownership_digest_of_random_statement_equals_that_of_a_wallet(
    act: Statement, key: bytes, target: bytes, nonce: int, deadline: int
) -> None:
    tail = {
        "sealedKeyHash": keccak(key),
        "targetKeyHash": keccak(target),
        "nonce": nonce,
        "deadline": deadline,
    }
    wallet = by_eth_account(act, OWNERSHIP_TYPE, tail)
    assert ownership_digest(act, key, target, nonce, deadline) == wallet


@given(statements, words, words)
def test_digests_of_two_operations_or_two_halves_differ(
    act: Statement, nonce: int, deadline: int
) -> None:
    digests = {access_digest(replace(act, operation=op), b"", nonce, deadline) for op in range(3)}
    digests |= {
        ownership_digest(replace(act, operation=op), b"", b"", nonce, deadline) for op in range(3)
    }
    assert len(digests) == 6


@given(words, words)
def test_nonce_bytes_split_again_are_the_same(nonce: int, deadline: int) -> None:
    raw = nonce_bytes(nonce, deadline)
    assert len(raw) == 64
    assert split_nonce(raw) == (nonce, deadline)


@pytest.mark.parametrize("length", [0, 32, 63, 65])
def test_split_nonce_of_other_length_raises_malformed(length: int) -> None:
    with pytest.raises(MalformedNonce) as caught:
        split_nonce(bytes(length))
    assert caught.value.raw == bytes(length)


def test_proof_tuples_have_the_field_order_of_the_abi() -> None:
    old, new = b"\x01" * 32, b"\x02" * 32
    raw = nonce_bytes(3, 4)
    assert tuple(access_proof(old, new, 3, 4, b"wanted", b"sig")) == (
        old,
        new,
        raw,
        b"wanted",
        b"sig",
    )
    assert tuple(ownership_proof(old, new, b"sealed", b"target", 3, 4, b"sig")) == (
        TEE,
        old,
        new,
        b"sealed",
        b"target",
        raw,
        b"sig",
    )
