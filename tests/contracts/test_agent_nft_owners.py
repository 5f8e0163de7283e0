"""What owners do with a token: lock, burn, plain transfer, reseal, update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.support.agents import CHAIN_ID, House, Person, root, sealed
from tests.support.contracts import Reverted
from tests.support.doors import Door, mint_plain, refusal_of
from tests.support.evm import AnvilProcess
from tests.support.handovers import AGENT_NFT, AGENTIC_ID, FINAL, ZERO
from zerog.chain.bindings import AgentNft
from zerog.chain.rpc import Chain
from zerog.chain.steps_token import POLICY
from zerog.inft.envelope import DataKey, SealContext, open_seal, seal
from zerog.inft.legacy import Generation
from zerog.inft.proofs import CLONE, RESEAL, TRANSFER
from zerog.inft.sealproof import Handed, transfer_seal

pytestmark = pytest.mark.contracts

ALL_DOORS = pytest.mark.parametrize("generation", [FINAL, AGENT_NFT, AGENTIC_ID])
UPDATE = "update(uint256,(string,bytes32)[])"
UPDATE_KEYS = "update(uint256,(string,bytes32)[],bytes[])"
PLAIN = "transferFrom"


# ------------------------------------------------------------------------------------- locks


def test_lock_and_unlock_name_the_locker(house: House) -> None:
    token_id = house.mint(house.alice)
    alice, bob = house.alice.address, house.bob.address
    house.token.send("approve", bob, token_id, sender=alice)
    receipt = house.token.send("lock", token_id, sender=bob)
    assert house.token.events("Locked", receipt) == [{"tokenId": token_id, "locker": bob}]
    assert house.token.read("lockerOf", token_id) == bob.lower()
    assert refusal_of(house, house.bob, "lock", token_id) == "TokenLocked"
    assert refusal_of(house, house.alice, "lock", token_id) == "TokenLocked"
    assert refusal_of(house, house.alice, "unlock", token_id) == "NotLocker"
    receipt = house.token.send("unlock", token_id, sender=bob)
    assert house.token.events("Unlocked", receipt) == [{"tokenId": token_id, "locker": bob}]
    assert house.token.read("lockerOf", token_id) == ZERO


def test_lock_by_stranger_of_unknown_token_or_in_a_pause_reverts(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    assert refusal_of(house, house.carol, "lock", token_id) == "ERC721InsufficientApproval"
    assert refusal_of(house, house.carol, "lock", 99) == "ERC721NonexistentToken"
    house.token.send("pause")
    assert refusal_of(house, house.alice, "lock", token_id) == "EnforcedPause"


def test_locked_token_is_closed_to_its_owner(house: House) -> None:
    """What a market or an escrow relies on: the seller cannot change or take back what is sold."""
    token_id = house.mint(house.alice)
    house.token.send("approve", house.carol.address, token_id, sender=house.alice.address)
    house.token.send("lock", token_id, sender=house.carol.address)
    house.token.send("approve", ZERO, token_id, sender=house.alice.address)
    item = ("", root("changed"))
    for call in (
        ("burn", token_id),
        (UPDATE, token_id, [item]),
        (UPDATE_KEYS, token_id, [item], [b"k"]),
        ("updateAt", token_id, 0, item, b"k"),
        ("reseal", token_id, 0, b"", b"", b""),
    ):
        assert refusal_of(house, house.alice, *call) == "TokenLocked", call[0]
    for generation in (FINAL, AGENT_NFT, AGENTIC_ID):
        for operation in (TRANSFER, CLONE):
            door = Door(house, generation)
            act = door.act(token_id, house.alice, house.bob, operation)
            with pytest.raises(Reverted, match="TokenLocked"):
                door.send(act, door.shape(act, house.bob))


@ALL_DOORS
def test_locker_moves_a_token_without_approval_and_the_lock_ends(
    house: House, generation: Generation
) -> None:
    token_id = house.mint(house.alice)
    carol = house.carol
    house.token.send("approve", carol.address, token_id, sender=house.alice.address)
    house.token.send("lock", token_id, sender=carol.address)
    house.token.send("approve", ZERO, token_id, sender=house.alice.address)
    door = Door(house, generation)
    act = door.act(token_id, house.alice, house.bob)
    receipt = door.send(act, door.shape(act, house.bob), caller=carol)
    assert house.owner_of(token_id) == house.bob.address.lower()
    assert house.token.events("Unlocked", receipt) == [
        {"tokenId": token_id, "locker": carol.address}
    ]
    assert refusal_of(house, carol, "burn", token_id) == "ERC721InsufficientApproval"


def test_locker_may_update_and_burn(house: House) -> None:
    token_id = house.mint(house.alice)
    house.token.send("approve", house.carol.address, token_id, sender=house.alice.address)
    house.token.send("lock", token_id, sender=house.carol.address)
    data = [("", root("by the locker"))]
    house.token.send(UPDATE, token_id, data, sender=house.carol.address)
    assert house.items_of(token_id) == data
    house.token.send("burn", token_id, sender=house.carol.address)


# ------------------------------------------------------------------------------------- burn


def test_burn_erases_data_and_keeps_the_line(house: House) -> None:
    token_id = house.mint(house.alice, "first", "second")
    house.token.send(
        "authorizeUsage(uint256,address)", token_id, house.carol.address, sender=house.alice.address
    )
    receipt = house.token.send("burn", token_id, sender=house.alice.address)
    assert house.token.events("Transfer", receipt)[0]["to"] == ZERO
    assert len(house.token.events("AuthorizedUsersCleared", receipt)) == 1
    for view in ("ownerOf", "intelligentDataOf", "sealedKeyHashesOf", "dataHashesOf"):
        with pytest.raises(Reverted, match="ERC721NonexistentToken"):
            house.token.read(view, token_id)
    assert house.token.read("creatorOf", token_id) == house.alice.address.lower()
    assert refusal_of(house, house.alice, "burn", token_id) == "ERC721NonexistentToken"


def test_line_and_lock_are_read_by_the_bindings(house: House, anvil: AnvilProcess) -> None:
    token_id = house.mint(house.alice)
    token = AgentNft(Chain(anvil.url), house.token.address)
    act = house.statement(token_id, house.alice, house.bob, CLONE)
    house.clone(token_id, house.alice, house.bob, [house.pair(act, house.bob)])
    house.token.send("lock", token_id, sender=house.alice.address)
    assert (token.parent_of(token_id), token.parent_of(token_id + 1)) == (0, token_id)
    assert (token.locker_of(token_id), token.locker_of(token_id + 1)) == (house.alice.address, ZERO)


def test_burn_by_stranger_or_in_a_pause_reverts(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    assert refusal_of(house, house.bob, "burn", token_id) == "ERC721InsufficientApproval"
    house.token.send("pause")
    assert refusal_of(house, house.alice, "burn", token_id) == "EnforcedPause"


# ---------------------------------------------------------------------------- plain transfers


def test_plain_transfer_moves_what_has_no_private_data(house: House) -> None:
    token_id = mint_plain(house, house.alice)
    alice, bob = house.alice.address, house.bob.address
    stranger = refusal_of(house, house.carol, PLAIN, alice, bob, token_id)
    assert stranger == "ERC721InsufficientApproval"
    assert refusal_of(house, house.alice, PLAIN, alice, ZERO, token_id) == "ERC721InvalidReceiver"
    assert refusal_of(house, house.alice, PLAIN, bob, bob, token_id) == "ERC721IncorrectOwner"
    name = "safeTransferFrom(address,address,uint256)"
    house.token.send(name, alice, bob, token_id, sender=alice)
    assert house.owner_of(token_id) == bob.lower()


def test_plain_transfer_of_data_follows_the_policy_and_the_lock(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    alice, bob = house.alice.address, house.bob.address
    assert refusal_of(house, house.alice, PLAIN, alice, bob, token_id) == "PrivateDataNeedsProof"
    receipt = house.token.send("setPolicy", (True, *POLICY[1:]))
    assert house.token.events("PolicySet", receipt)
    house.token.send("approve", house.carol.address, token_id, sender=alice)
    house.token.send("lock", token_id, sender=house.carol.address)
    assert refusal_of(house, house.alice, PLAIN, alice, bob, token_id) == "TokenLocked"
    house.token.send("unlock", token_id, sender=house.carol.address)
    house.token.send(PLAIN, alice, bob, token_id, sender=alice)
    assert house.owner_of(token_id) == bob.lower()


# ---------------------------------------------------------------------------------- reseal


def sealed_token(house: House) -> tuple[int, DataKey, bytes]:
    """Alice's token with a real seal of a real key."""
    token_id = int(str(house.token.read("nextTokenId")))
    key = DataKey.generate()
    current = seal(
        key, house.alice.public_key, SealContext(CHAIN_ID, house.token.address, token_id)
    )
    data = [("", root(f"sealed {token_id}"))]
    alice = house.alice.address
    house.token.send(
        "mint(address,(string,bytes32)[],bytes[],uint256)",
        *(alice, data, [current], token_id),
        sender=alice,
    )
    return token_id, key, current


