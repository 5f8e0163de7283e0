"""Renting an agent: offers, leases, what they cost, and what a sale or a burn ends."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.contracts import Reverted, artifact, check_gas
from tests.support.evm import AnvilProcess
from tests.support.life import DAY, HOUR, NEVER, PRICE, LifeHouse, low, refused
from tests.support.reward_contracts import Clock
from zerog.inft.life.rental import MAX_LEASE_SECONDS, NO_CURRENCY

pytestmark = pytest.mark.contracts
ZERO = NO_CURRENCY


@pytest.fixture(scope="module")
def life(clock: Clock) -> LifeHouse:
    """The facets on a chain whose clock these tests move."""
    return LifeHouse.build(clock.anvil, "AdminFacet")


@pytest.fixture
def token(life: LifeHouse) -> int:
    """A token of alice's."""
    return life.mint(life.house.alice)


# -------------------------------------------------------------------------- offers


def test_offer_of_a_stranger_reverts(life: LifeHouse, token: int) -> None:
    with pytest.raises(Reverted) as error:
        life.offer(life.house.bob, token)
    assert error.value.name == "ERC721IncorrectOwner"


def test_offer_while_locked_reverts(life: LifeHouse, token: int) -> None:
    alice = life.house.alice
    life.send(alice, "lock", token)
    with pytest.raises(Reverted) as error:
        life.offer(alice, token)
    assert refused(error) == ("TokenLocked", (token, low(alice)))


@pytest.mark.parametrize(("period", "most"), [(0, 1), (1, 0)])
def test_offer_of_empty_terms_reverts(life: LifeHouse, token: int, period: int, most: int) -> None:
    with pytest.raises(Reverted) as error:
        life.offer(life.house.alice, token, period=period, max_periods=most)
    assert refused(error) == ("EmptyTerms", (period, most))


def test_offer_is_readable(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token, executor=life.house.carol.address)
    tokens, is_open, terms = cast("tuple[int, bool, object]", life.read("leaseOfferOf", offer))
    wanted = life.terms(executor=life.house.carol.address.lower()).to_abi()
    assert (tokens, is_open, terms) == (token, True, wanted)


def test_offer_that_is_not_there_reverts(life: LifeHouse) -> None:
    with pytest.raises(Reverted) as error:
        life.rent(life.house.bob, 9_999)
    assert refused(error) == ("NoSuchOffer", (9_999,))


