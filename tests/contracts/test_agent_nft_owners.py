"""What owners do: lock, burn, plain transfer, reseal, update, mint forms, users, addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.support.agents import CHAIN_ID, House, Person, root, sealed
from tests.support.contracts import Reverted, compiled
from tests.support.doors import Door
from tests.support.handovers import AGENT_NFT, AGENTIC_ID, FINAL
from zerog.chain.steps_token import POLICY
from zerog.inft.envelope import DataKey, SealContext, open_seal, seal
from zerog.inft.legacy import Generation
from zerog.inft.proofs import CLONE, RESEAL, TRANSFER
from zerog.inft.sealproof import Handed, transfer_seal

pytestmark = pytest.mark.contracts

ALL_DOORS = pytest.mark.parametrize("generation", [FINAL, AGENT_NFT, AGENTIC_ID])
ZERO = "0x" + "00" * 20
UPDATE = "update(uint256,(string,bytes32)[])"
UPDATE_KEYS = "update(uint256,(string,bytes32)[],bytes[])"
MINT = "mint((string,bytes32)[],address)"
PLAIN = "transferFrom"


def error_of(house: House, caller: Person, *call: object) -> str:
    """Name of the revert of a call; it must revert."""
    with pytest.raises(Reverted) as caught:
        house.token.send(str(call[0]), *call[1:], sender=caller.address)
    if caught.value.name == "Error":
        return str(caught.value.values[0])
    return caught.value.name


def mint_plain(house: House, owner: Person) -> int:
    """A token without data."""
    token_id = int(str(house.token.read("nextTokenId")))
    house.token.send("mint(address)", owner.address, sender=owner.address)
    return token_id


# ------------------------------------------------------------------------------------- locks


def test_lock_and_unlock_name_the_locker(house: House) -> None:
    token_id = house.mint(house.alice)
    alice, bob = house.alice.address, house.bob.address
    house.token.send("approve", bob, token_id, sender=alice)
    receipt = house.token.send("lock", token_id, sender=bob)
    assert house.token.events("Locked", receipt) == [{"tokenId": token_id, "locker": bob}]
    assert house.token.read("lockerOf", token_id) == bob.lower()
    assert error_of(house, house.bob, "lock", token_id) == "TokenLocked"
    assert error_of(house, house.alice, "lock", token_id) == "TokenLocked"
    assert error_of(house, house.alice, "unlock", token_id) == "NotLocker"
    receipt = house.token.send("unlock", token_id, sender=bob)
    assert house.token.events("Unlocked", receipt) == [{"tokenId": token_id, "locker": bob}]
    assert house.token.read("lockerOf", token_id) == ZERO


def test_lock_by_stranger_of_unknown_token_or_in_a_pause_reverts(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    assert error_of(house, house.carol, "lock", token_id) == "ERC721InsufficientApproval"
    assert error_of(house, house.carol, "lock", 99) == "ERC721NonexistentToken"
    house.token.send("pause")
    assert error_of(house, house.alice, "lock", token_id) == "EnforcedPause"


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
        assert error_of(house, house.alice, *call) == "TokenLocked", call[0]
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
    assert error_of(house, carol, "burn", token_id) == "ERC721InsufficientApproval"


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
    assert error_of(house, house.alice, "burn", token_id) == "ERC721NonexistentToken"


def test_burn_by_stranger_or_in_a_pause_reverts(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    assert error_of(house, house.bob, "burn", token_id) == "ERC721InsufficientApproval"
    house.token.send("pause")
    assert error_of(house, house.alice, "burn", token_id) == "EnforcedPause"


# ---------------------------------------------------------------------------- plain transfers


def test_plain_transfer_moves_what_has_no_private_data(house: House) -> None:
    token_id = mint_plain(house, house.alice)
    alice, bob = house.alice.address, house.bob.address
    assert error_of(house, house.carol, PLAIN, alice, bob, token_id) == "ERC721InsufficientApproval"
    assert error_of(house, house.alice, PLAIN, alice, ZERO, token_id) == "ERC721InvalidReceiver"
    assert error_of(house, house.alice, PLAIN, bob, bob, token_id) == "ERC721IncorrectOwner"
    name = "safeTransferFrom(address,address,uint256)"
    house.token.send(name, alice, bob, token_id, sender=alice)
    assert house.owner_of(token_id) == bob.lower()


def test_plain_transfer_of_data_follows_the_policy_and_the_lock(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    alice, bob = house.alice.address, house.bob.address
    assert error_of(house, house.alice, PLAIN, alice, bob, token_id) == "PrivateDataNeedsProof"
    receipt = house.token.send("setPolicy", (True, *POLICY[1:]))
    assert house.token.events("PolicySet", receipt)
    house.token.send("approve", house.carol.address, token_id, sender=alice)
    house.token.send("lock", token_id, sender=house.carol.address)
    assert error_of(house, house.alice, PLAIN, alice, bob, token_id) == "TokenLocked"
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
    house: House, token_id: int, current: bytes, target: Person, **changes: object
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
    assert error_of(house, house.alice, "reseal", *call) == "NotTheCurrentSeal", (
        "a proof is used up"
    )


def test_reseal_refuses_other_callers_items_acts_and_seals(own_house: House) -> None:
    house = own_house
    token_id, _, current = sealed_token(house)
    wallet = Person.named("alice's new wallet")
    key = wallet.public_key
    good = resealed(house, token_id, current, wallet)
    call = ("reseal", token_id, 0, good.sealed_key, key, good.proof)
    assert error_of(house, house.bob, *call) == "ERC721IncorrectOwner"
    outside = ("reseal", token_id, 1, good.sealed_key, key, good.proof)
    assert error_of(house, house.alice, *outside) == "ERC7857IndexOutOfBounds"
    foreign = ("reseal", token_id, 0, good.sealed_key, house.bob.public_key, good.proof)
    assert error_of(house, house.alice, *foreign) == "NotSealedToTarget"
    for changes in (
        {"operation": TRANSFER},
        {"verifier": house.verifier.address},
        {"token_id": 99},
    ):
        bad = resealed(house, token_id, current, wallet, **changes)
        refused = ("reseal", token_id, 0, bad.sealed_key, key, bad.proof)
        assert error_of(house, house.alice, *refused) == "WrongProof", changes
    house.token.send("pause")
    assert error_of(house, house.alice, *call) == "EnforcedPause"


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
        assert error_of(house, house.alice, *call) == wanted, call
    for call in ((UPDATE, token_id, [item]), (UPDATE_KEYS, token_id, [item], [b"k"])):
        assert error_of(house, house.bob, *call) == "ERC721IncorrectOwner"
    house.token.send("pause")
    for call in ((UPDATE, token_id, [item]), (UPDATE_KEYS, token_id, [item], [b"k"])):
        assert error_of(house, house.alice, *call) == "EnforcedPause"
    assert error_of(house, house.alice, "updateAt", token_id, 0, item, b"k") == "EnforcedPause"


# ------------------------------------------------------------------- mint forms of 0g-agent-nft


def test_mint_forms_make_tokens_of_one_collection(own_house: House) -> None:
    house = own_house
    alice, bob = house.alice.address, house.bob.address
    item, key = ("text", root("form")), sealed("form")
    forms: tuple[tuple[tuple[object, ...], list[object], str, str], ...] = (
        ((MINT, [item], alice), [item], "text", ZERO),
        (("mint((string,bytes32)[],address,bytes[])", [item], alice, [key]), [item], "text", ZERO),
        (("mint(address)", alice), [], "", ZERO),
        (("mint(address,string)", alice, "uri"), [], "uri", ZERO),
        (("mintWithRole(address)", alice), [], "", ZERO),
        (("mintWithRole(address,string)", alice, "uri"), [], "uri", ZERO),
        (("mintWithRole(address,string,address)", alice, "uri", bob), [], "uri", bob),
        (("mintWithRole((string,bytes32)[],address)", [item], alice), [item], "text", ZERO),
        (
            ("mintWithRole((string,bytes32)[],address,address)", [item], alice, bob),
            [item],
            "text",
            bob,
        ),
    )
    for number, (call, items, uri, creator) in enumerate(forms, 1):
        receipt = house.token.send(str(call[0]), *call[1:])
        assert house.owner_of(number) == alice.lower(), call[0]
        assert house.items_of(number) == items
        assert house.token.read("intelligentDatasOf", number) == tuple(items)
        assert house.token.read("tokenURI", number) == uri
        assert house.token.read("creatorOf", number) == creator.lower()
        assert len(house.token.events("Updated", receipt)) == len(items)
        assert len(house.token.events("CreatorSet", receipt)) == (creator != ZERO)
    assert house.key_hashes_of(1) == [bytes(32)], "no key was published"
    assert house.key_hashes_of(2) == [keccak(key)]


def test_mint_form_refuses_what_it_cannot_keep(own_house: House) -> None:
    house, to = own_house, own_house.alice.address
    with_keys = "mint((string,bytes32)[],address,bytes[])"
    item = ("", root("x"))
    assert error_of(house, house.alice, MINT, [("", bytes(32))], to) == "ZeroDataHash"
    two = (with_keys, [item], to, [b"k", b"l"])
    assert error_of(house, house.alice, *two) == "SealedKeyCountMismatch"
    assert error_of(house, house.alice, with_keys, [item], to, [b""]) == "EmptySealedKey"
    assert error_of(house, house.alice, MINT, [item], ZERO) == "ERC721InvalidReceiver"
    house.token.send("pause")
    assert error_of(house, house.alice, MINT, [item], to) == "EnforcedPause"


def test_mint_fee_is_kept_apart_and_what_is_too_much_comes_back(own_house: House) -> None:
    house = own_house
    alice, fee = house.alice.address, 10**15
    receipt = house.token.send("setMintFee", fee)
    assert house.token.events("MintFeeUpdated", receipt) == [{"oldFee": 0, "newFee": fee}]
    assert house.token.read("getMintFee") == fee
    with pytest.raises(Reverted, match="MintFeeNotPaid"):
        house.token.send("mint(address)", alice, sender=alice, value=fee - 1)
    house.token.send("mint(address)", alice, sender=alice, value=5 * fee)
    assert house.evm.balance(house.token.address) == fee
    before = house.evm.balance(alice)
    house.authority.send("grantRole", 0, alice, 0)
    receipt = house.token.send("withdrawFees", sender=alice)
    spent = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    granted = house.evm.balance(alice) - before + spent
    assert granted == fee, "whom the Authority lets take it"
    assert house.evm.balance(house.token.address) == 0
    with pytest.raises(Reverted, match="SafeCastOverflowedUintDowncast"):
        house.token.send("setMintFee", 2**128)


def test_mint_by_a_contract_that_refuses_money_reverts_send_failed(own_house: House) -> None:
    house = own_house
    buyer = house.evm.deploy(compiled("StubbornBuyer"))
    call = house.token.calldata("mint(address)", house.alice.address)
    with pytest.raises(Reverted, match="SendFailed"):
        buyer.send("buy", house.token.address, call, value=1)


# ------------------------------------------------------------- users, creators, public addresses


def test_batch_and_clear_of_users(house: House) -> None:
    token_id, alice = house.mint(house.alice), house.alice.address
    users = [house.bob.address, house.carol.address]
    house.token.send("batchAuthorizeUsage", token_id, users, sender=alice)
    assert house.users_of(token_id) == {one.lower() for one in users}
    again = ("batchAuthorizeUsage", token_id, users)
    assert error_of(house, house.alice, *again) == "ERC7857AlreadyAuthorized"
    nobody = ("batchAuthorizeUsage", token_id, [])
    assert error_of(house, house.alice, *nobody) == "Empty users array"
    zero = ("batchAuthorizeUsage", token_id, [ZERO])
    assert error_of(house, house.alice, *zero) == "Zero address in users"
    receipt = house.token.send("clearAuthorizedUsers", token_id, sender=alice)
    told = [{"owner": alice, "tokenId": token_id}]
    assert house.token.events("AuthorizedUsersCleared", receipt) == told
    assert house.users_of(token_id) == set()
    receipt = house.token.send("clearAuthorizedUsers", token_id, sender=alice)
    assert house.token.events("AuthorizedUsersCleared", receipt) == [], "there was nobody"
    for call in (again, ("clearAuthorizedUsers", token_id)):
        assert error_of(house, house.bob, *call) == "ERC721IncorrectOwner"


def test_terms_of_the_documentations_authorisation_end_with_the_owner(house: House) -> None:
    token_id, alice, bob = house.mint(house.alice), house.alice.address, house.bob.address
    grant = "authorizeUsage(uint256,address,bytes)"
    receipt = house.token.send(grant, token_id, bob, b"ten calls", sender=alice)
    assert house.token.events("UsageAuthorized", receipt) == [
        {"tokenId": token_id, "executor": bob}
    ]
    assert house.users_of(token_id) == {bob.lower()}
    house.token.send(grant, token_id, bob, b"twenty calls", sender=alice)
    assert house.token.read("permissionsOf", token_id, bob) == b"twenty calls"
    assert error_of(house, house.carol, grant, token_id, bob, b"") == "ERC721IncorrectOwner"
    house.token.send("revokeAuthorization", token_id, bob, sender=alice)
    assert house.token.read("permissionsOf", token_id, bob) == b""
    house.token.send(grant, token_id, bob, b"again", sender=alice)
    house.transfer(token_id, house.alice, house.carol)
    assert house.token.read("permissionsOf", token_id, bob) == b""


def test_documentations_views_show_the_first_item(house: House) -> None:
    token_id = house.mint(house.alice, "doc", "other")
    assert house.token.read("getMetadataHash", token_id) == root("doc")
    assert house.token.read("getEncryptedURI", token_id) == "0x" + root("doc").hex()
    with pytest.raises(Reverted, match="ERC721NonexistentToken"):
        house.token.read("getMetadataHash", 10**6)


def test_creator_and_addresses_are_set_by_whom_they_belong_to(own_house: House) -> None:
    house = own_house
    token_id, alice = house.mint(house.alice, "addressed"), house.alice.address
    assert house.token.read("tokenURI", token_id) == '{"item":"addressed"}'
    receipt = house.token.send("setBaseURI", "base/")
    assert house.token.events("BaseURIUpdated", receipt) == [{"oldBase": "", "newBase": "base/"}]
    assert len(house.token.events("BatchMetadataUpdate", receipt)) == 1
    assert house.token.read("tokenURI", token_id) == f"base/{token_id}"
    receipt = house.token.send("setTokenURI", token_id, "own", sender=alice)
    assert house.token.events("TokenURIUpdated", receipt) == [{"tokenId": token_id, "uri": "own"}]
    assert house.token.events("MetadataUpdate", receipt) == [{"_tokenId": token_id}]
    assert house.token.read("tokenURI", token_id) == "own"
    assert error_of(house, house.bob, "setTokenURI", token_id, "x") == "ERC721IncorrectOwner"
    receipt = house.token.send("setCreator", token_id, house.bob.address)
    assert house.token.events("CreatorSet", receipt)[0]["creator"] == house.bob.address
    with pytest.raises(Reverted) as caught:
        house.token.send("setCreator", 99, house.bob.address)
    assert caught.value.values == ("Token does not exist",)
    house.token.send("setStorageInfo", '{"chainURL":""}')
    assert house.token.read("storageInfo") == '{"chainURL":""}'
    second = house.new_token()
    receipt = house.token.send("updateVerifier", house.verifier.address)
    assert len(house.token.events("VerifierUpdated", receipt)) == 1
    assert second.read("storageInfo") == "", "a facet keeps nothing of its own"
    house.token.send("pause")
    assert error_of(house, house.alice, "setTokenURI", token_id, "x") == "EnforcedPause"
