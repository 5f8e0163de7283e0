"""BN254 and its BLS signatures: published values, a second library, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.secondcurve import FQ2, curve
from zerog.crypto.bn254 import (
    FIELD,
    G1,
    G1_ONE,
    G2,
    G2_ONE,
    INFINITY,
    ORDER,
    BadBlsKey,
    BadBlsSignature,
    NotOnCurve,
    SecretKey,
    add,
    add2,
    check_g1,
    check_g2,
    decode_signature,
    encode_signature,
    hash_to_g1,
    multiply,
    multiply2,
    pairs_to_one,
    verify,
    verify_linked,
)
from zerog.da.messages import availability, participation, possession, signature_hash

pytestmark = pytest.mark.unit

DIGEST = bytes(range(32))
ACCOUNT = bytes.fromhex("9685C4EB29309820CDC62663CC6CC82F3D42E964")
SCALARS = st.integers(1, ORDER - 1)
KEY = 12345


def test_blob_message_published_point() -> None:
    # 0glabs/0g-da-node and 0g-da-client tests: root 0x11…, epoch 1, quorum 2, commitment (1, 2)
    digest = availability(b"\x11" * 32, 1, 2, (1).to_bytes(32), (2).to_bytes(32))
    assert digest.hex() == "37412edc0fae2d298c470c1668f2ee05ff6197d6f40e06bdd6f341e501def8a0"
    assert hash_to_g1(digest) == G1(
        3104132272622526655068902279970515367044771064982988265068273751564440697689,
        14983672482514514723382346054400511740670770934276906876175822994665721348371,
    )


def test_registration_messages_published_points() -> None:
    assert hash_to_g1(possession(ACCOUNT, 8888)) == G1(
        17347288745752564851578145205408924577042674846071448492673629564958667746090,
        21456041422468658262738002909407073439935597271458862589356790821116767485654,
    )
    assert hash_to_g1(participation(ACCOUNT, 1, 8888)) == G1(
        13283083124528531674735853832182424672122091139683454761857829308708073730285,
        21773064143788270772276852950775943855438706734263253481317981346601766662828,
    )


def test_signature_over_participation_gives_published_hash() -> None:
    signature = SecretKey(KEY).sign(participation(ACCOUNT, 1, 8888))
    expected = "e923ae72f99ec98e4ae0582ce9c03b8f58ea7a41fb3d7250cdadf1cdc4b2321c"
    assert signature_hash(signature).hex() == expected


def test_keys_and_wire_signature_match_the_vector() -> None:
    key = SecretKey(KEY)
    x, y = (
        16705150446613302981383891329713754398766360371973311808377038250296751737245,
        4106419172446608887639006033116706187881626359726988824541808700350802699766,
    )
    root = bytes.fromhex("3dccff74099c97092601e09f23ef25fc6930a1c9fc10dd227d8a4b872cf7f843")
    digest = availability(root, 5, 0, x.to_bytes(32), y.to_bytes(32))
    assert digest.hex() == "5746e2ae93bd90e13adca885d2ce3e63d38d89b7cf8355769baa1dc4e513c2a2"
    assert encode_signature(key.sign(digest)).hex() == (
        "8b37dadd4ba2e268449dd283b4810285ae2907efa80b450700cbdea68d732406"
        "f747039a4fe8841ab56c8bc59eafc3b318b9b4587fb019748f94acbc4b45a098"
    )
    assert key.public_g1 == G1(
        11404940445424363337823423808411232433223590477377068719858726746225925918890,
        2424505913866680143139332783087422983475325405994502385033744924144562639386,
    )
    assert key.public_g2.x == (
        3192987715530305580946656034371093193867421631544099513284129268236929013789,
        448602512351820053537578350330943944299093775480635140124264317645075730570,
    )
    assert key.public_g2.y == (
        13584593069657188777564781531889207910929617773138379471284502551228322987148,
        3049665309719187264176258658325297011616596223981498538539541783749822515442,
    )


@settings(max_examples=10)
@given(SCALARS, SCALARS)
def test_arithmetic_agrees_with_py_ecc(left: int, right: int) -> None:
    a, b = multiply(G1_ONE, left), multiply(G1_ONE, right)
    theirs = curve.add(curve.multiply(curve.G1, left), curve.multiply(curve.G1, right))
    assert theirs is not None
    assert add([a, b]) == G1(int(theirs[0]), int(theirs[1]))
    twin = curve.multiply(curve.G2, left)
    assert twin is not None
    x, y = twin
    ours = multiply2(G2_ONE, left)
    assert (ours.x, ours.y) == (
        tuple(int(c) for c in x.coeffs),
        tuple(int(c) for c in y.coeffs),
    )


def test_pairing_bilinear_in_both() -> None:
    left, right = multiply(G1_ONE, 6).negated(), multiply2(G2_ONE, 2)
    assert pairs_to_one([(left, G2_ONE), (multiply(G1_ONE, 3), right)])
    assert not pairs_to_one([(left, G2_ONE), (multiply(G1_ONE, 4), right)])


@settings(max_examples=15)
@given(SCALARS, st.binary(min_size=32, max_size=32))
def test_signature_round_trip(scalar: int, digest: bytes) -> None:
    key = SecretKey(scalar)
    signature = key.sign(digest)
    assert decode_signature(encode_signature(signature)) == signature
    verify(digest, signature, key.public_g2)
    verify_linked(digest, signature, key.public_g1, key.public_g2)


def test_aggregate_of_signers_verifies_against_sum_of_keys() -> None:
    keys = [SecretKey(number) for number in (5, 77, 9001)]
    signature = add(key.sign(DIGEST) for key in keys)
    verify(DIGEST, signature, add2([key.public_g2 for key in keys]))
    with pytest.raises(BadBlsSignature):
        verify(DIGEST, signature, add2([key.public_g2 for key in keys[:2]]))


def test_signature_of_another_message_or_key_refused() -> None:
    key, other = SecretKey(KEY), SecretKey(KEY + 1)
    for digest, signer in ((DIGEST[::-1], key), (DIGEST, other)):
        with pytest.raises(BadBlsSignature):
            verify(DIGEST, signer.sign(digest), key.public_g2)


def test_linked_keys_of_two_secrets_refused() -> None:
    key, other = SecretKey(KEY), SecretKey(KEY + 1)
    with pytest.raises(BadBlsSignature):
        verify_linked(DIGEST, key.sign(DIGEST), other.public_g1, key.public_g2)
    with pytest.raises(BadBlsSignature):
        verify_linked(DIGEST, key.sign(DIGEST), key.public_g1, other.public_g2)


@pytest.mark.parametrize(
    "point", [G1(1, 3), G1(1 + FIELD, 2), G1(1, 2 + FIELD), G1(-1, 2), G1(0, 1), INFINITY]
)
def test_bad_g1_refused(point: G1) -> None:
    with pytest.raises(NotOnCurve):
        check_g1(point)


def test_g2_outside_the_group_refused() -> None:
    y = (
        12505688789290727353251805420284551146134220387312451151558198161901070586656,
        14980785661444127950614133585607267465780431701147985578681764807099042996190,
    )
    x = FQ2([26, 0])
    assert FQ2(y) * FQ2(y) == x * x * x + curve.b2, "on the curve, but not of the group's order"
    for point in (G2((26, 0), y), G2(G2_ONE.x, (G2_ONE.y[0] + 1, G2_ONE.y[1]))):
        with pytest.raises(NotOnCurve):
            check_g2(point)


def test_wire_signature_with_other_bytes_refused() -> None:
    good = encode_signature(SecretKey(KEY).sign(DIGEST))
    wrong = [
        good[:-1],
        good + b"\0",
        good[:-1] + bytes([good[-1] ^ 0x80]),
        good[:-1] + bytes([good[-1] | 0x40]),
        bytes([good[0] ^ 1]) + good[1:],
        bytes(64),
        encode_signature(INFINITY),
        (FIELD + 1).to_bytes(32, "little") + (2).to_bytes(32, "little"),
        b"\xff" * 64,
    ]
    for encoded in wrong:
        with pytest.raises(NotOnCurve):
            decode_signature(encoded)


@settings(max_examples=50)
@given(st.binary(max_size=80))
def test_wire_signature_random_bytes_never_accepted_silently(encoded: bytes) -> None:
    with pytest.raises(NotOnCurve):
        decode_signature(encoded)


@pytest.mark.parametrize("scalar", [0, ORDER, -1, ORDER + 5])
def test_key_out_of_range_refused(scalar: int) -> None:
    with pytest.raises(BadBlsKey):
        SecretKey(scalar)


@pytest.mark.parametrize("text", ["", "0x10", "-3", "1_000", "٣", "9" * 78, str(ORDER)])
def test_key_file_that_is_no_decimal_refused(text: str) -> None:
    with pytest.raises(BadBlsKey):
        SecretKey.parse(text)


def test_key_file_round_trip_and_silent_repr() -> None:
    key = SecretKey.random()
    assert SecretKey.parse(key.decimal() + "\n").public_g2 == key.public_g2
    assert key.decimal() not in repr(key)
