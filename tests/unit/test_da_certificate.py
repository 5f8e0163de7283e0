"""Signatures of a quorum and the certificate that they make."""

from __future__ import annotations

import random

import pytest

from zerog.crypto.address import checksum_address
from zerog.crypto.bn254 import G1, BadBlsSignature, NotOnCurve, SecretKey, add, verify
from zerog.da.certificate import Certificate, NotInQuorum, Tally, TooFewSigned
from zerog.da.messages import availability
from zerog.types import Address

pytestmark = pytest.mark.unit

ROOT, ROW_ROOT, RLC_ROOT = b"\x0d" * 32, b"\x0e" * 32, b"\xff" * 32
DIGEST = availability(ROOT, 7, 2, ROW_ROOT, RLC_ROOT)
PEOPLE: dict[Address, SecretKey] = {
    checksum_address(bytes([number]) * 20): SecretKey(number) for number in range(1, 7)
}
STRANGER = checksum_address(b"\x99" * 20)


def tally(rows: int = 18) -> Tally:
    """Of a quorum in which six accounts take turns."""
    accounts = list(PEOPLE)
    quorum = [accounts[index % 6] for index in range(rows)]
    keys = {account: key.public_g2 for account, key in PEOPLE.items()}
    return Tally(ROOT, 7, 2, (ROW_ROOT, RLC_ROOT), quorum, keys)


def signatures(*numbers: int) -> dict[Address, G1]:
    """Of some accounts, in this order."""
    accounts = list(PEOPLE)
    return {accounts[number]: PEOPLE[accounts[number]].sign(DIGEST) for number in numbers}


def bits(certificate: Certificate) -> set[int]:
    """Rows whose bit is set."""
    whole = int.from_bytes(certificate.bitmap, "little")
    return {index for index in range(8 * len(certificate.bitmap)) if whole >> index & 1}


@pytest.mark.parametrize("rows", [17, 18, 19, 3072])
def test_certificate_verifies_and_its_bits_are_the_signers_rows(rows: int) -> None:
    found = tally(rows)
    assert found.add_all(signatures(5, 0, 2, 3, 1)) == {}
    made = found.certificate()
    verify(DIGEST, made.signature, made.key)
    assert bits(made) == {index for index in range(rows) if index % 6 != 4}
    assert len(made.bitmap) == -(-rows // 8)
    assert found.signed_rows == len(bits(made))
    assert found.absent() == {list(PEOPLE)[4]}


def test_two_thirds_exactly_are_enough_and_one_row_less_is_not() -> None:
    found = tally(18)
    found.add_all(signatures(0, 1, 2))
    assert (found.signed_rows, found.needed, found.enough) == (9, 12, False)
    with pytest.raises(TooFewSigned) as caught:
        found.certificate()
    assert (caught.value.signed, caught.value.needed) == (9, 12)
    found.add_all(signatures(3))
    assert found.signed_rows == 12
    assert found.certificate().quorum_id == 2
    assert tally(3072).needed == 2048
    assert tally(19).needed == 13


def test_liars_are_named_and_do_not_spoil_the_rest() -> None:
    accounts = list(PEOPLE)
    given = signatures(0, 1, 2, 3)
    given[accounts[4]] = given[accounts[0]]
    given[accounts[5]] = G1(1, 3)
    given[STRANGER] = given[accounts[0]]
    found = tally()
    refused = found.add_all(given)
    assert {account: type(error) for account, error in refused.items()} == {
        accounts[4]: BadBlsSignature,
        accounts[5]: NotOnCurve,
        STRANGER: NotInQuorum,
    }
    made = found.certificate()
    verify(DIGEST, made.signature, made.key)


def test_good_point_that_is_no_signature_is_named_among_good_ones() -> None:
    accounts = list(PEOPLE)
    given = signatures(0, 1, 2, 3) | {accounts[4]: SecretKey(77).sign(DIGEST)}
    found = tally()
    assert {who: type(why) for who, why in found.add_all(given).items()} == {
        accounts[4]: BadBlsSignature
    }
    assert found.signed_rows == 12
    made = found.certificate()
    verify(DIGEST, made.signature, made.key)


def test_same_signature_twice_counts_once() -> None:
    found = tally()
    for _ in range(2):
        found.add_all(signatures(0, 1, 2, 3))
    assert found.signed_rows == 12
    made = found.certificate()
    verify(DIGEST, made.signature, made.key)


def test_two_liars_who_cancel_each_other_out_do_not_spoil_the_certificate() -> None:
    """Their sum is good, and whatever they say later is not taken in its place."""
    accounts, honest = list(PEOPLE), signatures(0, 1, 2, 3)
    shift = SecretKey(99).sign(DIGEST)
    bent = dict(honest)
    bent[accounts[0]] = add([honest[accounts[0]], shift])
    bent[accounts[1]] = add([honest[accounts[1]], shift.negated()])
    found = tally()
    assert found.add_all(bent) == {}
    found.add(accounts[0], honest[accounts[0]])
    late = {accounts[1]: honest[accounts[1]], **signatures(4)}
    assert found.add_all(late) == {}
    made = found.certificate()
    verify(DIGEST, made.signature, made.key)
    assert found.signed_rows == 15


def test_order_of_arrival_changes_nothing() -> None:
    numbers = [0, 1, 2, 3, 4]
    first = tally()
    first.add_all(signatures(*numbers))
    random.Random(1).shuffle(numbers)
    second = tally()
    second.add_all(signatures(*numbers))
    assert first.certificate() == second.certificate()


def test_submission_has_imaginary_parts_first() -> None:
    found = tally()
    found.add_all(signatures(0, 1, 2, 3))
    made = found.certificate()
    root, epoch, quorum, roots, bitmap, key, signature = made.submission()
    assert (root, epoch, quorum, bitmap) == (ROOT, 7, 2, made.bitmap)
    assert roots == (int.from_bytes(ROW_ROOT), int.from_bytes(RLC_ROOT))
    assert key == (made.key.x[::-1], made.key.y[::-1])
    assert signature == (made.signature.x, made.signature.y)
