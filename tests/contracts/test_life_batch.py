"""Many calls in one transaction: all or nothing, by the caller alone, and never with money."""

from __future__ import annotations

import pytest

from tests.support.agents import root, sealed
from tests.support.contracts import Reverted
from tests.support.evm import AnvilProcess
from tests.support.life import PRICE, LifeHouse
from zerog.inft.life.rental import NO_CURRENCY

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def life(anvil: AnvilProcess) -> LifeHouse:
    """The facets on the shared chain."""
    return LifeHouse.build(anvil)


@pytest.fixture
def token(life: LifeHouse) -> int:
    """A token of alice's."""
    return life.mint(life.house.alice)


def test_batch_mints_and_authorises_at_once(life: LifeHouse) -> None:
    house = life.house
    first = life.number("nextTokenId")
    calls = []
    for token in (first, first + 1):
        data, keys = [(f"b{token}", root(f"b{token}"))], [sealed(token)]
        calls.append(life.token.calldata("mint", house.bob.address, data, keys, token))
        calls.append(life.token.calldata("authorizeUsage", token, house.carol.address))
    life.send(house.bob, "batch", calls)
    for token in (first, first + 1):
        assert house.owner_of(token) == house.bob.address.lower()
        assert house.users_of(token) == {house.carol.address.lower()}


def test_batch_does_all_or_nothing_and_says_why(life: LifeHouse, token: int) -> None:
    house = life.house
    good = life.token.calldata("authorizeUsage", token, house.bob.address)
    bad = life.token.calldata("authorizeUsage", token, NO_CURRENCY)
    with pytest.raises(Reverted) as error:
        life.send(house.alice, "batch", [good, bad])
    assert error.value.name == "ERC7857InvalidAuthorizedUser"
    assert house.users_of(token) == set()


def test_batch_takes_no_value(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    rent = life.token.calldata("rent", offer, life.house.bob.address, 1)
    with pytest.raises(Reverted):
        life.send(life.house.bob, "batch", [rent, rent], value=PRICE)
    with pytest.raises(Reverted, match="WrongPayment"):
        life.send(life.house.bob, "batch", [rent])


def test_batch_is_the_callers_own(life: LifeHouse, token: int) -> None:
    call = life.token.calldata("authorizeUsage", token, life.house.bob.address)
    with pytest.raises(Reverted, match="ERC721IncorrectOwner"):
        life.send(life.house.bob, "batch", [call])
