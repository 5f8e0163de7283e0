"""Committee: members and their money, branch by branch (committee.tree)."""

from __future__ import annotations

import pytest

from tests.support.committee import no_base
from tests.support.committee_chain import Hall
from tests.support.contracts import Reverted
from zerog.chain.bindings_committee import MemberState
from zerog.chain.steps_committee import DEVELOPMENT_SECONDS, MIN_BOND_WEI, PENALTY_WEI
from zerog.crypto.curve import generate
from zerog.inft.committee.dkg import pair

pytestmark = pytest.mark.contracts

BOX = pair(generate(12345))
NOBODY = "0x" + "00" * 20
LEAVE_SECONDS = DEVELOPMENT_SECONDS[2]


def state(hall: Hall, slot: int) -> MemberState:
    found = hall.committee.read("memberOf", slot)
    assert isinstance(found, tuple)
    return MemberState(found[1])


def bond(hall: Hall, slot: int) -> int:
    found = hall.committee.read("memberOf", slot)
    assert isinstance(found, tuple)
    return int(found[4])


def test_join_gives_the_next_slot_and_keeps_the_bond(hall: Hall) -> None:
    slot = hall.join(MIN_BOND_WEI + 5)
    assert slot == hall.committee.read("memberCount") == 6
    assert hall.committee.read("slotOf", hall.accounts[slot]) == slot
    assert (state(hall, slot), bond(hall, slot)) == (MemberState.ACTIVE, MIN_BOND_WEI + 5)


def test_join_when_a_member_already_reverts(hall: Hall) -> None:
    with pytest.raises(Reverted, match="AlreadyMember"):
        hall.as_member(1, "join", BOX, value=MIN_BOND_WEI)


def test_join_with_too_small_a_bond_reverts(hall: Hall) -> None:
    with pytest.raises(Reverted, match="BondTooSmall") as caught:
        hall.committee.send("join", BOX, value=MIN_BOND_WEI - 1)
    assert caught.value.values == (MIN_BOND_WEI - 1, MIN_BOND_WEI)


@pytest.mark.parametrize("box", [(0, 0), (BOX[0], BOX[1] ^ 1), no_base()])
def test_join_with_a_box_that_nothing_can_be_sealed_to_reverts(
    hall: Hall, box: tuple[int, int]
) -> None:
    with pytest.raises(Reverted, match=r"NotAPoint|NotABase"):
        hall.committee.send("join", box, value=MIN_BOND_WEI)


def test_bond_is_raised_by_members_that_have_not_left(hall: Hall) -> None:
    hall.as_member(1, "raiseBond", value=7)
    assert bond(hall, 1) == MIN_BOND_WEI + 7
    with pytest.raises(Reverted, match="NotMember"):
        hall.committee.send("raiseBond", value=7)
    slot = hall.join()
    hall.as_member(slot, "announceLeaving")
    hall.skip(LEAVE_SECONDS)
    hall.as_member(slot, "takeBond")
    with pytest.raises(Reverted, match="WrongMemberState"):
        hall.as_member(slot, "raiseBond", value=7)


def test_member_without_duties_leaves_with_the_bond_after_its_time(hall: Hall) -> None:
    slot = hall.join()
    with pytest.raises(Reverted, match="WrongMemberState"):
        hall.as_member(slot, "takeBond")
    hall.as_member(slot, "announceLeaving")
    with pytest.raises(Reverted, match="WrongMemberState"):
        hall.as_member(slot, "announceLeaving")
    with pytest.raises(Reverted, match="StillBound"):
        hall.as_member(slot, "takeBond")
    hall.skip(LEAVE_SECONDS)
    hall.as_member(slot, "takeBond")
    assert (state(hall, slot), bond(hall, slot)) == (MemberState.LEFT, 0)
    assert hall.committee.read("creditOf", hall.accounts[slot]) == MIN_BOND_WEI
    to = hall.house.carol.address
    before = hall.house.evm.balance(to)
    hall.as_member(slot, "withdraw", to)
    assert hall.house.evm.balance(to) == before + MIN_BOND_WEI
    with pytest.raises(Reverted, match="NothingCredited"):
        hall.as_member(slot, "withdraw", to)


