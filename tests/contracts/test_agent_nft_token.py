"""Mint, ERC-721 side, authorisations, pause, administration, upgrade, the frozen ABI."""

from __future__ import annotations

import re

import pytest
from eth_utils.crypto import keccak

from tests.support.agents import House, Person, root, sealed
from tests.support.contracts import Reverted, artifact
from tests.support.evm import ROOT

pytestmark = pytest.mark.contracts

ZERO = "0x" + "00" * 20
P = "((bytes32,bytes32,bytes,bytes,bytes),(uint8,bytes32,bytes32,bytes,bytes,bytes,bytes))[]"
INDEXED = {
    "Transferred": [False, True, True],
    "Cloned": [True, True, False, False],
    "PublishedSealedKey": [True, True, False],
}
"""Which parameters of an event are indexed, where not all are."""


def test_mint_first_token_has_id_one_data_key_hashes_and_events(own_house: House) -> None:
    house = own_house
    data = [("{}", root("a")), ("text", root("b"))]
    keys = [sealed("a"), sealed("b")]
    receipt = house.token.send("mint", house.bob.address, data, keys, 1, sender=house.alice.address)
    assert house.owner_of(1) == house.bob.address.lower()
    assert house.items_of(1) == data
    assert house.key_hashes_of(1) == [keccak(key) for key in keys]
    published = house.token.events("PublishedSealedKey", receipt)[0]
    assert published == {"_to": house.bob.address, "_tokenId": 1, "_sealedKeys": keys}
    assert house.token.read("nextTokenId") == 2


@pytest.mark.parametrize("shift", [-1, 1])
def test_mint_with_other_expected_id_reverts_unexpected(house: House, shift: int) -> None:
    next_id = int(str(house.token.read("nextTokenId")))
    with pytest.raises(Reverted, match="UnexpectedTokenId") as caught:
        house.token.send("mint", house.bob.address, [("", root(1))], [b"k"], next_id + shift)
    assert caught.value.values == (next_id + shift, next_id)


@pytest.mark.parametrize(
    ("data", "keys", "name", "values"),
    [
        ([], [], "NoData", ()),
        ([], [b"k"], "NoData", ()),
        ([("", root(1))], [], "SealedKeyCountMismatch", (1, 0)),
        ([("", root(1))], [b"k", b"l"], "SealedKeyCountMismatch", (1, 2)),
        ([("", root(1)), ("", bytes(32))], [b"k", b"l"], "ZeroDataHash", (1,)),
        ([("", root(1)), ("", root(2))], [b"k", b""], "EmptySealedKey", (1,)),
    ],
)
def test_mint_with_incomplete_data_reverts(
    house: House, data: object, keys: object, name: str, values: tuple[object, ...]
) -> None:
    next_id = house.token.read("nextTokenId")
    with pytest.raises(Reverted) as caught:
        house.token.send("mint", house.bob.address, data, keys, next_id)
    assert (caught.value.name, caught.value.values) == (name, values)


def test_mint_to_zero_reverts_invalid_receiver(house: House) -> None:
    with pytest.raises(Reverted, match="ERC721InvalidReceiver"):
        house.token.send("mint", ZERO, [("", root(1))], [b"k"], house.token.read("nextTokenId"))


def test_views_of_unknown_token_revert_nonexistent(house: House) -> None:
    for view in ("intelligentDataOf", "sealedKeyHashesOf", "authorizedUsersOf", "ownerOf"):
        with pytest.raises(Reverted, match="ERC721NonexistentToken"):
            house.token.read(view, 10**9)


def test_authorize_and_revoke_by_owner_keep_a_set(house: House) -> None:
    token_id, alice = house.mint(house.alice), house.alice.address
    user = house.carol.address
    receipt = house.token.send("authorizeUsage", token_id, user, sender=alice)
    named = {"_from": alice, "_to": user, "_tokenId": token_id}
    assert house.token.events("Authorization", receipt) == [named]
    assert house.users_of(token_id) == {user.lower()}
    with pytest.raises(Reverted, match="AlreadyAuthorized"):
        house.token.send("authorizeUsage", token_id, user, sender=alice)
    receipt = house.token.send("revokeAuthorization", token_id, user, sender=alice)
    assert house.token.events("AuthorizationRevoked", receipt) == [named]
    with pytest.raises(Reverted, match="NotAuthorized"):
        house.token.send("revokeAuthorization", token_id, user, sender=alice)
    with pytest.raises(Reverted, match="ERC7857InvalidAuthorizedUser"):
        house.token.send("authorizeUsage", token_id, ZERO, sender=alice)


def test_authorize_by_approved_operator_reverts_not_token_owner(house: House) -> None:
    token_id = house.mint(house.alice)
    house.token.send("approve", house.bob.address, token_id, sender=house.alice.address)
    for function in ("authorizeUsage", "revokeAuthorization"):
        with pytest.raises(Reverted, match="ERC721IncorrectOwner"):
            house.token.send(function, token_id, house.carol.address, sender=house.bob.address)


