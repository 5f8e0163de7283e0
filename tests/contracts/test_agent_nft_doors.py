"""Hand-overs through the functions of 0g-agent-nft and 0g-agentic-id: one storage, one rule.

Each branch that a proof can fall into is tried at each door; names of errors are the door's own.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import cast

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tests.support.agents import House, Person, root
from tests.support.contracts import Reverted
from tests.support.doors import Door
from tests.support.handovers import AGENT_NFT, AGENTIC_ID, FINAL, GENERATIONS, ZERO
from zerog.inft.legacy import Generation
from zerog.inft.proofs import CLONE, TRANSFER

pytestmark = pytest.mark.contracts

DOORS = pytest.mark.parametrize("generation", [AGENT_NFT, AGENTIC_ID])
BOTH = pytest.mark.parametrize("operation", [TRANSFER, CLONE])
STYLES = pytest.mark.parametrize("legacy", [False, True])
INVALID = "ERC7857InvalidProof"
CLONED = "Cloned(uint256,uint256,address,address)"
CLONED_WITH_KEYS = "Cloned(uint256,uint256,address,address,(bytes32,bytes)[])"


@pytest.fixture(scope="module", autouse=True)
def _legacy_allowed(house: House) -> None:
    """The published clients' own digests, which a collection has to be allowed."""
    house.verifier.send("setLegacy", house.token.address, True)


@DOORS
@STYLES
def test_transfer_moves_token_and_key_and_leaves_the_data(
    house: House, generation: Generation, legacy: bool
) -> None:
    door = Door(house, generation, legacy)
    token_id = house.mint(house.alice)
    act = door.act(token_id, house.alice, house.bob)
    shape = door.shape(act, house.bob)
    receipt = door.send(act, shape)
    key = shape.pair[1].sealed_key
    assert house.owner_of(token_id) == house.bob.address.lower()
    assert house.hashes_of(token_id) == [act.old_data_hash]
    assert house.key_hashes_of(token_id) == [keccak(key)]
    published = house.token.events("PublishedSealedKey", receipt)
    assert published == [{"_to": house.bob.address, "_tokenId": token_id, "_sealedKeys": [key]}]
    assert house.token.events("DataHashesSet", receipt) == [], "nothing changed"
    moved = house.token.events("ITransferred", receipt)
    assert [
        dict(entry) for one in moved for entry in cast("list[dict[str, object]]", one["entries"])
    ] == ([{"dataHash": act.old_data_hash, "sealedKey": key}] if generation is AGENTIC_ID else [])


@DOORS
@STYLES
def test_clone_makes_a_token_of_the_same_line(
    house: House, generation: Generation, legacy: bool
) -> None:
    door = Door(house, generation, legacy)
    token_id = house.mint(house.alice)
    act = door.act(token_id, house.alice, house.bob, CLONE)
    shape = door.shape(act, house.bob)
    receipt = door.send(act, shape)
    clone = token_id + 1
    assert (house.owner_of(token_id), house.owner_of(clone)) == (
        house.alice.address.lower(),
        house.bob.address.lower(),
    )
    assert house.items_of(clone) == house.items_of(token_id)
    assert house.key_hashes_of(clone) == [keccak(shape.pair[1].sealed_key)]
    assert house.token.read("parentOf", clone) == token_id
    assert house.token.read("creatorOf", clone) == house.alice.address.lower()
    assert len(house.token.events(CLONED, receipt)) == 1
    assert len(house.token.events(CLONED_WITH_KEYS, receipt)) == (generation is AGENTIC_ID)


def test_transfer_of_agentic_id_returns_entries(house: House) -> None:
    door = Door(house, AGENTIC_ID)
    token_id = house.mint(house.alice)
    act = door.act(token_id, house.alice, house.bob)
    shape = door.shape(act, house.bob)
    name = "iTransferFrom(address,address,uint256,((bytes32,bytes,bytes,uint256,bytes),(uint8,bytes32,bytes,bytes,bytes,uint256,bytes))[])"  # noqa: E501
    told = house.token.read(
        name, act.sender, act.receiver, token_id, [shape.own], sender=act.sender
    )
    assert told == ((act.old_data_hash, shape.pair[1].sealed_key),)


def test_policy_decides_which_other_generations_events_are_told(own_house: House) -> None:
    house, yes_and_no = own_house, (False, True)
    for generation, final, agentic in product(GENERATIONS, yes_and_no, yes_and_no):
        house.token.send("setPolicy", (False, True, False, final, agentic))
        assert house.token.read("policy") == (False, True, False, final, agentic)
        door = Door(house, generation)
        act = door.act(house.mint(house.alice), house.alice, house.bob)
        receipt = door.send(act, door.shape(act, house.bob))
        told = {
            name: len(house.token.events(name, receipt))
            for name in ("Transfer", "Transferred", "PublishedSealedKey", "ITransferred")
        }
        assert told == {
            "Transfer": 1,
            "Transferred": generation is FINAL or final,
            "PublishedSealedKey": generation is not AGENTIC_ID or final,
            "ITransferred": generation is AGENTIC_ID or agentic,
        }, (generation, final, agentic)


