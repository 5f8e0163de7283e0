"""Mint forms of 0g-agent-nft, its fee, users, creators and public addresses."""

from __future__ import annotations

from typing import cast

import pytest
from eth_utils.crypto import keccak

from tests.support.agents import House, root, sealed
from tests.support.contracts import Reverted, compiled
from tests.support.doors import refusal_of
from tests.support.handovers import ZERO

pytestmark = pytest.mark.contracts

MINT = "mint((string,bytes32)[],address)"

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


@pytest.mark.parametrize("agentic", [False, True])
def test_policy_tells_indexers_of_agentic_id_about_every_mint(
    own_house: House, agentic: bool
) -> None:
    house, alice = own_house, own_house.alice.address
    house.token.send("setPolicy", (False, True, False, True, agentic))
    item, key = ("", root("told")), sealed("told")
    forms: tuple[tuple[bytes, tuple[str, *tuple[object, ...]]], ...] = (
        (key, ("mint(address,(string,bytes32)[],bytes[],uint256)", alice, [item], [key], 1)),
        (key, ("mint((string,bytes32)[],address,bytes[])", [item], alice, [key])),
        (b"", (MINT, [item], alice)),
    )
    for number, (sealed_key, call) in enumerate(forms, 1):
        told = house.token.events("ITransferred", house.token.send(*call))
        assert len(told) == agentic
        for one in told:
            assert (one["from"], one["to"], one["tokenId"]) == (ZERO, alice, number)
            entries = cast("list[dict[str, object]]", one["entries"])
            assert [dict(entry) for entry in entries] == [
                {"dataHash": item[1], "sealedKey": sealed_key}
            ]


def test_mint_form_refuses_what_it_cannot_keep(own_house: House) -> None:
    house, to = own_house, own_house.alice.address
    with_keys = "mint((string,bytes32)[],address,bytes[])"
    item = ("", root("x"))
    assert refusal_of(house, house.alice, MINT, [("", bytes(32))], to) == "ZeroDataHash"
    two = (with_keys, [item], to, [b"k", b"l"])
    assert refusal_of(house, house.alice, *two) == "SealedKeyCountMismatch"
    assert refusal_of(house, house.alice, with_keys, [item], to, [b""]) == "EmptySealedKey"
    assert refusal_of(house, house.alice, MINT, [item], ZERO) == "ERC721InvalidReceiver"
    house.token.send("pause")
    assert refusal_of(house, house.alice, MINT, [item], to) == "EnforcedPause"


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
    assert refusal_of(house, house.alice, *again) == "ERC7857AlreadyAuthorized"
    nobody: list[str] = []
    empty = ("batchAuthorizeUsage", token_id, nobody)
    assert refusal_of(house, house.alice, *empty) == "Empty users array"
    zero = ("batchAuthorizeUsage", token_id, [ZERO])
    assert refusal_of(house, house.alice, *zero) == "Zero address in users"
    receipt = house.token.send("clearAuthorizedUsers", token_id, sender=alice)
    told = [{"owner": alice, "tokenId": token_id}]
    assert house.token.events("AuthorizedUsersCleared", receipt) == told
    assert house.users_of(token_id) == set()
    receipt = house.token.send("clearAuthorizedUsers", token_id, sender=alice)
    assert house.token.events("AuthorizedUsersCleared", receipt) == [], "there was nobody"
    for call in (again, ("clearAuthorizedUsers", token_id)):
        assert refusal_of(house, house.bob, *call) == "ERC721IncorrectOwner"


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
    assert refusal_of(house, house.carol, grant, token_id, bob, b"") == "ERC721IncorrectOwner"
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
    assert refusal_of(house, house.bob, "setTokenURI", token_id, "x") == "ERC721IncorrectOwner"
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
    assert refusal_of(house, house.alice, "setTokenURI", token_id, "x") == "EnforcedPause"
