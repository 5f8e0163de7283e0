"""CommitteeVault: wrong shares, judged and punished (committee.tree)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.committee_chain import Hall
from tests.support.committee_halls import Given
from tests.support.contracts import Reverted
from zerog.chain.steps_committee import MIN_BOND_WEI, PENALTY_WEI
from zerog.crypto.curve import generate
from zerog.inft.committee.release import SHARE_BYTES, ShareCase
from zerog.types import PublicKey

pytestmark = pytest.mark.contracts


@pytest.fixture
def given(hall: Hall) -> Given:
    return Given.of(hall)


def wrong_share(hall: Hall, case: ShareCase) -> bytes:
    """A share for another key, under the case of this one."""
    return hall.share(replace(case, target=PublicKey(generate(77))), case.slot)


def prove(hall: Hall, case: ShareCase, share: bytes, signature: bytes) -> None:
    hall.vault.send(
        *("proveWrongShare", case.to_abi(), share, signature), sender=hall.house.carol.address
    )


def test_wrong_share_costs_its_member_once(hall: Hall, given: Given) -> None:
    case = given.case.of(2)
    share = wrong_share(hall, case)
    signature = hall.signed(case, share)
    with pytest.raises(Reverted):
        hall.vault.read("checkShare", case.to_abi(), share)
    prove(hall, case, share, signature)
    found = hall.committee.read("memberOf", 2)
    assert isinstance(found, tuple)
    assert found[4] == MIN_BOND_WEI - PENALTY_WEI
    assert hall.committee.read("creditOf", hall.house.carol.address) == PENALTY_WEI // 2
    with pytest.raises(Reverted, match="AlreadyPunished"):
        prove(hall, case, share, signature)


@pytest.mark.parametrize("share", [b"", bytes(SHARE_BYTES), b"\x01" * (SHARE_BYTES + 1)])
def test_share_of_no_form_is_wrong_too(hall: Hall, given: Given, share: bytes) -> None:
    case = given.case.of(2)
    prove(hall, case, share, hall.signed(case, share))
    assert hall.committee.read("creditOf", hall.house.carol.address) == PENALTY_WEI // 2


def test_reports_that_prove_nothing_revert(hall: Hall, given: Given) -> None:
    case = given.case.of(2)
    right, wrong = hall.share(case, 2), wrong_share(hall, case)
    assert hall.vault.read("checkShare", case.to_abi(), right) is None
    with pytest.raises(Reverted, match="ShareIsRight"):
        prove(hall, case, right, hall.signed(case, right))
    with pytest.raises(Reverted, match="NotTheMembersSignature"):
        prove(hall, case, wrong, hall.house.bob.sign(case.digest(wrong)))
    with pytest.raises(Reverted, match="NotTheMembersSignature"):
        prove(hall, replace(case, token_id=99), wrong, hall.signed(case, wrong))
    absent = replace(case, slot=9)
    with pytest.raises(Reverted, match="NoShare"):
        prove(hall, absent, wrong, hall.house.bob.sign(absent.digest(wrong)))
    with pytest.raises(Reverted, match="NoShare"):
        prove(hall, replace(case, key_id=2), wrong, hall.signed(case, wrong))


def test_judgement_that_runs_out_of_gas_finds_against_nobody(hall: Hall, given: Given) -> None:
    case = given.case.of(2)
    right = hall.share(case, 2)
    signature = hall.signed(case, right)
    for gas in (200_000, 300_000, 400_000, 430_000):
        with pytest.raises((Reverted, AssertionError)):
            hall.vault.send("proveWrongShare", case.to_abi(), right, signature, gas=gas)
    found = hall.committee.read("memberOf", 2)
    assert isinstance(found, tuple)
    assert found[4] == MIN_BOND_WEI


def test_digest_equals_its_python_twin(hall: Hall, given: Given) -> None:
    for slot in (1, 4):
        case = given.case.of(slot)
        share = hall.share(case, slot)
        assert hall.vault.read("hashShare", case.to_abi(), share) == case.digest(share)
