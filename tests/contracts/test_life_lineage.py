"""Where agents come from: parents by consent, clones by themselves, and what royalty they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from tests.support.agents import CHAIN_ID, Person
from tests.support.contracts import Reverted, check_gas, compiled
from tests.support.evm import AnvilProcess
from tests.support.life import LifeHouse
from zerog.inft.life.lineage import Claim, derive_digest
from zerog.inft.life.rental import NO_CURRENCY
from zerog.inft.life.versions import commitment
from zerog.inft.proofs import CLONE

pytestmark = pytest.mark.contracts
LATER = 2**40
DAD, KID = 3_000, 2_000


@pytest.fixture(scope="module")
def life(anvil: AnvilProcess) -> LifeHouse:
    """The facets on the shared chain."""
    return LifeHouse.build(anvil)


@dataclass(frozen=True, slots=True)
class Kin:
    """Two parents of bob's and a child of alice's."""

    first: int
    second: int
    child: int


@pytest.fixture
def kin(life: LifeHouse) -> Kin:
    """Fresh ones."""
    house = life.house
    return Kin(life.mint(house.bob), life.mint(house.bob), life.mint(house.alice))


def claim(life: LifeHouse, parent: int, child: int, weight: int, signer: Person) -> Claim:
    """A parent with its owner's consent."""
    found = commitment(life.house.hashes_of(parent))
    nonce = 50_000 + next(life.house.counter)
    bare = Claim(parent, weight, nonce, LATER)
    digest = derive_digest(CHAIN_ID, life.token.address, child, bare, found)
    return Claim(parent, weight, nonce, LATER, signer.sign(digest))


def derive(life: LifeHouse, child: int, *claims: Claim, who: Person | None = None) -> object:
    """The child's creator says where it comes from."""
    return life.send(who or life.house.alice, "derive", child, [one.to_abi() for one in claims])


def refused(error: pytest.ExceptionInfo[Reverted]) -> tuple[str, tuple[object, ...]]:
    """Name and arguments of a revert."""
    return error.value.name, error.value.values


def clone(life: LifeHouse, token: int) -> int:
    """A clone for carol of a token of alice's."""
    house = life.house
    act = house.statement(token, house.alice, house.carol, CLONE)
    made = life.number("nextTokenId")
    house.clone(token, house.alice, house.carol, house.pairs(act, house.carol))
    return made


def test_derived_agent_has_its_parents(life: LifeHouse, kin: Kin) -> None:
    bob = life.house.bob
    claims = [
        claim(life, kin.first, kin.child, DAD, bob),
        claim(life, kin.second, kin.child, KID, bob),
    ]
    derive(life, kin.child, *claims)
    known = [commitment(life.house.hashes_of(one)) for one in (kin.first, kin.second)]
    wanted = ((kin.first, DAD, known[0]), (kin.second, KID, known[1]))
    assert life.read("parentsOf", kin.child) == wanted


def test_own_parent_needs_no_signature(life: LifeHouse) -> None:
    parent, child = life.mint(life.house.alice), life.mint(life.house.alice)
    derive(life, child, Claim(parent, 1, 0, 0))
    assert cast("tuple[object, ...]", life.read("parentsOf", child)) != ()


def test_parent_that_is_a_wallets_is_consented_by_the_wallet(life: LifeHouse, kin: Kin) -> None:
    house = life.house
    wallet = life.evm.deploy(compiled("OneOwnerWallet"), house.carol.address)
    house.token.send(
        "mint",
        wallet.address,
        [("w", b"w" * 32)],
        [b"key"],
        kin.child + 1,
        sender=house.bob.address,
    )
    child = life.mint(house.alice)
    derive(life, child, claim(life, kin.child + 1, child, DAD, house.carol))
    assert len(cast("tuple[object, ...]", life.read("parentsOf", child))) == 1


def test_derive_by_another_than_the_owner_reverts(life: LifeHouse, kin: Kin) -> None:
    with pytest.raises(Reverted, match="ERC721IncorrectOwner"):
        derive(life, kin.child, Claim(kin.first, DAD, 0, 0), who=life.house.bob)


