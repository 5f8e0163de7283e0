"""Legacy proofs: the digests of the published clients, with guards, for tokens that allow them."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.agents import CHAIN_ID, House, Person, root, sealed
from tests.support.contracts import Deployed, Evm, compiled
from tests.support.evm import AnvilProcess
from tests.support.examples import on_chain
from tests.support.handovers import (
    AGENT_NFT,
    AGENTIC_ID,
    FINAL,
    GENERATIONS,
    ZERO,
    Shape,
    act_of,
    error_of,
    old_style,
    verify,
)
from tests.unit.test_inft_legacy import KNOWN, known
from zerog.inft.legacy import SEAL_LENGTHS, Generation, inner_hash, text_digest
from zerog.inft.proofs import (
    BARE,
    CLONE,
    MAX_HORIZON,
    TEE,
    TRANSFER,
    AccessProof,
    OwnershipProof,
    Statement,
)

pytestmark = pytest.mark.contracts

generations = pytest.mark.parametrize("generation", GENERATIONS, ids=lambda g: g.name.lower())
hashes = st.binary(min_size=32, max_size=32)


@pytest.fixture(scope="module")
def old_house(house: House) -> House:
    """A house whose carol is a token contract with legacy proofs."""
    house.verifier.send("setLegacy", house.carol.address, True)
    return house


@pytest.fixture(scope="module")
def harness(house: House) -> Deployed:
    return house.evm.deploy(compiled("LegacyHarness"))


@generations
@pytest.mark.parametrize("operation", [BARE, TRANSFER, CLONE])
@pytest.mark.parametrize("wanted", [b"", b"k" * 64])
def test_legacy_proofs_are_accepted_where_they_are_allowed(
    old_house: House, generation: Generation, operation: int, wanted: bytes
) -> None:
    act = act_of(old_house, old_house.carol.address, generation, operation)
    shape = old_style(old_house, generation, act, old_house.bob, wanted_key=wanted)
    assert verify(old_house, act, shape) == (old_house.bob.address.lower(),)


@generations
@pytest.mark.parametrize("operation", [BARE, TRANSFER])
def test_legacy_proofs_are_refused_elsewhere(
    old_house: House, generation: Generation, operation: int
) -> None:
    act = act_of(old_house, old_house.alice.address, generation, operation)
    shape = old_style(old_house, generation, act, old_house.bob)
    assert error_of(old_house, act, shape) == "LegacyRefused"


@generations
@pytest.mark.parametrize("length", sorted(SEAL_LENGTHS))
def test_sealed_keys_of_the_listed_lengths_are_accepted(
    old_house: House, generation: Generation, length: int
) -> None:
    act = act_of(old_house, old_house.carol.address, generation)
    shape = old_style(old_house, generation, act, old_house.bob, sealed_key=b"s" * length)
    assert verify(old_house, act, shape)


def raw_pair(
    house: House, generation: Generation, act: Statement, fields: tuple[bytes, bytes, bytes]
) -> Shape:
    """Legacy proofs over (wanted key, sealed key, target key) of any lengths, honestly signed."""
    wanted, seal, target = fields
    nonce, deadline = root(next(house.counter)), house.now() + 3600
    consent = text_digest(inner_hash(generation, act, [wanted, nonce], deadline))
    word = text_digest(inner_hash(generation, act, [seal, target, nonce], deadline))
    raw = nonce + deadline.to_bytes(32, "big") if generation is AGENTIC_ID else nonce
    old, new = act.old_data_hash, act.new_data_hash
    access = AccessProof(old, new, raw, wanted, house.bob.sign(consent))
    ownership = OwnershipProof(TEE, old, new, seal, target, raw, house.oracle.sign(word))
    return Shape(generation, (access, ownership))


@generations
@pytest.mark.parametrize(
    ("wanted", "seal", "target", "name"),
    [
        (0, 129, 64, ""),
        (1, 129, 64, "LegacyKeyLength"),
        (32, 129, 64, "LegacyKeyLength"),
        (65, 129, 64, "LegacyKeyLength"),
        (128, 129, 64, "LegacyKeyLength"),
        (0, 129, 0, "LegacyKeyLength"),
        (0, 129, 65, "LegacyKeyLength"),
        (0, 0, 64, "LegacySealLength"),
        (0, 97, 64, "LegacySealLength"),
        (0, 161, 64, "LegacySealLength"),
        (0, 386, 64, "LegacySealLength"),
    ],
)
def test_honestly_signed_proofs_of_other_lengths_are_refused(
    old_house: House, generation: Generation, wanted: int, seal: int, target: int, name: str
) -> None:
    act = act_of(old_house, old_house.carol.address, generation)
    fields = (b"w" * wanted, b"s" * seal, b"t" * target)
    assert error_of(old_house, act, raw_pair(old_house, generation, act, fields)) == name


@generations
def test_legacy_nonce_is_good_once_for_ever(
    own_house: House, fresh_anvil: AnvilProcess, generation: Generation
) -> None:
    house = own_house
    house.verifier.send("setLegacy", house.carol.address, True)
    act = act_of(house, house.carol.address, generation)
    shape = old_style(house, generation, act, house.bob, deadline=house.now() + MAX_HORIZON)
    verify(house, act, shape, send=True)
    assert error_of(house, act, shape) == "NonceAlreadyUsed"
    fresh_anvil.rpc("evm_increaseTime", 8 * 24 * 3600)
    fresh_anvil.rpc("evm_mine")
    assert error_of(house, act, shape) == "NonceAlreadyUsed", "no cleaning after a week"
    namespace = house.carol.address if generation is AGENTIC_ID else ZERO
    nonce = int.from_bytes(shape.pair[0].nonce[:32], "big")
    for kind, signer in ((0, house.bob), (1, house.oracle)):
        used = house.verifier.read("isNonceUsed", namespace, kind, signer.address, nonce)
        assert used is True


@generations
def test_same_legacy_proof_in_another_collection_is_refused(
    old_house: House, generation: Generation
) -> None:
    """F3, within one verifier: a text that names no contract is good once, whoever asks."""
    house = old_house
    house.verifier.send("setLegacy", house.alice.address, True)
    act = act_of(house, house.carol.address, generation)
    other = replace(act, token=house.evm.account(house.alice.address))
    shape = old_style(house, generation, act, house.bob)
    verify(house, act, shape, send=True)
    expected = "WrongOwnershipSigner" if generation is AGENTIC_ID else "NonceAlreadyUsed"
    assert error_of(house, other, shape) == expected
    house.verifier.send("setLegacy", house.alice.address, False)


@generations
def test_nonce_of_another_signer_is_free(old_house: House, generation: Generation) -> None:
    """F8 and A1: nobody burns what another one signed."""
    house = old_house
    act, nonce = act_of(house, house.carol.address, generation), root(f"shared {generation}")
    decoy = old_style(house, generation, act, house.bob, nonce=nonce)
    theirs = replace(act, receiver=house.alice.address)
    pending = old_style(house, generation, theirs, house.alice, nonce=nonce, consenter=house.alice)
    access, _ = pending.pair
    _, other_word = old_style(house, generation, theirs, house.alice).pair
    verify(house, act, decoy, send=True)
    assert verify(house, theirs, replace(pending, pair=(access, other_word)))


@pytest.mark.parametrize("half", [0, 1])
def test_legacy_deadline_of_agentic_id_is_signed_and_within_the_horizon(
    old_house: House, half: int
) -> None:
    house = old_house
    act = act_of(house, house.carol.address, AGENTIC_ID)
    for deadline, name in ((1, "ProofExpired"), (house.now() + 10**9, "DeadlineTooFar")):
        shape = old_style(house, AGENTIC_ID, act, house.bob, deadline=deadline)
        assert error_of(house, act, shape) == name
    shape = old_style(house, AGENTIC_ID, act, house.bob)
    nonce = shape.pair[half].nonce
    later = nonce[:32] + (int.from_bytes(nonce[32:], "big") + 1).to_bytes(32, "big")
    access, ownership = shape.pair
    if half == 0:
        moved = replace(shape, pair=(access._replace(nonce=later), ownership))
    else:
        moved = replace(shape, pair=(access, ownership._replace(nonce=later)))
    if half == 1:
        assert error_of(house, act, moved) == "WrongOwnershipSigner"
    else:
        assert verify(house, act, moved) != (house.bob.address.lower(),)


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"token": Person.named("other token").address},
        {"old_data_hash": root("a"), "new_data_hash": root("a")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_legacy_proof_of_agentic_id_for_another_place_is_refused(
    old_house: House, change: dict[str, object]
) -> None:
    act = act_of(old_house, old_house.carol.address, AGENTIC_ID)
    other = replace(act, **change)  # type: ignore[arg-type]
    shape = old_style(old_house, AGENTIC_ID, other, old_house.bob)
    access, ownership = shape.pair
    old, new = act.old_data_hash, act.new_data_hash
    pair = (
        access._replace(old_data_hash=old, new_data_hash=new),
        ownership._replace(old_data_hash=old, new_data_hash=new),
    )
    assert error_of(old_house, act, replace(shape, pair=pair)) == "WrongOwnershipSigner"


def test_changed_data_under_a_text_with_one_hash_is_refused(old_house: House) -> None:
    """The new hash is not signed there: it must be the old one."""
    for generation in (AGENT_NFT, AGENTIC_ID):
        act = act_of(old_house, old_house.carol.address, generation)
        shape = old_style(old_house, generation, act, old_house.bob)
        access, ownership = shape.pair
        new = root("unsigned")
        pair = (access._replace(new_data_hash=new), ownership._replace(new_data_hash=new))
        assert error_of(old_house, act, replace(shape, pair=pair)) == "DataHashChanged"


def test_text_of_one_generation_read_as_another_is_refused(old_house: House) -> None:
    act = act_of(old_house, old_house.carol.address, AGENT_NFT)
    for signed in GENERATIONS:
        for read in GENERATIONS:
            if signed is read:
                continue
            made = old_style(old_house, signed, act, old_house.bob)
            deadline = (old_house.now() + 60).to_bytes(32, "big")
            pair = tuple(
                half._replace(nonce=half.nonce[:32] + (deadline if read is AGENTIC_ID else b""))
                for half in made.pair
            )
            shape = Shape(read, cast("tuple[AccessProof, OwnershipProof]", pair))
            assert error_of(old_house, act, shape) == "WrongOwnershipSigner"


@on_chain()
@given(
    generation=st.sampled_from(GENERATIONS), old=hashes, new=hashes,
    key=st.binary(max_size=100), seal=st.binary(max_size=400), nonce=st.binary(max_size=70),
    deadline=st.integers(0, 2**256 - 1),
)  # fmt: skip
def test_inner_hash_of_any_fields_equals_the_twin(
    harness: Deployed, generation: Generation, old: bytes, new: bytes, key: bytes, seal: bytes,
    nonce: bytes, deadline: int,
) -> None:  # fmt: skip
    token = harness.address
    act = Statement(CHAIN_ID, token, token, 0, 0, token, token, old, new)
    access = AccessProof(old, new, b"", key, b"")
    said = harness.read("accessInner", int(generation), token, access, nonce, deadline)
    assert said == inner_hash(generation, act, [key, nonce], deadline)
    ownership = OwnershipProof(TEE, old, new, seal, key, b"", b"")
    said = harness.read("ownershipInner", int(generation), token, ownership, nonce, deadline)
    assert said == inner_hash(generation, act, [seal, key, nonce], deadline)
    assert harness.read("digest", old) == text_digest(old)
    assert harness.read("isSealLength", len(seal)) == (len(seal) in SEAL_LENGTHS)


def test_recorded_digests_are_those_of_the_chain(
    fresh_anvil: AnvilProcess,
) -> None:
    """The known answers, on a chain with the id that they name."""
    fixed = Evm(fresh_anvil.url).deploy(compiled("LegacyHarness"))
    fresh_anvil.rpc("anvil_setChainId", KNOWN["chain_id"])
    old, new = known("data_hash"), known("new_data_hash")
    for vector in KNOWN["vectors"]:
        generation = int(Generation[vector["generation"]])
        if vector["half"] == "access":
            proof: tuple[object, ...] = AccessProof(old, new, b"", b"", b"")
            call: tuple[object, ...] = ("accessInner", known("access_nonce"))
        else:
            key = known("receiver_key")
            proof = OwnershipProof(TEE, old, new, known("sealed_key"), key, b"", b"")
            call = ("ownershipInner", known("ownership_nonce"))
        name, nonce = call
        inner = fixed.read(str(name), generation, KNOWN["token"], proof, nonce, KNOWN["deadline"])
        assert inner == bytes.fromhex(vector["inner"])
        assert fixed.read("digest", inner) == bytes.fromhex(vector["digest"])


def test_f1_consent_to_a_long_nonce_cannot_be_split_into_a_key(old_house: House) -> None:
    """The seller proposes 96 bytes of nonce: his key, then 32. The text would read both ways."""
    house = old_house
    act = act_of(house, house.carol.address, AGENT_NFT)
    thief, tail = house.alice.public_key, root("tail")
    consent = house.bob.sign(text_digest(inner_hash(AGENT_NFT, act, [b"", thief + tail])))
    split = text_digest(inner_hash(AGENT_NFT, act, [thief, tail]))
    assert split == text_digest(inner_hash(AGENT_NFT, act, [b"", thief + tail])), "one text"
    seal = sealed("f1")
    nonce = root("f1 oracle")
    word = house.oracle.sign(text_digest(inner_hash(AGENT_NFT, act, [seal, thief, nonce])))
    old = act.old_data_hash
    ownership = OwnershipProof(TEE, old, old, seal, thief, nonce, word)
    honest = AccessProof(old, old, thief + tail, b"", consent)
    assert error_of(house, act, Shape(AGENT_NFT, (honest, ownership))) == "MalformedNonce"


def test_f1b_ownership_text_cannot_be_split_anew(old_house: House) -> None:
    """A byte moved from the sealed key to the target key keeps the text and breaks the lengths."""
    house = old_house
    act = act_of(house, house.carol.address, FINAL)
    shape = old_style(house, FINAL, act, house.bob)
    access, ownership = shape.pair
    text = ownership.sealed_key + ownership.encrypted_pub_key
    for cut in (0, 128, 130, 161, 193):
        moved = ownership._replace(sealed_key=text[:cut], encrypted_pub_key=text[cut:])
        name = error_of(house, act, replace(shape, pair=(access, moved)))
        assert name in {"LegacyKeyLength", "LegacySealLength"}
