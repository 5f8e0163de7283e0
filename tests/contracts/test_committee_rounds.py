"""Committee: rounds of key generation and resharing, branch by branch (committee.tree)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.committee_chain import Hall
from tests.support.committee_halls import THRESHOLD
from tests.support.contracts import Reverted
from zerog.chain.bindings_committee import RoundState
from zerog.chain.steps_committee import DEVELOPMENT_SECONDS, MIN_BOND_WEI, PENALTY_WEI
from zerog.crypto.curve import ORDER, generate, random_scalar
from zerog.inft.committee.dkg import (
    Dealing,
    RoundContext,
    complain,
    conclude,
    deal,
    pair,
    point_of,
)
from zerog.inft.committee.polynomial import interpolate

pytestmark = pytest.mark.contracts

DEAL_SECONDS, JUDGE_SECONDS, _ = DEVELOPMENT_SECONDS
ALL = [1, 2, 3, 4, 5]
WRONG = r"WrongProof|WrongInverse"


def everybody_deals(hall: Hall, context: RoundContext) -> dict[int, Dealing]:
    return {slot: hall.deal(context, slot) for slot in context.receivers}


def wrong_for(dealing: Dealing, place: int) -> Dealing:
    """The dealing with a share that does not fit at one place."""
    masked = list(dealing.masked)
    masked[place] = (masked[place] + 1) % ORDER
    return replace(dealing, masked=tuple(masked))


def finalise(
    hall: Hall, context: RoundContext, dealings: list[Dealing], hints: list[tuple[int, int]]
) -> None:
    posted = [one.to_abi() for one in dealings]
    hall.committee.send("finalise", context.round_id, posted, hints)


# ------------------------------------------------------------------------ opening


@pytest.mark.parametrize(("threshold", "slots"), [(1, ALL), (6, ALL), (2, [1])])
def test_round_with_a_threshold_that_cannot_be_reverts(
    hall: Hall, threshold: int, slots: list[int]
) -> None:
    with pytest.raises(Reverted, match="BadThreshold"):
        hall.committee.send("openRound", 0, threshold, slots)


@pytest.mark.parametrize("slots", [[2, 1, 3], [1, 1, 2], [0, 1, 2], [1, 2, 9]])
def test_round_of_slots_that_are_none_or_out_of_order_reverts(hall: Hall, slots: list[int]) -> None:
    with pytest.raises(Reverted, match="NotEligible"):
        hall.committee.send("openRound", 0, 2, slots)


def test_round_of_members_that_leave_or_lack_a_bond_reverts(hall: Hall) -> None:
    hall.as_member(1, "announceLeaving")
    with pytest.raises(Reverted, match="NotEligible"):
        hall.committee.send("openRound", 0, 2, [1, 2, 3])
    hall.committee.send("setJudge", hall.house.evm.accounts[1])
    hall.committee.send("punish", 2, hall.house.evm.accounts[1], bytes(32))
    with pytest.raises(Reverted, match="NotEligible"):
        hall.committee.send("openRound", 0, 2, [2, 3])


def test_round_while_another_is_open_reverts(hall: Hall) -> None:
    context = hall.open_round()
    with pytest.raises(Reverted, match="WrongRound"):
        hall.committee.send("openRound", 0, 2, ALL)
    hall.committee.send("abandon", context.round_id)
    with pytest.raises(Reverted, match="WrongRound"):
        hall.committee.send("abandon", context.round_id)
    hall.open_round()


def test_resharing_of_no_key_reverts(hall: Hall) -> None:
    with pytest.raises(Reverted, match="WrongKey"):
        hall.committee.send("openRound", 7, 2, ALL)


# ------------------------------------------------------------------------ dealing


def test_dealing_by_others_twice_or_late_reverts(hall: Hall) -> None:
    context = hall.open_round(0, 2, (1, 2))
    stranger = deal(context, 3, 5)
    with pytest.raises(Reverted, match="NotMember"):
        hall.committee.send("deal", context.round_id, stranger.to_abi())
    with pytest.raises(Reverted, match="WrongPart"):
        hall.as_member(3, "deal", context.round_id, stranger.to_abi())
    hall.deal(context, 1)
    with pytest.raises(Reverted, match="WrongPart"):
        hall.deal(context, 1)
    with pytest.raises(Reverted, match="WrongRound"):
        hall.as_member(2, "deal", context.round_id + 1, stranger.to_abi())
    hall.skip(DEAL_SECONDS + 1)
    with pytest.raises(Reverted, match="WrongPhase"):
        hall.deal(context, 2)


def test_malformed_dealing_reverts(hall: Hall) -> None:
    context = hall.open_round()
    good = deal(context, 1, random_scalar())
    cases = {
        "WrongShape": (
            replace(good, commitments=good.commitments[:2]),
            replace(good, masked=good.masked[:4]),
        ),
        "NoPossession": (
            replace(good, commitments=(generate(3), *good.commitments[1:])),
            replace(good, commitment=generate(9)),
            deal(context, 2, 5),
        ),
        "NotAScalar": (
            replace(good, masked=(ORDER, *good.masked[1:])),
            replace(good, response=ORDER),
            replace(good, response=0),
        ),
        "NotAPoint": (replace(good, ephemeral=type(good.ephemeral)(bytes(64))),),
    }
    for name, dealings in cases.items():
        for dealing in dealings:
            with pytest.raises(Reverted, match=name):
                hall.as_member(1, "deal", context.round_id, dealing.to_abi())
    hall.as_member(1, "deal", context.round_id, good.to_abi())


def test_resharing_of_another_secret_than_ones_share_reverts(hall: Hall) -> None:
    context = hall.open_round(1, 2, (1, 2))
    with pytest.raises(Reverted, match="NotTheOldShare"):
        hall.deal(context, 1, 5)
    hall.deal(context, 1, hall.shares[1][1])


# ------------------------------------------------------------------------ judging


def test_judging_begins_when_all_have_dealt_and_ends_when_all_confirmed(hall: Hall) -> None:
    context = hall.open_round(0, 2, (1, 2))
    with pytest.raises(Reverted, match="WrongPhase"):
        hall.as_member(1, "confirm", context.round_id)
    dealings = everybody_deals(hall, context)
    hall.as_member(1, "confirm", context.round_id)
    with pytest.raises(Reverted, match="WrongPart"):
        hall.as_member(1, "confirm", context.round_id)
    with pytest.raises(Reverted, match="WrongPart"):
        hall.as_member(3, "confirm", context.round_id)
    with pytest.raises(Reverted, match="WrongPhase"):
        finalise(hall, context, list(dealings.values()), [])
    hall.as_member(2, "confirm", context.round_id)
    finalise(hall, context, list(dealings.values()), [])


def test_round_goes_on_without_members_that_are_silent(hall: Hall) -> None:
    context = hall.open_round(0, 2, (1, 2, 3))
    dealings = {slot: hall.deal(context, slot) for slot in (1, 3)}
    hall.skip(DEAL_SECONDS + JUDGE_SECONDS + 1)
    with pytest.raises(Reverted, match="WrongPhase"):
        hall.as_member(1, "confirm", context.round_id)
    sharing = hall.finalise(context, dealings)
    shares = hall.shares[sharing]
    assert generate(interpolate({2: shares[2], 3: shares[3]})) == hall.key(2)[0]


def test_wrong_share_is_refuted_its_dealer_pays_and_is_left_out(hall: Hall) -> None:
    context = hall.open_round(0, 2, (1, 2, 3))
    bad = wrong_for(deal(context, 1, random_scalar()), 1)
    hall.as_member(1, "deal", context.round_id, bad.to_abi())
    dealings = {slot: hall.deal(context, slot) for slot in (2, 3)}
    box = hall.circle.boxes[2]
    told = complain(context, 1, 2, box, bad)
    args = (context.round_id, 1, bad.to_abi(), pair(told.shared), told.proof)
    hall.as_member(2, "refute", *args)
    with pytest.raises(Reverted, match="NotTheDealing"):
        hall.as_member(2, "refute", *args)
    found = hall.committee.read("memberOf", 1)
    assert isinstance(found, tuple)
    assert found[4] == MIN_BOND_WEI - PENALTY_WEI
    assert hall.committee.read("creditOf", hall.accounts[2]) == PENALTY_WEI // 2
    for slot in context.receivers:
        hall.as_member(slot, "confirm", context.round_id)
    with pytest.raises(Reverted, match="WrongDealings"):
        finalise(hall, context, [bad, *dealings.values()], [])
    sharing = hall.finalise(context, dealings)
    assert set(hall.shares[sharing]) == {1, 2, 3}


def test_complaints_that_prove_nothing_revert(hall: Hall) -> None:
    context = hall.open_round(0, 2, (1, 2))
    good = everybody_deals(hall, context)[1]
    told = complain(context, 1, 2, hall.circle.boxes[2], good)
    start = (context.round_id, 1)
    honest = (pair(told.shared), told.proof)
    with pytest.raises(Reverted, match="DealingIsRight"):
        hall.as_member(2, "refute", *start, good.to_abi(), *honest)
    with pytest.raises(Reverted, match="WrongPart"):
        hall.as_member(3, "refute", *start, good.to_abi(), *honest)
    with pytest.raises(Reverted, match="NotTheDealing"):
        hall.as_member(2, "refute", *start, wrong_for(good, 1).to_abi(), *honest)
    with pytest.raises(Reverted, match=WRONG):
        hall.as_member(2, "refute", *start, good.to_abi(), pair(generate(7)), told.proof)
    with pytest.raises(Reverted, match=WRONG):
        hall.as_member(1, "refute", *start, good.to_abi(), *honest)
    hall.skip(JUDGE_SECONDS + 1)
    with pytest.raises(Reverted, match="WrongPhase"):
        hall.as_member(2, "refute", *start, good.to_abi(), *honest)


# ------------------------------------------------------------------------- ending


def test_ending_with_other_dealings_or_hints_reverts(hall: Hall) -> None:
    context = hall.open_round(1, 2, (2, 4))
    dealings = {slot: deal(context, slot, hall.shares[1][slot]) for slot in ALL}
    for slot, dealing in dealings.items():
        hall.as_member(slot, "deal", context.round_id, dealing.to_abi())
    for slot in context.receivers:
        hall.as_member(slot, "confirm", context.round_id)
    counting = {slot: dealings[slot] for slot in ALL[:THRESHOLD]}
    hints = [pair(point) for point in conclude(context, counting, reshare=True)[1]]
    good = list(counting.values())
    with pytest.raises(Reverted, match="WrongDealings"):
        finalise(hall, context, good[:2], hints)
    with pytest.raises(Reverted, match="NotTheDealing"):
        finalise(hall, context, [good[1], good[0], good[2]], hints)
    with pytest.raises(Reverted, match="WrongHints"):
        finalise(hall, context, good, hints[:-1])
    with pytest.raises(Reverted, match="WrongProduct"):
        finalise(hall, context, good, [hints[1], hints[0], *hints[2:]])
    finalise(hall, context, good, hints)
    assert hall.committee.read("activeKey") == 1


def test_round_with_too_few_right_dealings_is_abandoned(hall: Hall) -> None:
    context = hall.open_round(0, 3, (1, 2, 3))
    dealings = {slot: hall.deal(context, slot) for slot in (1, 3)}
    hall.skip(DEAL_SECONDS + JUDGE_SECONDS + 1)
    with pytest.raises(Reverted, match="WrongDealings"):
        finalise(hall, context, list(dealings.values()), [])
    hall.committee.send("abandon", context.round_id)
    found = hall.committee.read("roundOf", context.round_id)
    assert isinstance(found, tuple)
    assert found[0] == RoundState.ABANDONED
    with pytest.raises(Reverted, match="WrongRound"):
        finalise(hall, context, list(dealings.values()), [])


def test_reshared_key_stays_and_its_old_members_are_free(hall: Hall) -> None:
    slot = hall.join()
    context = hall.open_round(1, 2, (2, slot))
    dealings = {dealer: hall.deal(context, dealer, hall.shares[1][dealer]) for dealer in ALL}
    before = hall.key(1)[0]
    for receiver in context.receivers:
        hall.as_member(receiver, "confirm", context.round_id)
    sharing = hall.finalise(context, {one: dealings[one] for one in (1, 2, 3)}, reshare=True)
    assert hall.key(1) == (before, sharing)
    assert generate(interpolate(hall.shares[sharing])) == before
    duties = [_duties(hall, one) for one in (1, 2, 3, slot)]
    assert duties == [0, 1, 0, 1]
    found = hall.committee.read("publicOf", sharing, slot)
    assert isinstance(found, tuple)
    assert point_of(found[2]) == generate(hall.shares[sharing][slot])


def _duties(hall: Hall, slot: int) -> int:
    found = hall.committee.read("memberOf", slot)
    assert isinstance(found, tuple)
    return int(found[2])


def test_older_key_is_retired_and_the_newest_is_not(hall: Hall) -> None:
    with pytest.raises(Reverted, match="WrongKey"):
        hall.committee.send("retireKey", 1)
    hall.new_key(2, (1, 2))
    hall.committee.send("retireKey", 1)
    assert hall.key(1)[1] == 0
    assert [_duties(hall, slot) for slot in ALL] == [1, 1, 0, 0, 0]
    with pytest.raises(Reverted, match="WrongKey"):
        hall.committee.send("retireKey", 1)
    with pytest.raises(Reverted, match="WrongKey"):
        hall.committee.send("openRound", 1, 2, ALL)