def test_derive_by_a_later_owner_reverts(life: LifeHouse, kin: Kin) -> None:
    house = life.house
    house.transfer(kin.child, house.alice, house.bob)
    with pytest.raises(Reverted) as error:
        derive(life, kin.child, Claim(kin.first, DAD, 0, 0), who=house.bob)
    assert refused(error) == ("NotTheCreator", (kin.child, house.bob.address.lower()))


def test_derive_twice_reverts(life: LifeHouse, kin: Kin) -> None:
    derive(life, kin.child, claim(life, kin.first, kin.child, DAD, life.house.bob))
    with pytest.raises(Reverted) as error:
        derive(life, kin.child, claim(life, kin.second, kin.child, DAD, life.house.bob))
    assert refused(error) == ("LineageKnown", (kin.child,))


def test_derive_of_a_clone_reverts(life: LifeHouse) -> None:
    house = life.house
    token = life.mint(house.alice)
    act = house.statement(token, house.alice, house.alice, CLONE)
    made = life.number("nextTokenId")
    house.clone(token, house.alice, house.alice, house.pairs(act, house.alice))
    with pytest.raises(Reverted) as error:
        derive(life, made, Claim(token, DAD, 0, 0))
    assert refused(error) == ("LineageKnown", (made,))


@pytest.mark.parametrize("count", [0, 5])
def test_derive_from_a_wrong_number_of_parents_reverts(life: LifeHouse, count: int) -> None:
    child = life.mint(life.house.alice)
    with pytest.raises(Reverted) as error:
        derive(life, child, *[Claim(index + 1, 1, 0, 0) for index in range(count)])
    assert refused(error) == ("BadParentCount", (count, 4))


def test_derive_from_itself_or_a_younger_one_reverts(life: LifeHouse, kin: Kin) -> None:
    house = life.house
    for parent in (kin.child, life.mint(house.alice)):
        with pytest.raises(Reverted) as error:
            derive(life, kin.child, Claim(parent, DAD, 0, 0))
        assert refused(error) == ("ParentOutOfOrder", (parent, kin.child))


def test_derive_from_one_parent_twice_reverts(life: LifeHouse, kin: Kin) -> None:
    one = claim(life, kin.first, kin.child, 1, life.house.bob)
    two = claim(life, kin.first, kin.child, 1, life.house.bob)
    with pytest.raises(Reverted) as error:
        derive(life, kin.child, one, two)
    assert refused(error) == ("ParentOutOfOrder", (kin.first, kin.child))


def test_derive_from_no_token_reverts(life: LifeHouse, kin: Kin) -> None:
    with pytest.raises(Reverted) as error:
        derive(life, kin.child, Claim(0, DAD, 0, 0))
    assert refused(error) == ("ParentOutOfOrder", (0, kin.child))


@pytest.mark.parametrize(("weights", "total"), [((0,), 0), ((3_000, 2_001), 5_001)])
def test_derive_with_bad_weights_reverts(
    life: LifeHouse, kin: Kin, weights: tuple[int, ...], total: int
) -> None:
    parents = (kin.first, kin.second)
    claims = [
        claim(life, parent, kin.child, weight, life.house.bob)
        for parent, weight in zip(parents, weights, strict=False)
    ]
    with pytest.raises(Reverted) as error:
        derive(life, kin.child, *claims)
    assert refused(error) == ("BadWeights", (total, 5_000))


def test_derive_without_consent_reverts(life: LifeHouse, kin: Kin) -> None:
    with pytest.raises(Reverted) as error:
        derive(life, kin.child, claim(life, kin.first, kin.child, DAD, life.house.alice))
    assert refused(error) == ("BadPermitSignature", (life.house.bob.address.lower(),))


def test_consent_to_another_weight_or_child_reverts(life: LifeHouse, kin: Kin) -> None:
    bob = life.house.bob
    given = claim(life, kin.first, kin.child, DAD, bob)
    less = Claim(given.parent_id, DAD - 1, given.nonce, given.deadline, given.signature)
    other = claim(life, kin.first, kin.child + 1, DAD, bob)
    for bad in (less, other):
        with pytest.raises(Reverted, match="BadPermitSignature"):
            derive(life, kin.child, bad)