def resealed(
    house: House, token_id: int, current: bytes, target: Person, /, **changes: object
) -> Handed:
    """The new seal and its proof, for alice."""
    act = house.statement(token_id, house.alice, house.alice, RESEAL)
    act = replace(act, new_data_hash=act.old_data_hash, verifier=house.token.address)
    return transfer_seal(house.alice.secret, current, target.public_key, replace(act, **changes))  # type: ignore[arg-type]


def test_reseal_gives_the_owner_the_same_key_under_another(house: House) -> None:
    token_id, key, current = sealed_token(house)
    wallet = Person.named("alice's new wallet")
    handed = resealed(house, token_id, current, wallet)
    call = (token_id, 0, handed.sealed_key, wallet.public_key, handed.proof)
    receipt = house.token.send("reseal", *call, sender=house.alice.address)
    assert house.key_hashes_of(token_id) == [keccak(handed.sealed_key)]
    assert house.token.events("PublishedSealedKey", receipt)[0]["_sealedKeys"] == [
        handed.sealed_key
    ]
    told = {"tokenId": token_id, "index": 0, "sealedKeyHash": keccak(handed.sealed_key)}
    assert house.token.events("Resealed", receipt) == [told]
    assert open_seal(handed.sealed_key, wallet.secret) == key
    assert refusal_of(house, house.alice, "reseal", *call) == "NotTheCurrentSeal", (
        "a proof is used up"
    )


