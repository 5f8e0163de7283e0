"""The seal that existing clients read: the recorded one opens, a turned one never does."""

from __future__ import annotations

import ecies as eciespy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import vectors
from zerog.crypto import ecies
from zerog.crypto.curve import NotAPoint, public_key

pytestmark = pytest.mark.unit

SECRET, WRONG = b"\x22" * 32, b"\x23" * 32


def test_recorded_seal_opens() -> None:
    vector = vectors.ecies()
    assert len(vector["sealed"]) == 129
    assert ecies.open(vector["recipient_secret"], vector["sealed"]) == vector["plaintext"]
    assert vector["sealed"][1:65] == public_key(vector["ephemeral_secret"])
    assert vector["sealed"][65:81] == vector["nonce"]


def test_recorded_seal_opens_with_the_librarys_defaults_too() -> None:
    vector = vectors.ecies()
    opened = eciespy.decrypt(vector["recipient_secret"], vector["sealed"])
    assert opened == vector["plaintext"]


@given(st.binary(max_size=200))
def test_seal_opens_here_and_in_the_library_and_is_97_bytes_longer(plaintext: bytes) -> None:
    sealed = ecies.seal(public_key(SECRET), plaintext)
    assert len(sealed) == len(plaintext) + ecies.OVERHEAD
    assert ecies.open(SECRET, sealed) == plaintext
    assert eciespy.decrypt(SECRET, sealed) == plaintext


def test_two_seals_of_one_key_share_nothing() -> None:
    one, two = (ecies.seal(public_key(SECRET), b"k" * 32) for _ in range(2))
    assert len(one) == 129
    assert one[1:65] != two[1:65]
    assert one[65:81] != two[65:81]


@pytest.mark.parametrize("place", range(129))
def test_seal_with_a_byte_changed_does_not_open(place: int) -> None:
    sealed = vectors.ecies()["sealed"]
    for turn in (0x01, 0x02, 0x80, 0xFF):
        turned = bytearray(sealed)
        turned[place] ^= turn
        with pytest.raises(ecies.WrongKey):
            ecies.open(SECRET, bytes(turned))


def test_hybrid_spelling_of_the_ephemeral_key_is_refused() -> None:
    sealed = vectors.ecies()["sealed"]
    hybrid = bytes([6 + sealed[64] % 2]) + sealed[1:]
    with pytest.raises(ecies.WrongKey):
        ecies.open(SECRET, hybrid)


@pytest.mark.parametrize("length", [0, 1, 65, 96, 97, 128])
def test_cut_seal_is_refused_by_name(length: int) -> None:
    with pytest.raises(ecies.WrongKey) as refused:
        ecies.open(SECRET, vectors.ecies()["sealed"][:length])
    assert refused.value.size == length


@pytest.mark.parametrize("secret", [WRONG, bytes(32), b"", b"\xff" * 32, b"\x22" * 31])
def test_wrong_key_is_refused_without_showing_it(secret: bytes) -> None:
    with pytest.raises(ecies.WrongKey) as refused:
        ecies.open(secret, vectors.ecies()["sealed"])
    assert "2222" not in str(refused.value)


def test_sealing_to_what_is_no_point_is_refused() -> None:
    with pytest.raises(NotAPoint):
        ecies.seal(bytes(64), b"key")