def test_member_with_a_share_does_not_get_the_bond_back(hall: Hall) -> None:
    hall.as_member(1, "announceLeaving")
    hall.skip(LEAVE_SECONDS)
    with pytest.raises(Reverted, match="StillBound") as caught:
        hall.as_member(1, "takeBond")
    assert (caught.value.values[0], caught.value.values[2]) == (1, 1)


def test_withdrawal_to_nobody_or_to_who_refuses_reverts(hall: Hall) -> None:
    slot = hall.join()
    hall.as_member(slot, "announceLeaving")
    hall.skip(LEAVE_SECONDS)
    hall.as_member(slot, "takeBond")
    with pytest.raises(Reverted, match="ZeroAddress"):
        hall.as_member(slot, "withdraw", NOBODY)
    with pytest.raises(Reverted, match="PaymentFailed"):
        hall.as_member(slot, "withdraw", hall.vault.address)
    assert hall.committee.read("creditOf", hall.accounts[slot]) == MIN_BOND_WEI


def test_punishment_by_another_than_the_judge_reverts(hall: Hall) -> None:
    with pytest.raises(Reverted, match="NotTheJudge"):
        hall.committee.send("punish", 1, hall.accounts[2], bytes(32))


def test_penalty_is_halved_and_never_more_than_the_bond(hall: Hall) -> None:
    judge, reporter = hall.house.evm.accounts[1], hall.accounts[2]
    treasury = hall.house.evm.accounts[1]
    hall.committee.send("setJudge", judge)
    for _ in range(12):
        hall.committee.send("punish", 1, reporter, bytes(32))
    assert bond(hall, 1) == 0
    credits_ = [hall.committee.read("creditOf", one) for one in (reporter, treasury)]
    assert credits_ == [MIN_BOND_WEI // 2, MIN_BOND_WEI // 2]
    assert hall.house.evm.balance(hall.committee.address) == 5 * MIN_BOND_WEI
    assert PENALTY_WEI * 10 == MIN_BOND_WEI


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("setJudge", (NOBODY,)),
        ("setParams", ((2, 1, 1, 1, 1, "0x" + "11" * 20),)),
        ("openRound", (0, 3, [1, 2, 3])),
        ("abandon", (1,)),
        ("retireKey", (1,)),
        ("upgradeToAndCall", ("0x" + "11" * 20, b"")),
    ],
)
def test_administration_by_others_reverts(
    hall: Hall, function: str, args: tuple[object, ...]
) -> None:
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        hall.committee.send(function, *args, sender=hall.house.alice.address)


@pytest.mark.parametrize("at", range(4))
def test_parameters_that_make_no_sense_revert(hall: Hall, at: int) -> None:
    treasury = hall.house.evm.accounts[1]
    bad = [(2, 3, 1, 1, 0), (2, 0, 1, 1, 0), (2, 1, 0, 1, 0), (2, 1, 1, 0, 0)][at]
    with pytest.raises(Reverted, match="BadParams"):
        hall.committee.send("setParams", (*bad, treasury))
    with pytest.raises(Reverted, match="ZeroAddress"):
        hall.committee.send("setParams", (2, 1, 1, 1, 0, NOBODY))


def test_second_initialisation_reverts(hall: Hall) -> None:
    params = (2, 1, 1, 1, 0, hall.house.evm.accounts[1])
    for contract, args in ((hall.committee, (params,)), (hall.vault, (hall.committee.address,))):
        with pytest.raises(Reverted, match="InvalidInitialization"):
            contract.send("initialize", *args, hall.house.authority.address)