def test_reseal_refuses_other_callers_items_acts_and_seals(own_house: House) -> None:
    house = own_house
    token_id, _, current = sealed_token(house)
    wallet = Person.named("alice's new wallet")
    key = wallet.public_key
    good = resealed(house, token_id, current, wallet)
    call = ("reseal", token_id, 0, good.sealed_key, key, good.proof)
    assert refusal_of(house, house.bob, *call) == "ERC721IncorrectOwner"
    outside = ("reseal", token_id, 1, good.sealed_key, key, good.proof)
    assert refusal_of(house, house.alice, *outside) == "ERC7857IndexOutOfBounds"
    foreign = ("reseal", token_id, 0, good.sealed_key, house.bob.public_key, good.proof)
    assert refusal_of(house, house.alice, *foreign) == "NotSealedToTarget"
    for changes in (
        {"operation": TRANSFER},
        {"verifier": house.verifier.address},
        {"token_id": 99},
    ):
        bad = resealed(house, token_id, current, wallet, **changes)
        refused = ("reseal", token_id, 0, bad.sealed_key, key, bad.proof)
        assert refusal_of(house, house.alice, *refused) == "WrongProof", changes
    house.token.send("pause")
    assert refusal_of(house, house.alice, *call) == "EnforcedPause"


# ---------------------------------------------------------------------------------- update


