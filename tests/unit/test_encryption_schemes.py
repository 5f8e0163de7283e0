"""Both encryption schemes against the vectors of the official clients, and their properties."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TypedDict, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto.curve import NotAPoint, compress, public_key
from zerog.storage.encryption import (
    BadKey,
    Header,
    NotEncrypted,
    PrivateKey,
    Recipient,
    SymmetricKey,
    WrongScheme,
    decrypt_stream,
    encrypt_stream,
    is_encrypted,
    new_secret,
    open_secret,
    parse_public_key,
    read_header,
    secret_of,
)

pytestmark = pytest.mark.unit

KEY = bytes(range(32))
SECRET = bytes.fromhex("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
OWNER = bytes.fromhex("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a")


class Aes(TypedDict):
    """aes256ctr of the vectors."""

    key: str
    nonce: str
    plaintext: str
    ciphertext: str
    v1File: str


class Ecies(TypedDict):
    """ecies of the vectors."""

    recipientPrivateKey: str
    recipientPublicKey: str
    ephemeralPrivateKey: str
    ephemeralPublicKey: str
    derivedAesKey: str


def vectors() -> dict[str, dict[str, str]]:
    """The committed vectors."""
    place = Path(__file__).resolve().parents[1] / "vectors" / "storage" / "encryption.json"
    return cast("dict[str, dict[str, str]]", json.loads(place.read_text()))


def unhex(text: str) -> bytes:
    """Bytes of 0x hex."""
    return bytes.fromhex(text[2:])


def test_v1_file_of_the_official_client_is_equal_byte_for_byte() -> None:
    known = cast(Aes, vectors()["aes256ctr"])
    plain, key = unhex(known["plaintext"]), SymmetricKey(unhex(known["key"]))
    secret = new_secret(key, unhex(known["nonce"]))
    assert b"".join(encrypt_stream(secret, [plain])) == unhex(known["v1File"])
    assert b"".join(decrypt_stream(key, [unhex(known["v1File"])])) == plain


def test_v1_range_after_the_counter_wrapped_is_read_alone() -> None:
    known = cast(Aes, vectors()["aes256ctr"])
    plain, cipher = unhex(known["plaintext"]), unhex(known["ciphertext"])
    stored = unhex(known["v1File"])
    secret = open_secret(read_header(stored), SymmetricKey(unhex(known["key"])))
    # The nonce is 2^128 - 2: from byte 32 on the counter has begun again.
    for offset in (0, 21, 31, 32, 33, 48, 99):
        assert secret.apply(cipher[offset:], offset) == plain[offset:]


def test_v2_key_of_the_official_client_comes_out_on_both_sides() -> None:
    known = cast(Ecies, vectors()["ecies"])
    recipient = Recipient(parse_public_key(unhex(known["recipientPublicKey"])))
    ephemeral = int.from_bytes(unhex(known["ephemeralPrivateKey"]), "big")
    made = new_secret(recipient, bytes(16), ephemeral)
    assert made.key == unhex(known["derivedAesKey"])
    assert made.header.ephemeral == unhex(known["ephemeralPublicKey"])
    opened = open_secret(made.header, PrivateKey(unhex(known["recipientPrivateKey"])))
    assert opened == made


@given(
    data=st.binary(max_size=300),
    cuts=st.lists(st.integers(0, 300), max_size=5),
    symmetric=st.booleans(),
)
def test_a_stream_cut_anywhere_comes_back(data: bytes, cuts: list[int], symmetric: bool) -> None:
    way = SymmetricKey(KEY) if symmetric else Recipient(public_key(SECRET))
    back = SymmetricKey(KEY) if symmetric else PrivateKey(SECRET)
    stored = b"".join(encrypt_stream(new_secret(way), [data]))
    edges = sorted({0, *(min(cut, len(stored)) for cut in cuts), len(stored)})
    pieces = [stored[a:b] for a, b in pairwise(edges)]
    assert b"".join(decrypt_stream(back, pieces)) == data
    assert len(stored) == len(data) + (17 if symmetric else 50)


@given(offset=st.integers(0, 1 << 40), data=st.binary(min_size=1, max_size=70))
def test_counter_blocks_follow_the_offset_as_the_scheme_says(offset: int, data: bytes) -> None:
    nonce = (2**128 - 3).to_bytes(16, "big")
    moved = ((2**128 - 3 + offset // 16) % 2**128).to_bytes(16, "big")
    whole = new_secret(SymmetricKey(KEY), nonce).apply(data, offset)
    start = offset % 16
    assert whole == new_secret(SymmetricKey(KEY), moved).apply(bytes(start) + data, 0)[start:]


def test_a_repeated_upload_gets_the_same_bytes_and_another_file_never() -> None:
    for way in (SymmetricKey(KEY), Recipient(public_key(SECRET))):
        first = secret_of(way, OWNER, b"r" * 32, 100)
        assert secret_of(way, OWNER, b"r" * 32, 100) == first
        others = [secret_of(way, OWNER, b"s" * 32, 100), secret_of(way, OWNER, b"r" * 32, 101)]
        assert first.header.nonce not in {one.header.nonce for one in others}
    one, two = (secret_of(Recipient(public_key(SECRET)), who, b"r" * 32, 1) for who in (OWNER, KEY))
    assert one.header.ephemeral != two.header.ephemeral


@pytest.mark.parametrize(
    "start",
    [b"", b"\x00" * 60, b"\x03" * 60, b"\x01" * 16, b"\x02" * 49, b"\x02\x04" + bytes(60)],
)
def test_what_is_no_header_is_refused_by_name(start: bytes) -> None:
    assert not is_encrypted(start)
    with pytest.raises(NotEncrypted):
        read_header(start)
    with pytest.raises(NotEncrypted):
        list(decrypt_stream(SymmetricKey(KEY), [start]))


def test_an_ephemeral_key_off_the_curve_is_no_header() -> None:
    good = compress(public_key(SECRET))
    off = next(
        candidate
        for x in range(256)
        if not is_encrypted(b"\x02" + (candidate := good[:32] + bytes([x])) + bytes(16))
    )
    with pytest.raises(NotEncrypted):
        read_header(b"\x02" + off + bytes(16))
    with pytest.raises(NotAPoint):
        parse_public_key(off)


def test_the_other_kind_of_key_is_refused_by_name() -> None:
    first, second = Header(1, bytes(16)), new_secret(Recipient(public_key(SECRET))).header
    with pytest.raises(WrongScheme):
        open_secret(first, PrivateKey(SECRET))
    with pytest.raises(WrongScheme):
        open_secret(second, SymmetricKey(KEY))
    with pytest.raises(BadKey):
        SymmetricKey(b"short")


def test_keys_are_in_no_text() -> None:
    secret = new_secret(SymmetricKey(KEY))
    for shown in (repr(SymmetricKey(KEY)), repr(PrivateKey(SECRET)), repr(secret)):
        assert KEY.hex()[:8] not in shown
        assert repr(KEY)[2:10] not in shown
        assert repr(SECRET)[2:10] not in shown


def test_a_public_key_is_read_in_every_usual_form() -> None:
    key = public_key(SECRET)
    assert {parse_public_key(form) for form in (key, b"\x04" + key, compress(key))} == {key}
