"""The committee's arithmetic: sharing, dealing, complaints, releases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.committee import (
    CONTRACT,
    Circle,
    a_case,
    deposit_of,
    no_base,
)
from zerog.crypto.curve import ORDER, NotAPoint, NotAScalar, generate, negate, random_scalar
from zerog.crypto.sigma import InvalidProof, NotABase
from zerog.inft.committee.dkg import (
    Dealing,
    check_dealing,
    complain,
    deal,
    open_share,
    refutes,
)
from zerog.inft.committee.errors import (
    BadDealing,
    BadSlots,
    BadThreshold,
    NotEnoughShares,
    WrongDealtShare,
    WrongShare,
)
from zerog.inft.committee.polynomial import (
    evaluate,
    evaluate_commitments,
    interpolate,
    random_polynomial,
    times,
    total,
    weights,
)
from zerog.inft.committee.release import SignedShare, check_share, combine, make_share, signer_of
from zerog.inft.envelope import DataKey, Envelope, open_seal
from zerog.types import PublicKey

pytestmark = pytest.mark.unit
few = settings(max_examples=15, deadline=None)
scalars = st.integers(1, ORDER - 1)
slot_sets = st.lists(st.integers(1, 2**16 - 1), min_size=2, max_size=6, unique=True).map(sorted)


# ------------------------------------------------------------------------ polynomials


@few
@given(scalars, slot_sets, st.data())
def test_any_threshold_of_values_gives_the_secret(
    secret: int, slots: list[int], data: st.DataObject
) -> None:
    threshold = data.draw(st.integers(2, len(slots)))
    f = random_polynomial(secret, threshold)
    some = data.draw(st.permutations(slots))[:threshold]
    assert interpolate({slot: evaluate(f, slot) for slot in some}) == secret


@few
@given(scalars, scalars, slot_sets, st.data())
def test_fewer_values_fit_every_secret(
    secret: int, other: int, slots: list[int], data: st.DataObject
) -> None:
    """What t-1 members have is the same for every secret: there is a polynomial for each."""
    threshold = data.draw(st.integers(2, len(slots)))
    f = random_polynomial(secret, threshold)
    seen = {slot: evaluate(f, slot) for slot in slots[: threshold - 1]}
    target = slots[-1]
    # A value at one more slot that makes the same t-1 values open to `other`.
    factors = weights([*seen, target])
    rest = (other - sum(factors[s] * v for s, v in seen.items())) * pow(factors[target], -1, ORDER)
    assert interpolate({**seen, target: rest % ORDER}) == other


@few
@given(st.lists(scalars, min_size=2, max_size=5), st.integers(1, 2**16 - 1))
def test_commitments_give_the_committed_value(coefficients: list[int], x: int) -> None:
    value = evaluate(coefficients, x)
    points = [generate(one) for one in coefficients]
    assert evaluate_commitments(points, x) == times(generate(1), value)


def test_sums_pass_through_infinity() -> None:
    g = generate(1)
    assert total((g, negate(g))) is None
    assert total((g, None, g)) == generate(2)
    assert times(None, 3) is None
    assert evaluate_commitments([negate(g), g], 1) is None


@pytest.mark.parametrize("slots", [(), (0, 1), (1, 1), (1, 2**16)])
def test_bad_slots_are_refused(slots: tuple[int, ...]) -> None:
    if not slots:
        assert weights(slots) == {}
        return
    with pytest.raises(BadSlots):
        weights(slots)


def test_threshold_of_one_is_refused() -> None:
    with pytest.raises(BadThreshold):
        random_polynomial(5, 1)


# ------------------------------------------------------------------------ dealing


@few
@given(st.integers(2, 5), st.data())
def test_dealt_shares_open_and_add_up_to_the_key(members: int, data: st.DataObject) -> None:
    circle = Circle.of(range(1, members + 1), data.draw(st.integers(2, members)))
    context = circle.context()
    dealings = circle.dealings(context)
    shared, shares = circle.concluded(context, dealings)
    for slot, share in shares.items():
        assert generate(share) == shared.publics[slot]
    some = dict(list(shares.items())[-context.threshold :])
    assert generate(interpolate(some)) == shared.key


def test_reshared_key_stays_and_old_shares_do_not_fit() -> None:
    circle = Circle.of((1, 2, 3, 4, 5), 3)
    first = circle.context()
    shared, shares = circle.concluded(first, circle.dealings(first))
    circle.join(6, 7)
    second = replace(circle.context((2, 6, 7), 2), round_id=2)
    dealings = {slot: deal(second, slot, shares[slot]) for slot in (1, 3, 4)}
    again, fresh = circle.concluded(second, dealings, reshare=True)
    assert again.key == shared.key
    assert generate(interpolate({6: fresh[6], 7: fresh[7]})) == shared.key
    assert fresh[2] != shares[2]
    assert generate(interpolate({2: shares[2], 7: fresh[7]})) != shared.key


def test_wrong_dealt_share_is_found_and_its_dealer_named() -> None:
    circle = Circle.of((1, 2, 3), 2)
    context = circle.context()
    good = deal(context, 1, random_scalar())
    masked = (good.masked[0], (good.masked[1] + 1) % ORDER, good.masked[2])
    bad = replace(good, masked=masked)
    check_dealing(context, 1, bad)
    assert open_share(context, 1, 1, circle.boxes[1], bad)
    with pytest.raises(WrongDealtShare) as caught:
        open_share(context, 1, 2, circle.boxes[2], bad)
    assert (caught.value.dealer, caught.value.receiver) == (1, 2)
    assert refutes(context, complain(context, 1, 2, circle.boxes[2], bad), bad)
    assert not refutes(context, complain(context, 1, 1, circle.boxes[1], bad), bad)


def test_complaint_by_another_point_proves_nothing() -> None:
    circle = Circle.of((1, 2, 3), 2)
    context = circle.context()
    dealing = deal(context, 1, random_scalar())
    honest = complain(context, 1, 2, circle.boxes[2], dealing)
    with pytest.raises((InvalidProof, NotAPoint)):
        refutes(context, honest._replace(shared=generate(7)), dealing)
    with pytest.raises(InvalidProof):
        refutes(context, honest._replace(receiver=3), dealing)


def _other(dealing: Dealing) -> dict[str, Dealing]:
    return {
        "rogue key": replace(dealing, commitments=(generate(3), *dealing.commitments[1:])),
        "fewer commitments": replace(dealing, commitments=dealing.commitments[:1]),
        "more shares": replace(dealing, masked=(*dealing.masked, 1)),
        "share above the order": replace(dealing, masked=(ORDER, *dealing.masked[1:])),
        "off the curve": replace(dealing, ephemeral=type(dealing.ephemeral)(bytes(63) + b"\1")),
        "no response": replace(dealing, response=0),
        "another response": replace(dealing, response=dealing.response ^ 1),
        "another commitment": replace(dealing, commitment=generate(9)),
    }


@pytest.mark.parametrize("fault", list(_other(deal(Circle.of((1, 2), 2).context(), 1, 5))))
def test_malformed_dealing_is_refused(fault: str) -> None:
    context = Circle.of((1, 2, 3), 2).context()
    dealing = deal(context, 1, 5)
    check_dealing(context, 1, dealing)
    with pytest.raises((BadDealing, NotAPoint, NotAScalar)):
        check_dealing(context, 1, _other(dealing)[fault])
    with pytest.raises(BadDealing):
        check_dealing(context, 2, dealing)


# ----------------------------------------------------------------------- releases


@few
@given(st.integers(2, 5), st.data())
def test_any_threshold_of_shares_seals_the_same_key(members: int, data: st.DataObject) -> None:
    threshold = data.draw(st.integers(2, members))
    circle = Circle.of(range(1, members + 1), threshold)
    context = circle.context()
    shared, shares = circle.concluded(context, circle.dealings(context))
    key, buyer = DataKey.generate(), random_scalar()
    deposit = Envelope.parse(deposit_of(key, shared.key))
    case = a_case(generate(buyer), deposit)
    some = data.draw(st.permutations(list(shares)))[:threshold]
    made = {slot: make_share(case.of(slot), circle.share(slot, shares)) for slot in some}
    for slot, share in made.items():
        check_share(case.of(slot), generate(shares[slot]), share)
    released = combine(deposit, case.target, made, threshold)
    assert open_seal(released.sealed_key, buyer.to_bytes(32, "big")) == key
    assert not Envelope.parse(released.sealed_key).is_proven


def test_too_few_shares_release_nothing() -> None:
    circle = Circle.of((1, 2, 3), 3)
    context = circle.context()
    shared, shares = circle.concluded(context, circle.dealings(context))
    deposit = Envelope.parse(deposit_of(DataKey.generate(), shared.key))
    case = a_case(generate(4), deposit)
    made = {slot: make_share(case.of(slot), circle.share(slot, shares)) for slot in (1, 2)}
    with pytest.raises(NotEnoughShares):
        combine(deposit, case.target, made, 3)


def test_wrong_share_is_found_and_its_member_named() -> None:
    circle = Circle.of((1, 2), 2)
    context = circle.context()
    shared, shares = circle.concluded(context, circle.dealings(context))
    deposit = Envelope.parse(deposit_of(DataKey.generate(), shared.key))
    case = a_case(generate(4), deposit).of(2)
    share = make_share(case, circle.share(2, shares))
    other = make_share(replace(case, target=generate(5)), circle.share(2, shares))
    by_other = make_share(case, circle.share(1, shares))
    for wrong in (other, by_other, share[:-1], bytes(576), share[:64] + share[:64] + share[128:]):
        with pytest.raises(WrongShare) as caught:
            check_share(case, generate(shares[2]), wrong)
        assert caught.value.slot == 2


@few
@given(st.integers(0, 576 * 8 - 1))
def test_every_flipped_bit_of_a_share_is_refused(bit: int) -> None:
    circle = Circle.of((1, 2), 2)
    case = a_case(generate(4), Envelope.parse(deposit_of(DataKey.generate(), generate(3)))).of(1)
    secret = circle.boxes[1]
    share = bytearray(make_share(case, circle.share(1, {1: secret})))
    share[bit // 8] ^= 1 << bit % 8
    with pytest.raises(WrongShare):
        check_share(case, generate(secret), bytes(share))


def test_share_that_the_chain_could_not_check_is_not_made() -> None:
    """Its member would be punished for it; x above the order is no base of ecrecover."""
    circle = Circle.of((1, 2), 2)
    case = a_case(generate(4), Envelope.parse(deposit_of(DataKey.generate(), generate(3)))).of(1)
    x, y = no_base()
    bad = PublicKey(x.to_bytes(32, "big") + y.to_bytes(32, "big"))
    for other in (replace(case, target=bad), replace(case, e1=bad)):
        with pytest.raises(NotABase):
            make_share(other, circle.share(1, {1: 77}))


def test_share_is_bound_to_every_field_of_its_case() -> None:
    circle = Circle.of((1, 2), 2)
    case = a_case(generate(4), Envelope.parse(deposit_of(DataKey.generate(), generate(3)))).of(1)
    share = make_share(case, circle.share(1, {1: 77}))
    check_share(case, generate(77), share)
    others = (
        replace(case, chain_id=5),
        replace(case, vault=CONTRACT),
        replace(case, key_id=9),
        replace(case, sharing_id=9),
        replace(case, slot=2),
        replace(case, token=case.vault),
        replace(case, operation=2),
        replace(case, token_id=9),
        replace(case, sender=CONTRACT),
        replace(case, receiver=CONTRACT),
        replace(case, index=1),
        replace(case, data_hash=bytes(32)),
        replace(case, seal_hash=bytes(32)),
        replace(case, target=generate(8)),
        replace(case, e1=generate(8)),
    )
    for other in others:
        with pytest.raises(WrongShare):
            check_share(other, generate(77), share)


def test_signature_names_the_member_or_nobody() -> None:
    circle = Circle.of((1, 2), 2)
    case = a_case(generate(4), Envelope.parse(deposit_of(DataKey.generate(), generate(3)))).of(1)
    share = make_share(case, circle.share(1, {1: 77}))
    signature = circle.signers[1].sign_digest(case.digest(share))
    assert signer_of(case, SignedShare(1, share, signature)) == circle.signers[1].address
    assert signer_of(case, SignedShare(2, share, signature)) != circle.signers[1].address
    assert signer_of(case, SignedShare(1, share, b"")) is None
