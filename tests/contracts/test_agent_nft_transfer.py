"""iTransfer and iClone: what moves, what is said, and a revert per branch."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from tests.support.agents import House, Person, root
from tests.support.contracts import Reverted, compiled
from zerog.inft.proofs import CLONE, ZKP

pytestmark = pytest.mark.contracts

BOTH = pytest.mark.parametrize(("function", "operation"), [("iTransfer", 1), ("iClone", 2)])


def refused(house: House, name: str, function: str, token_id: int, pairs: object) -> Reverted:
    """The revert of alice's call for bob; it must have this name."""
    with pytest.raises(Reverted) as caught:
        house.token.send(function, house.bob.address, token_id, pairs, sender=house.alice.address)
    assert caught.value.name == name, f"{caught.value}"
    return caught.value


def test_transfer_with_both_proofs_moves_token_data_and_key(house: House) -> None:
    token_id = house.mint(house.alice, "persona", "memory")
    pairs = house.pairs(house.statement(token_id, house.alice, house.bob), house.bob)
    receipt = house.transfer(token_id, house.alice, house.bob, pairs)
    keys = [pair[1].sealed_key for pair in pairs]
    assert house.owner_of(token_id) == house.bob.address.lower(), "owner"
    assert house.hashes_of(token_id) == [pair[0].new_data_hash for pair in pairs], "data"
    assert [text for text, _ in house.items_of(token_id)] == [
        '{"item":"persona"}',
        '{"item":"memory"}',
    ], "texts"
    assert house.key_hashes_of(token_id) == [keccak(k) for k in keys]
    moved, published = (
        house.token.events(name, receipt)[0] for name in ("Transferred", "PublishedSealedKey")
    )
    assert moved == {"_tokenId": token_id, "_from": house.alice.address, "_to": house.bob.address}
    assert published == {"_to": house.bob.address, "_tokenId": token_id, "_sealedKeys": keys}
    assert house.token.events("Transfer", receipt)[0]["tokenId"] == token_id, "ERC-721 event"
    assert house.token.events("DataHashesSet", receipt)[0]["dataHashes"] == house.hashes_of(
        token_id
    )


def test_clone_with_both_proofs_makes_token_and_leaves_original(house: House) -> None:
    token_id = house.mint(house.alice, "original")
    before = house.hashes_of(token_id)
    act = house.statement(token_id, house.alice, house.bob, CLONE)
    receipt = house.clone(token_id, house.alice, house.bob, [house.pair(act, house.bob)])
    cloned = house.token.events("Cloned", receipt)[0]
    assert cloned == {
        "_tokenId": token_id,
        "_newTokenId": token_id + 1,
        "_from": house.alice.address,
        "_to": house.bob.address,
    }
    assert (house.owner_of(token_id), house.hashes_of(token_id)) == (
        house.alice.address.lower(),
        before,
    ), "the original stays"
    assert house.hashes_of(token_id + 1) == [act.new_data_hash], "the clone has the new data"
    assert house.items_of(token_id + 1)[0][0] == '{"item":"original"}', "description inherited"


def test_transfer_by_approved_market_moves_token(house: House) -> None:
    token_id = house.mint(house.alice)
    house.token.send("approve", house.carol.address, token_id, sender=house.alice.address)
    pairs = house.pairs(house.statement(token_id, house.alice, house.bob), house.bob)
    house.token.send("iTransfer", house.bob.address, token_id, pairs, sender=house.carol.address)
    assert house.owner_of(token_id) == house.bob.address.lower()
    assert int(str(house.token.read("getApproved", token_id)), 16) == 0, "approval is spent"


def test_transfer_by_stranger_reverts_insufficient_approval(house: House) -> None:
    token_id = house.mint(house.alice)
    pairs = house.pairs(house.statement(token_id, house.alice, house.bob), house.bob)
    for function in ("iTransfer", "iClone"):
        with pytest.raises(Reverted, match="ERC721InsufficientApproval"):
            house.token.send(
                function, house.bob.address, token_id, pairs, sender=house.carol.address
            )


@BOTH
def test_transfer_of_unknown_token_reverts_nonexistent(
    house: House, function: str, operation: int
) -> None:
    refused(house, "ERC721NonexistentToken", function, 10**9, [])


@BOTH
def test_transfer_to_zero_reverts_invalid_receiver(
    house: House, function: str, operation: int
) -> None:
    token_id = house.mint(house.alice)
    with pytest.raises(Reverted, match="ERC721InvalidReceiver"):
        house.token.send(function, "0x" + "00" * 20, token_id, [], sender=house.alice.address)


@BOTH
@pytest.mark.parametrize("count", [0, 1, 3])
def test_transfer_with_other_number_of_proofs_reverts_count_mismatch(
    house: House, function: str, operation: int, count: int
) -> None:
    token_id = house.mint(house.alice, "one", "two")
    act = house.statement(token_id, house.alice, house.bob, operation)
    pairs = [house.pair(act, house.bob) for _ in range(count)]
    error = refused(house, "ProofCountMismatch", function, token_id, pairs)
    assert error.values == (2, count)


@BOTH
def test_transfer_with_foreign_old_hash_reverts_data_hash_mismatch(
    house: House, function: str, operation: int
) -> None:
    token_id = house.mint(house.alice, "right")
    act = house.statement(token_id, house.alice, house.bob, operation)
    pair = house.pair(replace(act, old_data_hash=root("wrong")), house.bob)
    error = refused(house, "DataHashMismatch", function, token_id, [pair])
    assert error.values == (0, root("right"), root("wrong"))