def test_consent_is_void_when_the_parents_data_changed(life: LifeHouse, kin: Kin) -> None:
    house = life.house
    given = claim(life, kin.first, kin.child, DAD, house.bob)
    house.transfer(kin.first, house.bob, house.carol)
    house.transfer(kin.first, house.carol, house.bob)
    with pytest.raises(Reverted, match="BadPermitSignature"):
        derive(life, kin.child, given)


def test_late_consent_reverts(life: LifeHouse, kin: Kin) -> None:
    with pytest.raises(Reverted, match="PermitExpired"):
        derive(life, kin.child, Claim(kin.first, DAD, 1, life.now() - 1))


def test_consent_is_good_once(life: LifeHouse, kin: Kin) -> None:
    given = claim(life, kin.first, kin.child, DAD, life.house.bob)
    derive(life, kin.child, given)
    assert life.read("isPermitNonceUsed", life.house.bob.address, given.nonce) is True


def test_derive_from_a_burnt_parent_reverts(life: LifeHouse, kin: Kin) -> None:
    life.send(life.house.bob, "burn", kin.first)
    with pytest.raises(Reverted, match="ERC721NonexistentToken"):
        derive(life, kin.child, Claim(kin.first, DAD, 0, LATER))


# ------------------------------------------------------------------------------ clones


def test_clone_has_its_original_as_parent_by_itself(life: LifeHouse) -> None:
    token = life.mint(life.house.alice)
    copy = clone(life, token)
    assert life.read("parentsOf", copy) == ((token, 10_000, bytes(32)),)
    assert (life.number("originOf", copy), life.number("originOf", token)) == (token, token)


# --------------------------------------------------------------------------- royalties


def test_royalty_goes_to_the_tokens_till(life: LifeHouse) -> None:
    token = life.mint(life.house.alice)
    till = life.splitter.read("tillOf", token)
    assert life.read("royaltyInfo", token, 10_000) == (till, 500)


def test_royalty_of_a_token_that_never_was_is_nothing(life: LifeHouse) -> None:
    assert life.read("royaltyInfo", 9_999, 10_000) == (NO_CURRENCY, 0)


def test_royalty_only_falls_and_falls_for_clones_too(life: LifeHouse) -> None:
    alice = life.house.alice
    token = life.mint(alice)
    copy = clone(life, token)
    life.send(alice, "lowerRoyalty", copy, 120)
    assert [life.number("royaltyBpsOf", one) for one in (token, copy)] == [120, 120]
    with pytest.raises(Reverted) as error:
        life.send(alice, "lowerRoyalty", token, 120)
    assert refused(error) == ("RoyaltyOnlyFalls", (120, 120))


def test_royalty_is_lowered_by_the_creator_alone(life: LifeHouse) -> None:
    house = life.house
    token = life.mint(house.alice)
    house.transfer(token, house.alice, house.bob)
    with pytest.raises(Reverted) as error:
        life.send(house.bob, "lowerRoyalty", token, 1)
    assert refused(error) == ("NotTheCreator", (token, house.bob.address.lower()))


def test_splitter_is_named_by_the_authority_alone(life: LifeHouse) -> None:
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        life.send(life.house.bob, "setRoyaltySplitter", life.house.bob.address)


def test_royalty_without_a_splitter_goes_to_the_creator(own_life: LifeHouse) -> None:
    token = own_life.mint(own_life.house.alice)
    own_life.token.send("setRoyaltySplitter", NO_CURRENCY)
    creator = own_life.house.alice.address.lower()
    assert own_life.read("royaltyInfo", token, 1_000) == (creator, 50)
    assert own_life.read("royaltySplitter") == NO_CURRENCY


@pytest.fixture
def own_life(fresh_anvil: AnvilProcess) -> LifeHouse:
    """The facets on a chain of the test's own."""
    return LifeHouse.build(fresh_anvil)


def test_lineage_gas(own_life: LifeHouse) -> None:
    house = own_life.house
    first, child = own_life.mint(house.bob), own_life.mint(house.alice)
    given = claim(own_life, first, child, DAD, house.bob)
    receipt = own_life.send(house.alice, "derive", child, [given.to_abi()])
    check_gas("life.derive one parent", receipt["gasUsed"])