def test_offer_closed_by_a_stranger_reverts(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    with pytest.raises(Reverted) as error:
        life.send(life.house.bob, "closeOffer", offer)
    assert error.value.name == "ERC721IncorrectOwner"


def test_closed_offer_cannot_be_closed_or_taken(life: LifeHouse, token: int) -> None:
    alice, bob = life.house.alice, life.house.bob
    offer = life.offer(alice, token)
    life.send(alice, "closeOffer", offer)
    with pytest.raises(Reverted, match="OfferEnded"):
        life.send(alice, "closeOffer", offer)
    with pytest.raises(Reverted, match="OfferEnded"):
        life.rent(bob, offer)


def test_expired_offer_cannot_be_taken(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token, until=life.now() + 10)
    life.pass_to(life.now() + 11)
    with pytest.raises(Reverted) as error:
        life.rent(life.house.bob, offer)
    assert refused(error) == ("OfferEnded", (offer,))


# -------------------------------------------------------------------------- leases


@pytest.mark.parametrize("periods", [0, 101])
def test_rent_of_a_wrong_number_of_periods_reverts(
    life: LifeHouse, token: int, periods: int
) -> None:
    offer = life.offer(life.house.alice, token)
    with pytest.raises(Reverted) as error:
        life.rent(life.house.bob, offer, periods)
    assert refused(error) == ("BadPeriods", (periods, 100))


def test_rent_for_nobody_reverts(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    with pytest.raises(Reverted, match="ZeroTenant"):
        life.rent(life.house.bob, offer, tenant=ZERO)


def test_rent_of_a_locked_token_reverts(life: LifeHouse, token: int) -> None:
    alice = life.house.alice
    offer = life.offer(alice, token)
    life.send(alice, "lock", token)
    with pytest.raises(Reverted, match="TokenLocked"):
        life.rent(life.house.bob, offer)


@pytest.mark.parametrize("value", [PRICE - 1, PRICE + 1, 0])
def test_rent_for_another_value_reverts(life: LifeHouse, token: int, value: int) -> None:
    offer = life.offer(life.house.alice, token)
    with pytest.raises(Reverted) as error:
        life.rent(life.house.bob, offer, value=value)
    assert refused(error) == ("WrongPayment", (PRICE, value))


def test_rent_longer_than_the_limit_reverts(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token, period=5 * DAY)
    life.rent(life.house.bob, offer, 73)
    with pytest.raises(Reverted) as error:
        life.rent(life.house.carol, offer, 74)
    assert refused(error) == ("LeaseTooLong", (370 * DAY, MAX_LEASE_SECONDS))


def test_second_lease_of_a_tenant_reverts(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    lease = life.rent(life.house.bob, offer)
    with pytest.raises(Reverted) as error:
        life.rent(life.house.bob, offer)
    assert refused(error) == ("LeaseRuns", (token, lease))


def test_lease_is_readable(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    start = life.now() + 5
    life.next_at(start)
    lease = life.rent(life.house.carol, offer, 3, tenant=life.house.bob.address)
    wanted = (offer, token, low(life.house.bob), start, start + 3 * HOUR, 3, 0, 0)
    assert life.read("leaseOf", lease) == wanted
    assert life.number("leaseIdOf", token, life.house.bob.address) == lease
    assert life.number("leasedUntil", token) == start + 3 * HOUR


def test_lease_that_is_not_there_reverts(life: LifeHouse) -> None:
    for function in ("leaseOf", "rentDue", "callsLeft"):
        with pytest.raises(Reverted) as error:
            life.read(function, 9_999)
        assert refused(error) == ("NoSuchLease", (9_999,))


def test_lease_of_a_shared_agent_leaves_room_for_others(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    life.rent(life.house.bob, offer)
    life.rent(life.house.carol, offer)
    assert life.read("mayUse", token, life.house.bob.address) is True
    assert life.read("mayUse", token, life.house.carol.address) is True
    assert life.read("userOf", token) == ZERO


def test_lease_that_is_over_gives_no_use_and_can_be_taken_anew(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    lease = life.rent(life.house.bob, offer)
    life.pass_to(life.now() + HOUR)
    assert life.read("mayUse", token, life.house.bob.address) is False
    assert life.number("callsLeft", lease) == 0
    with pytest.raises(Reverted, match="LeaseOver"):
        life.send(life.house.bob, "extendLease", lease, 1, value=PRICE)
    assert life.rent(life.house.bob, offer) == lease + 1


def test_extended_lease_ends_later(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    lease = life.rent(life.house.bob, offer)
    before = cast("tuple[int, ...]", life.read("leaseOf", lease))
    life.send(life.house.carol, "extendLease", lease, 2, value=2 * PRICE)
    after = cast("tuple[int, ...]", life.read("leaseOf", lease))
    assert (after[4], after[5]) == (before[4] + 2 * HOUR, 3)


def test_lease_of_a_closed_offer_cannot_be_extended(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    lease = life.rent(life.house.bob, offer)
    life.send(life.house.alice, "closeOffer", offer)
    with pytest.raises(Reverted, match="OfferEnded"):
        life.send(life.house.bob, "extendLease", lease, 1, value=PRICE)


def test_lease_can_only_be_cancelled_by_its_tenant(life: LifeHouse, token: int) -> None:
    lease = life.rent(life.house.bob, life.offer(life.house.alice, token), 2)
    with pytest.raises(Reverted) as error:
        life.send(life.house.alice, "cancelLease", lease)
    assert refused(error) == ("NotTheTenant", (lease, low(life.house.alice)))


def test_lease_in_its_last_period_cannot_be_cancelled(life: LifeHouse, token: int) -> None:
    lease = life.rent(life.house.bob, life.offer(life.house.alice, token), 1)
    with pytest.raises(Reverted) as error:
        life.send(life.house.bob, "cancelLease", lease)
    assert refused(error) == ("NothingToCancel", (lease,))


def test_cancelled_lease_refunds_what_has_not_begun(life: LifeHouse, token: int) -> None:
    lease = life.rent(life.house.bob, life.offer(life.house.alice, token), 5)
    life.pass_to(life.now() + HOUR + 1)
    before = life.credit(life.house.bob)
    life.send(life.house.bob, "cancelLease", lease)
    assert life.credit(life.house.bob) - before == 3 * PRICE
    assert life.read("mayUse", token, life.house.bob.address) is True
    life.pass_to(life.now() + HOUR)
    assert life.read("mayUse", token, life.house.bob.address) is False
    before = life.credit(life.house.alice)
    life.send(life.house.carol, "collectRent", lease)
    assert life.credit(life.house.alice) - before == 2 * PRICE


def test_rent_is_collected_once_per_period(life: LifeHouse, token: int) -> None:
    lease = life.rent(life.house.bob, life.offer(life.house.alice, token), 3)
    before = life.credit(life.house.alice)
    assert life.number("rentDue", lease) == PRICE
    life.send(life.house.bob, "collectRent", lease)
    with pytest.raises(Reverted) as error:
        life.send(life.house.bob, "collectRent", lease)
    assert refused(error) == ("NothingDue", (lease,))
    life.pass_to(life.now() + 10 * HOUR)
    life.send(life.house.bob, "collectRent", lease)
    assert life.credit(life.house.alice) - before == 3 * PRICE


# ------------------------------------------------------------------------------ a sale


def test_sale_ends_offers_and_guests_and_keeps_paid_leases(life: LifeHouse, token: int) -> None:
    house = life.house
    offer = life.offer(house.alice, token)
    lease = life.rent(house.bob, offer, 2)
    life.send(house.alice, "setUser", token, house.carol.address, NEVER)
    house.transfer(token, house.alice, house.carol)
    assert cast("tuple[object, ...]", life.read("leaseOfferOf", offer))[1] is False
    with pytest.raises(Reverted, match="OfferEnded"):
        life.send(house.bob, "extendLease", lease, 1, value=PRICE)
    assert life.read("userOf", token) == ZERO
    assert life.read("mayUse", token, house.bob.address) is True
    before = life.credit(house.carol)
    life.send(house.bob, "collectRent", lease)
    assert life.credit(house.carol) - before == PRICE


def test_sale_and_return_revives_nothing(life: LifeHouse, token: int) -> None:
    house = life.house
    offer = life.offer(house.alice, token)
    life.send(house.alice, "setUser", token, house.bob.address, NEVER)
    house.transfer(token, house.alice, house.carol)
    house.transfer(token, house.carol, house.alice)
    assert life.read("userOf", token) == ZERO
    with pytest.raises(Reverted, match="OfferEnded"):
        life.rent(house.bob, offer)


def test_burnt_token_gives_the_tenant_everything_back(life: LifeHouse, token: int) -> None:
    house = life.house
    lease = life.rent(house.bob, life.offer(house.alice, token), 4)
    life.send(house.alice, "burn", token)
    assert life.read("mayUse", token, house.bob.address) is False
    with pytest.raises(Reverted, match="ERC721NonexistentToken"):
        life.send(house.bob, "collectRent", lease)
    before = life.credit(house.bob)
    life.send(house.bob, "cancelLease", lease)
    assert life.credit(house.bob) - before == 4 * PRICE


# ------------------------------------------------------------------------------- pause


def test_pause_stops_new_leases_and_leaves_money_to_its_owners(life: LifeHouse, token: int) -> None:
    house = life.house
    offer = life.offer(house.alice, token)
    lease = life.rent(house.bob, offer, 2)
    admin = house.evm.at(life.token.address, artifact("AdminFacet"))
    admin.send("pause")
    try:
        for act in (
            lambda: life.offer(house.alice, token),
            lambda: life.rent(house.carol, offer),
            lambda: life.send(house.bob, "extendLease", lease, 1, value=PRICE),
            lambda: life.send(house.alice, "setUser", token, house.bob.address, NEVER),
        ):
            with pytest.raises(Reverted, match="EnforcedPause"):
                act()
        life.send(house.bob, "cancelLease", lease)
        life.send(house.bob, "collectRent", lease)
        life.send(house.bob, "withdrawCredit", ZERO, house.bob.address)
    finally:
        admin.send("unpause")


# --------------------------------------------------------------------------------- gas


def test_rental_gas(fresh_anvil: AnvilProcess) -> None:
    own = LifeHouse.build(fresh_anvil)
    house = own.house
    token = own.mint(house.alice)
    terms = own.terms().to_abi()
    check_gas("life.offerLease", own.send(house.alice, "offerLease", token, terms)["gasUsed"])
    rent = own.send(house.bob, "rent", 1, house.bob.address, 2, value=2 * PRICE)
    check_gas("life.rent", rent["gasUsed"])
    check_gas("life.collectRent", own.send(house.bob, "collectRent", 1)["gasUsed"])
    extended = own.send(house.bob, "extendLease", 1, 1, value=PRICE)
    check_gas("life.extendLease", extended["gasUsed"])
    check_gas("life.cancelLease", own.send(house.bob, "cancelLease", 1)["gasUsed"])
    user = own.send(house.alice, "setUser", token, house.carol.address, NEVER)
    check_gas("life.setUser", user["gasUsed"])
