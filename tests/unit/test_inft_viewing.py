"""Viewing keys: one wallet, one text, one key; every other case is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from coincurve import PrivateKey
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from zerog.chain.signer import devnet_signer
from zerog.crypto.curve import ORDER, BadSignature, recover
from zerog.crypto.keccak import keccak256
from zerog.inft.viewing import (
    WARNING,
    BadKeyIndex,
    NotTheWallet,
    SignaturesDiffer,
    derive,
    secret_of,
    viewing_digest,
    viewing_domain,
    viewing_key,
)
from zerog.types import Address

pytestmark = pytest.mark.unit

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "inft" / "viewing.json").read_text())
DIRECTORY = Address(VECTORS["directory"])
DOMAIN = viewing_domain(VECTORS["chainId"], DIRECTORY)
ALICE, BOB = devnet_signer(3), devnet_signer(4)


class Passkey:
    """A wallet that signs with a fresh nonce each time, as secure elements do."""

    def __init__(self, secret: bytes) -> None:
        self._key, self._count = PrivateKey(secret), 0

    def sign(self, digest: bytes) -> bytes:
        """A true signature, another one at each call: the low-s twin of s and n-s alternate."""
        self._count += 1
        signature: bytes = self._key.sign_recoverable(digest, hasher=None)
        r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
        if self._count % 2:
            return signature[:64] + bytes([27 + v])
        return r + (ORDER - s).to_bytes(32, "big") + bytes([28 - v])


@pytest.mark.parametrize("row", VECTORS["keys"], ids=lambda row: f"index-{row['index']}")
def test_viewing_key_of_known_wallet_is_the_known_key(row: dict[str, str | int]) -> None:
    digest = viewing_digest(DOMAIN, ALICE.address, int(row["index"]))
    secret = derive(ALICE.sign_digest, DOMAIN, ALICE.address, int(row["index"]))
    assert digest.hex() == row["digest"]
    assert ALICE.sign_digest(digest).hex() == row["signature"]
    assert secret.hex() == row["secret"]
    assert viewing_key(secret).hex() == row["publicKey"]


def test_derive_from_wallet_that_signs_differently_each_time_says_stored_key() -> None:
    wallet = Passkey(ALICE.secret)
    digest = viewing_digest(DOMAIN, ALICE.address, 0)
    assert recover(digest, wallet.sign(digest)) == recover(digest, wallet.sign(digest))
    with pytest.raises(SignaturesDiffer, match="--stored") as caught:
        derive(wallet.sign, DOMAIN, ALICE.address)
    assert caught.value.owner == ALICE.address


def test_derive_with_signature_of_another_account_is_refused() -> None:
    with pytest.raises(NotTheWallet) as caught:
        derive(BOB.sign_digest, DOMAIN, ALICE.address)
    assert caught.value.owner == ALICE.address


def test_viewing_text_as_wallets_are_shown_it_has_the_same_digest() -> None:
    domain: dict[str, object] = {
        "name": "0G-iNFT viewing key",
        "version": "1",
        "chainId": 31337,
        "verifyingContract": DIRECTORY,
    }
    fields = [("warning", "string"), ("owner", "address"), ("index", "uint256")]
    types: dict[str, object] = {
        "ViewingKey": [{"name": name, "type": kind} for name, kind in fields]
    }
    message: dict[str, object] = {"warning": WARNING, "owner": ALICE.address, "index": 7}
    text = encode_typed_data(domain, types, message)
    digest = keccak256(b"\x19\x01" + text.header + text.body)
    assert digest == viewing_digest(DOMAIN, ALICE.address, 7)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_viewing_keys_of_two_indexes_are_two_keys(one: int, other: int) -> None:
    keys = {derive(ALICE.sign_digest, DOMAIN, ALICE.address, index) for index in (one, other)}
    assert len(keys) == len({one, other})


def test_viewing_key_of_another_chain_or_directory_is_another_key() -> None:
    elsewhere = viewing_domain(1, DIRECTORY), viewing_domain(31337, ALICE.address)
    keys = {derive(ALICE.sign_digest, domain, ALICE.address) for domain in (DOMAIN, *elsewhere)}
    assert len(keys) == 3


@pytest.mark.parametrize("index", [-1, 2**32])
def test_viewing_digest_of_index_out_of_range_is_refused(index: int) -> None:
    with pytest.raises(BadKeyIndex) as caught:
        viewing_digest(DOMAIN, ALICE.address, index)
    assert caught.value.index == index


@given(st.binary(max_size=80).filter(lambda text: len(text) != 65))
def test_secret_of_other_than_65_bytes_is_refused(signature: bytes) -> None:
    with pytest.raises(BadSignature):
        secret_of(signature)


def test_signed_text_warns_what_it_unlocks() -> None:
    assert "opens every agent" in WARNING