def test_authorize_beyond_limit_reverts_too_many(house: House) -> None:
    token_id, alice = house.mint(house.alice), house.alice.address
    limit = int(str(house.token.read("MAX_AUTHORIZED_USERS")))
    assert limit == 100
    users = [Person.named(f"user {number}").address for number in range(limit)]
    house.token.send("batchAuthorizeUsage", token_id, users, sender=alice)
    with pytest.raises(Reverted, match="ERC7857TooManyAuthorizedUsers") as caught:
        house.token.send("authorizeUsage", token_id, house.carol.address, sender=alice)
    assert caught.value.values == ()
    receipt = house.transfer(token_id, house.alice, house.bob)
    assert house.users_of(token_id) == set()
    assert house.token.events("AuthorizedUsersCleared", receipt) == [
        {"owner": alice, "tokenId": token_id}
    ]


def test_pause_and_unpause_and_set_verifier_by_stranger_revert_unauthorized(house: House) -> None:
    for call in (("pause",), ("unpause",), ("setVerifier", house.verifier.address)):
        with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
            house.token.send(*call, sender=house.alice.address)


def test_set_verifier_by_admin_voids_proofs_for_the_old_one(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    pairs = house.pairs(house.statement(token_id, house.alice, house.bob), house.bob)
    second = house.evm.deploy(artifact("DataVerifier"), house.authority.address)
    registry = str(house.verifier.read("registry"))
    second.send("setRegistry", house.evm.w3.to_checksum_address(registry))
    receipt = house.token.send("setVerifier", second.address)
    assert house.token.events("VerifierSet", receipt) == [
        {"before": house.verifier.address, "now_": second.address}
    ]
    assert house.token.read("verifier") == second.address.lower()
    with pytest.raises(Reverted, match="WrongOwnershipSigner"):
        house.transfer(token_id, house.alice, house.bob, pairs)


def test_set_verifier_to_account_without_code_reverts(house: House) -> None:
    with pytest.raises(Reverted, match="InvalidVerifier"):
        house.token.send("setVerifier", Person.named("nobody").address)


def test_initialize_again_reverts(house: House) -> None:
    arguments = ("A", "B", house.verifier.address, house.authority.address)
    with pytest.raises(Reverted, match="InvalidInitialization"):
        house.token.send("initialize", *arguments)
    logic = house.evm.deploy(artifact("AgentNFT"))
    with pytest.raises(Reverted, match="InvalidInitialization"):
        logic.send("initialize", *arguments)


def test_upgrade_by_admin_keeps_tokens_and_by_stranger_reverts(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice, "kept")
    logic = house.evm.deploy(artifact("AgentNFT"))
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        house.token.send("upgradeToAndCall", logic.address, b"", sender=house.alice.address)
    house.token.send("upgradeToAndCall", logic.address, b"")
    assert house.hashes_of(token_id) == [root("kept")]


def test_abi_has_the_selectors_and_topics_of_the_final_eip(house: House) -> None:
    """0g spec of EIP-7857 (Final): selectors and first topics."""
    selectors = {
        f"iTransfer(address,uint256,{P})": "b0654873",
        f"iClone(address,uint256,{P})": "e915c38a",
        "authorizeUsage(uint256,address)": "fa83d14e",
        "revokeAuthorization(uint256,address)": "c3612ef7",
        "authorizedUsersOf(uint256)": "1aeb542f",
        "delegateAccess(address)": "98bd57de",
        "getDelegateAccess(address)": "0e592fdd",
        "verifier()": "2b7ac3f3",
        "intelligentDataOf(uint256)": "393df216",
    }
    for signature, selector in selectors.items():
        function = house.token.contract.get_function_by_selector("0x" + selector)
        assert keccak(text=signature)[:4].hex() == selector, signature
        assert function.signature == signature
    topics = {
        "Authorization": "8a1c60ca",
        "AuthorizationRevoked": "d1662978",
        "Transferred": "0ea8df78",
        "Cloned": "40b442ee",
        "PublishedSealedKey": "77ac1306",
        "DelegateAccess": "57a5f7ce",
    }
    for name, topic in topics.items():
        event = house.token.contract.events[name]()
        assert str(event.topic).removeprefix("0x").startswith(topic), name
        indexed = [bool(part.get("indexed")) for part in event.abi["inputs"]]
        assert indexed == INDEXED.get(name, [True] * len(indexed)), name


def test_verifier_selector_is_that_of_the_final_eip(house: House) -> None:
    function = house.verifier.contract.get_function_by_selector("0xdf630116")
    assert function.fn_name == "verifyTransferValidity"


@pytest.mark.parametrize(
    "source",
    [
        "libraries/AgentStore",
        "libraries/FacetTable",
        "inft/facets/AgentNftFacet",
        "inft/facets/DocFacet",
    ],
)
def test_storage_slot_literal_equals_its_erc7201_derivation(source: str) -> None:
    """F21: a literal that is not what it claims to be."""
    text = (ROOT / f"contracts/{source}.sol").read_text()
    namespaces = re.findall(r"storage-location erc7201:([\w.]+)", text)
    literals = re.findall(r"_STORAGE = (0x[0-9a-f]{64})", text)
    assert (len(namespaces), len(literals)) == (1, 1)
    inner = int.from_bytes(keccak(text=namespaces[0]), "big") - 1
    slot = int.from_bytes(keccak(inner.to_bytes(32, "big")), "big") & ~0xFF
    assert int(literals[0], 16) == slot
