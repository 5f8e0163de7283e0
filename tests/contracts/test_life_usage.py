"""Who may use an agent: the user of ERC-4907, the owner's guests, and tenants up to their quota."""

from __future__ import annotations

import pytest

from tests.support.contracts import Reverted, compiled
from tests.support.life import HOUR, NEVER, LifeHouse, low, refused
from tests.support.reward_contracts import Clock
from zerog.inft.life.rental import NO_CURRENCY, UNLIMITED

pytestmark = pytest.mark.contracts
ZERO = NO_CURRENCY


@pytest.fixture(scope="module")
def life(clock: Clock) -> LifeHouse:
    """The facets on a chain whose clock these tests move."""
    return LifeHouse.build(clock.anvil)


@pytest.fixture
def token(life: LifeHouse) -> int:
    """A token of alice's."""
    return life.mint(life.house.alice)


# ------------------------------------------------------------------- exclusive, ERC-4907


def test_exclusive_tenant_is_the_user(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token, exclusive=True)
    start = life.now() + 3
    life.next_at(start)
    life.rent(life.house.bob, offer)
    assert life.read("userOf", token) == low(life.house.bob)
    assert life.number("userExpires", token) == start + HOUR - 1
    with pytest.raises(Reverted) as error:
        life.rent(life.house.carol, offer)
    assert refused(error) == ("ExclusivelyLeased", (token, start + HOUR))
    with pytest.raises(Reverted, match="ExclusivelyLeased"):
        life.send(life.house.alice, "setUser", token, life.house.carol.address, NEVER)
    life.pass_to(start + HOUR)
    assert life.read("userOf", token) == ZERO
    life.rent(life.house.carol, offer)


def test_user_is_named_by_owner_until_a_time(life: LifeHouse, token: int) -> None:
    until = life.now() + HOUR
    receipt = life.send(life.house.alice, "setUser", token, life.house.bob.address, until)
    (event,) = life.token.events("UpdateUser", receipt)
    assert event == {"tokenId": token, "user": life.house.bob.address, "expires": until}
    life.pass_to(until)
    assert life.read("userOf", token) == low(life.house.bob)
    assert life.read("mayUse", token, life.house.bob.address) is True
    life.pass_to(until + 1)
    assert (life.read("userOf", token), life.number("userExpires", token)) == (ZERO, 0)
    assert life.read("mayUse", token, life.house.bob.address) is False


def test_user_named_by_a_stranger_reverts(life: LifeHouse, token: int) -> None:
    with pytest.raises(Reverted, match="ERC721InsufficientApproval"):
        life.send(life.house.bob, "setUser", token, life.house.bob.address, NEVER)


def test_user_of_a_locked_token_cannot_be_changed_by_its_locker(
    life: LifeHouse, token: int
) -> None:
    life.send(life.house.alice, "lock", token)
    with pytest.raises(Reverted, match="TokenLocked"):
        life.send(life.house.alice, "setUser", token, life.house.bob.address, NEVER)


def test_interfaces_of_rental_and_royalties_are_reported(life: LifeHouse) -> None:
    for interface in ("ad092b5c", "2a55205a"):
        assert life.read("supportsInterface", bytes.fromhex(interface)) is True


def test_owner_and_authorised_users_may_use_and_nobody_else(life: LifeHouse, token: int) -> None:
    house = life.house
    assert life.read("mayUse", token, house.alice.address) is True
    assert life.read("mayUse", token, house.bob.address) is False
    life.send(house.alice, "authorizeUsage", token, house.bob.address)
    assert life.read("mayUse", token, house.bob.address) is True
    assert life.read("mayUse", token, ZERO) is False
    assert life.read("mayUse", 9_999, house.bob.address) is False


# ---------------------------------------------------------------------------- receipts


def test_receipts_count_calls_up_to_the_quota_of_begun_periods(life: LifeHouse, token: int) -> None:
    house = life.house
    lease = life.rent(house.bob, life.offer(house.alice, token), 2)
    assert life.number("callsLeft", lease) == 10
    life.send(house.alice, "recordUsage", [life.receipt(lease, 10, house.bob)])
    assert life.number("callsLeft", lease) == 0
    assert life.read("mayUse", token, house.bob.address) is False
    with pytest.raises(Reverted) as error:
        life.send(house.alice, "recordUsage", [life.receipt(lease, 11, house.bob)])
    assert refused(error) == ("QuotaExceeded", (lease, 10, 11))
    life.pass_to(life.now() + HOUR)
    life.send(house.alice, "recordUsage", [life.receipt(lease, 11, house.bob)])
    assert life.number("callsLeft", lease) == 9


def test_terms_without_quota_have_no_limit(life: LifeHouse, token: int) -> None:
    lease = life.rent(life.house.bob, life.offer(life.house.alice, token, calls_per_period=0))
    assert life.number("callsLeft", lease) == UNLIMITED


def test_receipt_handed_in_by_a_stranger_reverts(life: LifeHouse, token: int) -> None:
    house = life.house
    lease = life.rent(house.bob, life.offer(house.alice, token))
    with pytest.raises(Reverted) as error:
        life.send(house.carol, "recordUsage", [life.receipt(lease, 1, house.bob)])
    assert refused(error) == ("NotTheExecutor", (lease, low(house.carol)))


def test_receipts_of_many_leases_are_handed_in_at_once_by_the_executor(
    life: LifeHouse, token: int
) -> None:
    house = life.house
    offer = life.offer(house.alice, token, executor=house.oracle.address)
    leases = [life.rent(house.bob, offer), life.rent(house.carol, offer)]
    receipts = [
        life.receipt(leases[0], 3, house.bob),
        life.receipt(leases[1], 4, house.carol),
    ]
    life.send(house.oracle, "recordUsage", receipts)
    assert [life.number("callsLeft", lease) for lease in leases] == [7, 6]


def test_receipt_that_says_nothing_new_reverts(life: LifeHouse, token: int) -> None:
    house = life.house
    lease = life.rent(house.bob, life.offer(house.alice, token))
    life.send(house.alice, "recordUsage", [life.receipt(lease, 5, house.bob)])
    with pytest.raises(Reverted) as error:
        life.send(house.alice, "recordUsage", [life.receipt(lease, 5, house.bob)])
    assert refused(error) == ("OldReceipt", (lease, 5, 5))


def test_receipt_signed_by_the_executor_reverts(life: LifeHouse, token: int) -> None:
    house = life.house
    lease = life.rent(house.bob, life.offer(house.alice, token))
    with pytest.raises(Reverted) as error:
        life.send(house.alice, "recordUsage", [life.receipt(lease, 5, house.alice)])
    assert refused(error) == ("BadReceipt", (lease, low(house.bob)))


def test_receipt_of_a_wallet_contract_counts(life: LifeHouse, token: int) -> None:
    house = life.house
    wallet = life.evm.deploy(compiled("OneOwnerWallet"), house.carol.address)
    offer = life.offer(house.alice, token)
    lease = life.rent(house.bob, offer, tenant=wallet.address)
    life.send(house.alice, "recordUsage", [life.receipt(lease, 2, house.carol)])
    assert life.number("callsLeft", lease) == 8