# ------------------------------------------------------------------- refused, branch by branch


def refused(door: Door, operation: int, wanted: str, **changes: object) -> Reverted:
    """Alice's call for bob with one thing changed must end in this error."""
    house = door.house
    token_id = house.mint(house.alice)
    act = door.act(token_id, house.alice, house.bob, operation)
    old = cast(bytes, changes.pop("old_hash", act.old_data_hash))
    act = replace(act, old_data_hash=old, new_data_hash=old)
    shape = door.shape(act, house.bob, **changes)
    with pytest.raises(Reverted) as caught:
        door.send(act, shape)
    assert caught.value.name == (wanted if door.generation is AGENT_NFT else INVALID)
    return caught.value


@DOORS
@BOTH
def test_foreign_data_hash_is_refused(house: House, generation: Generation, operation: int) -> None:
    door = Door(house, generation)
    refused(door, operation, "ERC7857DataHashMismatch", old_hash=root("another"))


@DOORS
@BOTH
def test_consent_of_a_stranger_is_refused(
    house: House, generation: Generation, operation: int
) -> None:
    door = Door(house, generation)
    refused(door, operation, "ERC7857AccessAssistantMismatch", consenter=house.carol)


@DOORS
@BOTH
def test_key_of_another_than_the_receiver_is_refused(
    house: House, generation: Generation, operation: int
) -> None:
    door, key = Door(house, generation), house.carol.public_key
    refused(door, operation, "ERC7857WantedReceiverMismatch", target_key=key)


@DOORS
def test_other_key_than_the_wanted_one_is_refused(house: House, generation: Generation) -> None:
    keys = {"wanted_key": b"wanted", "target_key": b"given"}
    refused(Door(house, generation), TRANSFER, "ERC7857TargetPubkeyMismatch", **keys)


@DOORS
def test_key_of_wrong_length_is_refused(house: House, generation: Generation) -> None:
    error = refused(Door(house, generation), TRANSFER, "Error", target_key=b"short")
    if generation is AGENT_NFT:
        assert error.values == ("Invalid public key length",)


@DOORS
def test_empty_sealed_key_is_refused(house: House, generation: Generation) -> None:
    refused(Door(house, generation), TRANSFER, "EmptySealedKey", sealed_key=b"")


@DOORS
@BOTH
def test_no_proofs_and_too_many_are_refused(
    house: House, generation: Generation, operation: int
) -> None:
    door = Door(house, generation)
    token_id = house.mint(house.alice)
    act = door.act(token_id, house.alice, house.bob, operation)
    shape = door.shape(act, house.bob)
    for shapes, name in (
        ((), "ERC7857EmptyProof"),
        ((shape, shape), "ERC7857ProofCountMismatch"),
    ):
        with pytest.raises(Reverted) as caught:
            door.send(act, *shapes)
        assert caught.value.name == (name if generation is AGENT_NFT else INVALID)


@DOORS
@BOTH
def test_caller_who_may_not_and_wrong_owner_are_refused(
    house: House, generation: Generation, operation: int
) -> None:
    door = Door(house, generation)
    token_id = house.mint(house.alice)
    act = door.act(token_id, house.alice, house.bob, operation)
    shape = door.shape(act, house.bob)
    with pytest.raises(Reverted, match="ERC721InsufficientApproval"):
        door.send(act, shape, caller=house.carol)
    with pytest.raises(Reverted, match="ERC721InvalidSender"):
        door.send(replace(act, sender=house.bob.address), shape, caller=house.alice)
    with pytest.raises(Reverted, match="ERC721InvalidReceiver"):
        door.send(replace(act, receiver=to_checksum_address(ZERO)), shape)


def test_assistant_of_one_api_is_that_of_the_other(house: House) -> None:
    helper = Person.named("helper at every door")
    receipt = house.token.send("setAccessDelegate", helper.address, sender=house.bob.address)
    assert house.token.read("getDelegateAccess", house.bob.address) == helper.address.lower()
    assert house.token.read("getAccessDelegate", house.bob.address) == helper.address.lower()
    assert len(house.token.events("DelegateAccess", receipt)) == 1
    assert len(house.token.events("DelegateUpdated", receipt)) == 1
    for generation in (FINAL, AGENT_NFT, AGENTIC_ID):
        door = Door(house, generation)
        token_id = house.mint(house.alice)
        act = door.act(token_id, house.alice, house.bob)
        door.send(act, door.shape(act, house.bob, consenter=helper))
        assert house.owner_of(token_id) == house.bob.address.lower()
    house.token.send("setAccessDelegate", "0x" + "00" * 20, sender=house.bob.address)