def test_transfer_with_proofs_in_other_order_reverts_data_hash_mismatch(house: House) -> None:
    token_id = house.mint(house.alice, "first", "second")
    pairs = house.pairs(house.statement(token_id, house.alice, house.bob), house.bob)
    refused(house, "DataHashMismatch", "iTransfer", token_id, pairs[::-1])


@BOTH
@pytest.mark.parametrize("same", [True, False])
def test_transfer_without_new_ciphertext_reverts_not_reencrypted(
    house: House, function: str, operation: int, same: bool
) -> None:
    token_id = house.mint(house.alice, "kept")
    act = house.statement(token_id, house.alice, house.bob, operation)
    new = root("kept") if same else bytes(32)
    pair = house.pair(replace(act, new_data_hash=new), house.bob)
    assert refused(house, "NotReencrypted", function, token_id, [pair]).values == (0, new)


def test_transfer_with_empty_sealed_key_reverts(house: House) -> None:
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    pair = house.pair(act, house.bob, sealed_key=b"")
    refused(house, "EmptySealedKey", "iTransfer", token_id, [pair])


def test_transfer_consented_by_stranger_reverts_wrong_access_signer(house: House) -> None:
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    pair = house.pair(act, house.bob, consenter=house.carol)
    error = refused(house, "WrongAccessSigner", "iTransfer", token_id, [pair])
    assert error.values == (0, house.bob.address.lower(), house.carol.address.lower())


def test_transfer_consented_by_assistant_moves_token_until_removed(house: House) -> None:
    helper = Person.named("bob's always-online helper")
    house.token.send("delegateAccess", helper.address, sender=house.bob.address)
    assert house.token.read("getDelegateAccess", house.bob.address) == helper.address.lower()
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    house.transfer(token_id, house.alice, house.bob, [house.pair(act, house.bob, consenter=helper)])
    receipt = house.token.send("delegateAccess", "0x" + "00" * 20, sender=house.bob.address)
    assert house.token.events("DelegateAccess", receipt)[0]["_user"] == house.bob.address
    other = house.mint(house.alice)
    act = house.statement(other, house.alice, house.bob)
    pair = house.pair(act, house.bob, consenter=helper)
    refused(house, "WrongAccessSigner", "iTransfer", other, [pair])


@pytest.mark.parametrize("length", [0, 63, 65])
def test_transfer_sealed_to_malformed_key_reverts_length(house: House, length: int) -> None:
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    pair = house.pair(act, house.bob, target_key=b"\x01" * length)
    error = refused(house, "InvalidPublicKeyLength", "iTransfer", token_id, [pair])
    assert error.values == (0, length)


def test_transfer_sealed_to_seller_reverts_foreign_key(house: House) -> None:
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    pair = house.pair(act, house.bob, target_key=house.alice.public_key)
    error = refused(house, "SealedToForeignKey", "iTransfer", token_id, [pair])
    assert error.values == (0, house.bob.address.lower(), house.alice.address.lower())


def test_transfer_sealed_to_wanted_key_moves_token(house: House) -> None:
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    pair = house.pair(act, house.bob, wanted_key=b"a key of another curve")
    house.transfer(token_id, house.alice, house.bob, [pair])
    assert house.owner_of(token_id) == house.bob.address.lower()


def test_transfer_sealed_to_other_than_wanted_key_reverts_mismatch(house: House) -> None:
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    pair = house.pair(act, house.bob, wanted_key=b"wanted", target_key=b"given")
    error = refused(house, "WantedKeyMismatch", "iTransfer", token_id, [pair])
    assert error.values == (0, keccak(b"wanted"), keccak(b"given"))


def test_transfer_to_oneself_renews_the_key_and_ends_authorisations(house: House) -> None:
    token_id = house.mint(house.alice)
    house.token.send("authorizeUsage", token_id, house.carol.address, sender=house.alice.address)
    act = house.statement(token_id, house.alice, house.alice)
    house.transfer(token_id, house.alice, house.alice, [house.pair(act, house.alice)])
    assert house.hashes_of(token_id) == [act.new_data_hash]
    assert house.users_of(token_id) == set()


@BOTH
def test_data_changed_without_an_oracle_is_refused_whatever_the_verifier_says(
    own_house: House, function: str, operation: int
) -> None:
    """The token does not leave it to the verifier that a proof of type ZKP keeps the data."""
    house = own_house
    credulous = house.evm.deploy(compiled("CredulousVerifier"))
    house.token.send("setVerifier", credulous.address)
    token_id = house.mint(house.alice, "kept")
    act = house.statement(token_id, house.alice, house.bob, operation)
    access, ownership = house.pair(act, house.bob)
    changed = (access, ownership._replace(oracle_type=ZKP))
    error = refused(house, "DataMustStay", function, token_id, [changed])
    assert error.values == (0, root("kept"), act.new_data_hash)
    kept = access._replace(new_data_hash=root("kept"))
    same = ownership._replace(oracle_type=ZKP, new_data_hash=root("kept"))
    house.token.send(
        function, house.bob.address, token_id, [(kept, same)], sender=house.alice.address
    )