def test_update_replaces_data_and_keeps_the_keys_of_what_stays(house: House) -> None:
    token_id = house.mint(house.alice, "one", "two", "three")
    before, keys = house.items_of(token_id), house.key_hashes_of(token_id)
    commitment = house.token.read("dataCommitmentOf", token_id)
    data = [("", root("new one")), before[1]]
    receipt = house.token.send(UPDATE, token_id, data, sender=house.alice.address)
    assert house.items_of(token_id) == data
    assert house.key_hashes_of(token_id) == keys[:2]
    hashes = [data_hash for _, data_hash in data]
    assert list(cast("Sequence[bytes]", house.token.read("dataHashesOf", token_id))) == hashes
    now = house.token.read("dataCommitmentOf", token_id)
    assert now == keccak(encode(["bytes32[]"], [hashes]))
    assert now != commitment
    assert house.token.events("DataHashesSet", receipt) == [
        {"tokenId": token_id, "dataHashes": hashes}
    ]
    told = house.token.events("Updated", receipt)[0]
    assert (
        len(cast("list[object]", told["oldData"])),
        len(cast("list[object]", told["newData"])),
    ) == (3, 2)
    data.append(("", root("new three")))
    house.token.send(UPDATE, token_id, data, sender=house.alice.address)
    assert house.key_hashes_of(token_id) == [*keys[:2], bytes(32)], "no key of the erased item"


def test_update_with_keys_publishes_them(house: House) -> None:
    token_id = house.mint(house.alice)
    data, keys = [("a", root("u1")), ("b", root("u2"))], [sealed("u1"), sealed("u2")]
    receipt = house.token.send(UPDATE_KEYS, token_id, data, keys, sender=house.alice.address)
    assert house.items_of(token_id) == data
    assert house.key_hashes_of(token_id) == [keccak(key) for key in keys]
    assert house.token.events("PublishedSealedKey", receipt)[0]["_sealedKeys"] == keys
    assert house.token.events("Updated", receipt)[0]["sealedKeys"] == keys


def test_update_of_one_item_leaves_the_others(house: House) -> None:
    token_id = house.mint(house.alice, "left", "right")
    before, keys = house.items_of(token_id), house.key_hashes_of(token_id)
    call = (token_id, 1, ("", root("new right")), sealed("new right"))
    receipt = house.token.send("updateAt", *call, sender=house.alice.address)
    assert house.items_of(token_id) == [before[0], ("", root("new right"))]
    assert house.key_hashes_of(token_id) == [keys[0], keccak(sealed("new right"))]
    told = house.token.events("EntryUpdated", receipt)[0]
    assert (told["tokenId"], told["index"], told["sealedKey"]) == (token_id, 1, sealed("new right"))


def test_update_that_means_nothing_reverts(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    item, zero = ("", root("x")), ("", bytes(32))
    for wanted, *call in (
        ("Empty data array", UPDATE, token_id, []),
        ("ERC7857EmptyData", UPDATE_KEYS, token_id, [], []),
        ("ERC7857SealedKeyArityMismatch", UPDATE_KEYS, token_id, [item], []),
        ("ERC7857IndexOutOfBounds", "updateAt", token_id, 1, item, b"k"),
        ("ZeroDataHash", UPDATE, token_id, [zero]),
        ("ZeroDataHash", "updateAt", token_id, 0, zero, b"k"),
        ("EmptySealedKey", "updateAt", token_id, 0, item, b""),
        ("EmptySealedKey", UPDATE_KEYS, token_id, [item], [b""]),
    ):
        assert refusal_of(house, house.alice, *call) == wanted, call
    calls: tuple[tuple[object, ...], ...] = (
        (UPDATE, token_id, [item]),
        (UPDATE_KEYS, token_id, [item], [b"k"]),
        ("updateAt", token_id, 0, item, b"k"),
    )
    for refused in calls:
        assert refusal_of(house, house.bob, *refused) == "ERC721IncorrectOwner"
    house.token.send("pause")
    for refused in calls:
        assert refusal_of(house, house.alice, *refused) == "EnforcedPause"
