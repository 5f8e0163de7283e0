"""Certificates that nobody signed: each forgery is refused, or worth nothing where it is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from tests.support.contracts import Reverted
from tests.support.da_signers import VOTE, point, point2
from tests.support.da_town import DaTown
from zerog.crypto import bn254
from zerog.crypto.bn254 import FIELD, G1, G1_ONE, G2_ONE, SecretKey
from zerog.da.messages import possession

pytestmark = pytest.mark.contracts
NO_POINT: object = (0, 0)
NO_POINT2: object = ((0, 0), (0, 0))
KEY, SIGNATURE = 5, 6
"""Places in a submission."""


def refused(town: DaTown, submission: list[object]) -> None:
    with pytest.raises(Reverted, match="DARegistry: signature is invalid"):
        town.certify(tuple(submission))


@pytest.mark.parametrize(
    "changes",
    [
        {SIGNATURE: NO_POINT},
        {KEY: NO_POINT2},
        {SIGNATURE: NO_POINT, KEY: NO_POINT2},
        {SIGNATURE: (1, 3)},
        {SIGNATURE: (1 + FIELD, 2)},
        {KEY: ((0, 1), (2, 0))},
        {KEY: ((FIELD, 0), (0, 0))},
    ],
)
def test_points_that_are_none_certify_nothing(town: DaTown, changes: dict[int, object]) -> None:
    submission = list(town.submission(town.blob(b"forged")))
    for place, value in changes.items():
        submission[place] = value
    refused(town, submission)


def test_key_of_the_forger_certifies_nothing(town: DaTown) -> None:
    """A good signature under a key of one's own, which is not the sum of the quorum's."""
    blob = town.blob(b"forged")
    own = SecretKey(4242)
    town_keys = list(town.keys.values())
    submission = list(town.submission(blob))
    submission[KEY] = (own.public_g2.eip197().x, own.public_g2.eip197().y)
    refused(town, submission)
    # The key that makes the sum right with one honest signer: its secret is nobody's.
    rest = bn254.add([town_keys[1].public_g1, town_keys[2].public_g1]).negated()
    rogue = bn254.add([own.public_g1, rest])
    who = town.evm.accounts[6]
    town.registry.send("stake", sender=who, value=VOTE)
    proof = point(own.sign(possession(bytes.fromhex(who[2:]), 31337)))
    for second in (own.public_g2, G2_ONE):
        detail = (who, "127.0.0.1:1", point(rogue), point2(second))
        with pytest.raises(Reverted, match="InvalidSignature"):
            town.registry.send("registerSigner", detail, proof, sender=who)


def test_keys_at_infinity_are_not_registered(town: DaTown) -> None:
    who = town.evm.accounts[6]
    town.registry.send("stake", sender=who, value=VOTE)
    for pair in ((NO_POINT, NO_POINT2), (point(G1_ONE), NO_POINT2), (NO_POINT, point2(G2_ONE))):
        with pytest.raises(Reverted, match="InvalidSignature"):
            town.registry.send("registerSigner", (who, "x:1", *pair), NO_POINT, sender=who)


def test_signature_is_worth_nothing_in_another_epoch(town: DaTown) -> None:
    old = town.blob(b"kept")
    submission = list(town.submission(old))
    town.next_epoch()
    now = town.blob(b"kept")
    submission[1], submission[4] = now.epoch, now.bitmap
    refused(town, submission)


def test_signature_is_worth_nothing_in_another_quorum(town: DaTown) -> None:
    anywhere = b"EU".ljust(32, b"\0")
    town.signers.send("registerPolicy", ([anywhere], [], False))
    for account in town.keys:
        town.signers.send("setLabels", anywhere, anywhere, sender=account)
    town.next_epoch()
    town.next_epoch(1)
    submission = list(town.submission(town.blob(b"kept")))
    other = town.blob(b"kept", quorum_id=1 << 32)
    submission[2], submission[4] = other.quorum_id, other.bitmap
    refused(town, submission)
    town.certify(town.submission(other))


def test_repeated_signature_counts_once(town: DaTown) -> None:
    """One signer's signature three times is not three signers'."""
    blob = town.blob(b"forged")
    single = town.submission(blob, [0])
    own = next(iter(town.keys.values()))
    submission = list(single)
    signed = G1(*cast("tuple[int, int]", single[SIGNATURE]))
    tripled = bn254.multiply2(own.public_g2, 3).eip197()
    submission[KEY] = (tripled.x, tripled.y)
    submission[SIGNATURE] = point(bn254.multiply(signed, 3))
    refused(town, submission)


def test_bits_behind_the_last_row_count_nothing(town: DaTown) -> None:
    blob = town.blob(b"few", [1])
    padded = replace(blob, bitmap=bytes([blob.bitmap[0], blob.bitmap[1] | 0xF0]))
    with pytest.raises(Reverted, match="DARegistry: insufficient signed slices"):
        town.certify(town.submission(padded, [1]))
