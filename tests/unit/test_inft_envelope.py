"""Sealed keys: what opens, what is refused, and that no seal can be moved or shifted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from coincurve import PrivateKey
from ecies import decrypt
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto import ecies
from zerog.crypto.curve import (
    FIELD,
    ORDER,
    NotAPoint,
    NotAScalar,
    add,
    generate,
    multiply,
    public_key,
    random_scalar,
)
from zerog.errors import ZerogError
from zerog.inft.envelope import (
    ENVELOPE_BYTES,
    ENVELOPE_BYTES_V1,
    SUITE_KECCAK_CTR,
    DataKey,
    Envelope,
    EnvelopeMismatch,
    NotAnEnvelope,
    SealContext,
    SealProofInvalid,
    UnknownSuite,
    Unproven,
    WrongKey,
    check_seal,
    ecies_part,
    open_seal,
    seal,
    seal_with,
    suite_of,
    unproven_seal,
)
from zerog.types import Address, PublicKey

pytestmark = pytest.mark.unit

SECRETS = st.integers(1, ORDER - 1).map(lambda value: value.to_bytes(32, "big"))
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "inft"
ADDRESS = Address("0x5FbDB2315678afecb367f032d93F642f64180aa3")  # type: ignore[arg-type]
OTHER = Address("0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512")  # type: ignore[arg-type]
CONTEXT = SealContext(31337, ADDRESS, 7)
ALICE = bytes([0x22]) * 32
KEY = DataKey(generate(0x33))
SEALED = seal(KEY, public_key(ALICE), CONTEXT)
P, E1, E2, C, Z = 131, 195, 259, 323, 355
OLD = bytes.fromhex(json.loads((VECTORS / "envelope_v1.json").read_text())["sealed"])


def changed(place: int, value: bytes) -> bytes:
    """SEALED with other bytes at a place."""
    return SEALED[:place] + value + SEALED[place + len(value) :]


@given(secret=SECRETS, chain=st.integers(1, 2**64), token=st.integers(0, 2**256 - 1))
def test_seal_of_any_key_is_checked_and_opened(secret: bytes, chain: int, token: int) -> None:
    key, context = DataKey.generate(), SealContext(chain, ADDRESS, token)
    sealed = seal(key, public_key(secret), context)
    assert len(sealed) == ENVELOPE_BYTES
    check_seal(sealed, public_key(secret), context)
    assert open_seal(sealed, secret) == key
    assert suite_of(sealed) == 1


def test_first_part_is_what_existing_clients_open() -> None:
    assert len(ecies_part(SEALED)) == 129
    assert SEALED.startswith(ecies_part(SEALED))
    assert decrypt(ALICE, ecies_part(SEALED)) == KEY.data_key()


def test_data_key_is_hkdf_of_the_compressed_point() -> None:
    import hashlib
    import hmac

    compressed = PrivateKey((0x33).to_bytes(32, "big")).public_key.format()
    extracted = hmac.digest(bytes(32), compressed, hashlib.sha256)
    assert KEY.data_key() == hmac.digest(extracted, b"zerog/inft/data-key/1\x01", hashlib.sha256)


def test_repr_of_a_key_shows_nothing() -> None:
    assert repr(KEY) == "DataKey()"


def test_seals_of_the_same_key_never_repeat() -> None:
    assert seal(KEY, public_key(ALICE), CONTEXT)[E1:C] != SEALED[E1:C]


@given(place=st.integers(0, ENVELOPE_BYTES - 1), bit=st.integers(0, 7))
def test_any_bit_flipped_is_refused_by_the_check(place: int, bit: int) -> None:
    broken = bytearray(SEALED)
    broken[place] ^= 1 << bit
    with pytest.raises(ZerogError):
        check_seal(bytes(broken), public_key(ALICE), CONTEXT)


@pytest.mark.parametrize(
    "context",
    [SealContext(1, ADDRESS, 7), SealContext(31337, OTHER, 7), SealContext(31337, ADDRESS, 8)],
)
def test_seal_in_another_context_is_refused(context: SealContext) -> None:
    with pytest.raises(SealProofInvalid) as error:
        check_seal(SEALED, public_key(ALICE), context)
    assert error.value.context == context


def test_seal_claimed_for_another_key_is_refused() -> None:
    with pytest.raises(SealProofInvalid):
        check_seal(SEALED, generate(5), CONTEXT)


@given(shift=st.integers(1, ORDER - 1), key_shift=st.integers(0, ORDER - 1))
def test_shifted_seal_is_refused(shift: int, key_shift: int) -> None:
    """ElGamal itself allows it: E1 + s*G, E2 + s*P (+ d*G) opens to K (+ d*G)."""
    e1 = add(SEALED[E1:E2], generate(shift))
    e2 = add(SEALED[E2:C], multiply(public_key(ALICE), shift))
    if key_shift:
        e2 = add(e2, generate(key_shift))
    shifted = changed(E1, e1 + e2)
    with pytest.raises(SealProofInvalid):
        check_seal(shifted, public_key(ALICE), CONTEXT)
    if not key_shift:
        assert open_seal(shifted, ALICE) == KEY  # so it is the proof alone that refuses
    else:
        with pytest.raises(EnvelopeMismatch):
            open_seal(shifted, ALICE)


def test_proof_of_shifted_randomness_without_its_knowledge_is_refused() -> None:
    """The response shifted along with E1 fits only if the challenge did not see E1."""
    shift = random_scalar()
    c, z = int.from_bytes(SEALED[C:Z], "big"), int.from_bytes(SEALED[Z:], "big")
    e1 = add(SEALED[E1:E2], generate(shift))
    e2 = add(SEALED[E2:C], multiply(public_key(ALICE), shift))
    moved = ((z + c * shift) % ORDER).to_bytes(32, "big")
    with pytest.raises(SealProofInvalid):
        check_seal(changed(E1, e1 + e2 + SEALED[C:Z] + moved), public_key(ALICE), CONTEXT)


def test_other_ecies_part_is_refused_by_the_check_and_by_the_owner() -> None:
    swapped = ecies.seal(public_key(ALICE), bytes(32)) + SEALED[129:]
    with pytest.raises(SealProofInvalid):
        check_seal(swapped, public_key(ALICE), CONTEXT)
    with pytest.raises(EnvelopeMismatch):
        open_seal(swapped, ALICE)


def test_wrong_key_fails_on_the_tag() -> None:
    with pytest.raises(WrongKey):
        open_seal(SEALED, bytes([0x23]) * 32)


def test_zero_and_oversized_scalars_are_refused() -> None:
    for place in (C, Z):
        for value in (0, ORDER, 2**256 - 1):
            broken = changed(place, value.to_bytes(32, "big"))
            with pytest.raises(NotAScalar):
                check_seal(broken, public_key(ALICE), CONTEXT)


def test_points_off_the_curve_and_infinity_are_refused() -> None:
    high = (FIELD + 1).to_bytes(32, "big")
    for place in (P, E1, E2):
        for point in (bytes(64), b"\x01" * 64, high + SEALED[place + 32 : place + 64]):
            broken = changed(place, point)
            with pytest.raises(NotAPoint):
                check_seal(broken, public_key(ALICE), CONTEXT)
            with pytest.raises(NotAPoint):
                open_seal(broken, ALICE)


def test_commitment_at_infinity_is_refused() -> None:
    """z = c*r makes z*G - c*E1 the point at infinity."""
    e1, c, r = generate(9), 11, 9
    forged = changed(E1, e1 + SEALED[E2:C] + c.to_bytes(32, "big") + (c * r).to_bytes(32, "big"))
    with pytest.raises(SealProofInvalid):
        check_seal(forged, public_key(ALICE), CONTEXT)


def test_elgamal_part_that_opens_to_infinity_is_refused() -> None:
    e1 = generate(9)
    forged = changed(E1, e1 + multiply(e1, int.from_bytes(ALICE, "big")))
    with pytest.raises(EnvelopeMismatch):
        open_seal(forged, ALICE)


def test_other_forms_are_refused_by_name() -> None:
    for sealed in (b"", SEALED[:129], SEALED + b"\0"):
        with pytest.raises(NotAnEnvelope):
            check_seal(sealed, public_key(ALICE), CONTEXT)
    with pytest.raises(NotAnEnvelope):
        open_seal(changed(129, b"\x03"), ALICE)
    with pytest.raises(NotAnEnvelope):
        open_seal(changed(129, b"\x01"), ALICE)
    with pytest.raises(UnknownSuite):
        ecies_part(SEALED[:130] + b"\x09" + SEALED[131:])
    with pytest.raises(UnknownSuite):
        seal(KEY, public_key(ALICE), CONTEXT, suite=9)
    with pytest.raises(NotAPoint):
        seal(KEY, PublicKey(public_key(ALICE)[:-1] + b"\0"), CONTEXT)


def test_second_suite_is_known_and_named_in_the_seal() -> None:
    sealed = seal(KEY, public_key(ALICE), CONTEXT, SUITE_KECCAK_CTR)
    check_seal(sealed, public_key(ALICE), CONTEXT)
    assert suite_of(sealed) == SUITE_KECCAK_CTR


def test_owner_inside_the_seal_must_be_the_one_it_is_checked_and_opened_for() -> None:
    other = bytes([0x23]) * 32
    assert Envelope.parse(SEALED).owner == public_key(ALICE)
    moved = changed(P, public_key(other))
    with pytest.raises(SealProofInvalid):
        check_seal(moved, public_key(other), CONTEXT)
    with pytest.raises(SealProofInvalid):
        check_seal(moved, public_key(ALICE), CONTEXT)
    with pytest.raises(WrongKey):
        open_seal(moved, ALICE)


@given(place=st.integers(0, ENVELOPE_BYTES_V1 - 1), bit=st.integers(0, 7))
def test_seal_of_version_one_is_opened_and_its_bits_are_all_checked(place: int, bit: int) -> None:
    assert len(OLD) == ENVELOPE_BYTES_V1
    check_seal(OLD, public_key(ALICE), CONTEXT)
    assert open_seal(OLD, ALICE) == KEY
    assert Envelope.parse(OLD).owner is None
    broken = bytearray(OLD)
    broken[place] ^= 1 << bit
    with pytest.raises(ZerogError):
        check_seal(bytes(broken), public_key(ALICE), CONTEXT)


def test_seal_of_a_committee_opens_and_is_no_seal_to_start_from() -> None:
    e1, mask = generate(9), multiply(public_key(ALICE), 9)
    sealed = unproven_seal(1, public_key(ALICE), e1, add(KEY.point, mask))
    assert open_seal(sealed, ALICE) == KEY
    parts = Envelope.parse(sealed)
    assert not parts.has_ecies
    assert not parts.is_proven
    assert parts.encode() == sealed
    with pytest.raises(Unproven):
        check_seal(sealed, public_key(ALICE), CONTEXT)
    with pytest.raises(UnknownSuite):
        unproven_seal(9, public_key(ALICE), e1, e1)


def test_proof_struck_out_of_a_seal_is_refused() -> None:
    """Without c and z a stolen seal would look like a committee's."""
    with pytest.raises(Unproven):
        check_seal(changed(C, bytes(64)), public_key(ALICE), CONTEXT)


@given(secret=SECRETS, r=st.integers(1, ORDER - 1))
def test_seal_with_given_randomness_uses_it(secret: bytes, r: int) -> None:
    sealed = seal_with(KEY, public_key(secret), CONTEXT, 1, r)
    assert sealed is not None
    check_seal(sealed, public_key(secret), CONTEXT)
    assert Envelope.parse(sealed).e1 == generate(r)
    assert open_seal(sealed, secret) == KEY
