"""Hand-overs by proof: the chain checks that the new seal holds the same key, and its twin too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.agents import House, Person, root
from tests.support.contracts import Deployed, check_gas, compiled
from tests.support.examples import on_chain
from tests.support.handovers import AGENTIC_ID, GENERATIONS, ZERO, error_of, verify
from tests.support.sealing import Sale, seal_for
from zerog.crypto.curve import ORDER, add, generate, multiply
from zerog.crypto.keccak import keccak256
from zerog.errors import ZerogError
from zerog.inft.envelope import (
    ENVELOPE_BYTES,
    DataKey,
    SealContext,
    check_seal,
    open_seal,
    unproven_seal,
)
from zerog.inft.legacy import Generation
from zerog.inft.proofs import CLONE, DEPOSIT, RESEAL, TRANSFER
from zerog.inft.sealproof import PROOF_BYTES, Handed, check_transfer, head, transfer_seal
from zerog.types import PublicKey

pytestmark = pytest.mark.contracts

generations = pytest.mark.parametrize("generation", GENERATIONS, ids=lambda g: g.name.lower())
OLD: Final = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "inft" / "envelope_v1.json").read_text()
)


@pytest.fixture(scope="module")
def sale(house: House) -> Sale:
    """One honest sale, whose parts tests spoil."""
    return Sale.honest(house)


@pytest.fixture(scope="module")
def harness(house: House) -> Deployed:
    return house.evm.deploy(compiled("SigmaHarness"))


def refused(sale: Sale, index: int = 0) -> str:
    """Error of the EVM; the Python twin refuses too."""
    said = error_of(sale.house, sale.act, sale.shape(), seals=sale.seals)
    assert said not in {"", "Unknown", "Panic", "Error"}, said
    with pytest.raises(ZerogError):
        check_transfer(
            sale.act, index, sale.seals[0], sale.handed.sealed_key,
            sale.house.bob.public_key, sale.handed.proof,
        )  # fmt: skip
    return said


def changed(handed: Handed, place: int, value: bytes) -> Handed:
    """The same with other bytes in the proof."""
    proof = handed.proof[:place] + value + handed.proof[place + len(value) :]
    return handed._replace(proof=proof)


@generations
@pytest.mark.parametrize("operation", [TRANSFER, CLONE])
def test_seal_handed_by_proof_is_accepted_once_and_opens(
    house: House, generation: Generation, operation: int
) -> None:
    sale = Sale.honest(house, operation)
    shape = sale.shape(generation)
    assert verify(house, sale.act, shape, seals=sale.seals) == (house.bob.address.lower(),)
    new, context = sale.handed.sealed_key, SealContext(31337, sale.act.token, sale.act.token_id)
    check_seal(new, PublicKey(house.bob.public_key), context)
    assert open_seal(new, house.bob.secret) == open_seal(sale.current, house.alice.secret)
    verify(house, sale.act, shape, seals=sale.seals, send=True)
    assert error_of(house, sale.act, shape, seals=sale.seals) == "NonceAlreadyUsed"


def test_sale_needs_no_oracle_at_all(own_house: House) -> None:
    own_house.verifier.send("setRegistry", ZERO)
    sale = Sale.honest(own_house)
    assert verify(own_house, sale.act, sale.shape(), seals=sale.seals)


def test_twin_accepts_what_the_chain_accepts(sale: Sale, harness: Deployed) -> None:
    act, new = sale.act, sale.handed.sealed_key
    check_transfer(act, 0, sale.seals[0], new, sale.house.bob.public_key, sale.handed.proof)
    fields = (act.token, act.verifier, act.operation, act.token_id, act.sender, act.receiver)
    args = (3, act.old_data_hash, sale.seals[0], keccak256(new))
    assert harness.read("headOf", fields, *args) == head(act, 3, sale.seals[0], keccak256(new))


@on_chain()
@given(bit=st.integers(0, PROOF_BYTES * 8 - 1))
def test_any_bit_of_the_proof_turned_is_refused(sale: Sale, bit: int) -> None:
    turned = sale.handed.proof[bit // 8] ^ 1 << bit % 8
    handed = changed(sale.handed, bit // 8, bytes([turned]))
    refused(replace(sale, handed=handed))


@on_chain()
@given(bit=st.integers(0, ENVELOPE_BYTES * 8 - 1))
def test_any_bit_of_the_new_seal_turned_is_refused(sale: Sale, bit: int) -> None:
    """Also of the ECIES part and of (c, z), which the proof says nothing of but is bound to."""
    new = bytearray(sale.handed.sealed_key)
    new[bit // 8] ^= 1 << bit % 8
    refused(replace(sale, handed=sale.handed._replace(sealed_key=bytes(new))))


@on_chain()
@given(length=st.integers(0, 2 * PROOF_BYTES), kind=st.sampled_from([0, 1, 3, 255]))
def test_any_other_length_or_kind_is_refused(sale: Sale, length: int, kind: int) -> None:
    proof = bytes([kind]) + (sale.handed.proof * 3)[1:length]
    if len(proof) == PROOF_BYTES and kind == 1:
        return
    handed = sale.handed._replace(proof=proof if length else b"")
    assert refused(replace(sale, handed=handed)) == "NotASealProof"


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"token": Person.named("other token").address},
        {"verifier": Person.named("other verifier").address},
        {"operation": CLONE},
        {"operation": RESEAL},
        {"operation": DEPOSIT},
        {"token_id": 8},
        {"sender": Person.named("other sender").address},
        {"receiver": Person.named("other receiver").address},
        {"old_data_hash": root("other data")},
    ],
    ids=lambda change: "-".join(map(str, change)),
)
def test_proof_made_for_another_act_is_refused(house: House, change: dict[str, object]) -> None:
    sale = Sale.honest(house)
    other = replace(sale.act, **change)  # type: ignore[arg-type]
    target = PublicKey(house.bob.public_key)
    handed = transfer_seal(house.alice.secret, sale.current, target, other)
    assert refused(replace(sale, handed=handed)) == "WrongProof"


def test_proof_made_for_another_item_is_refused(house: House) -> None:
    sale = Sale.honest(house, index=1)
    assert refused(sale) == "WrongProof"
    check_transfer(sale.act, 1, sale.seals[0], sale.handed.sealed_key,
                   house.bob.public_key, sale.handed.proof)  # fmt: skip


def test_proof_of_another_seal_than_the_token_has_is_refused(sale: Sale) -> None:
    """A seal that was the token's before it was sold on, for one."""
    other = replace(sale, current=seal_for(sale.act, sale.house.alice))
    assert refused(other) == "NotTheCurrentSeal"


def test_new_seal_to_another_key_than_the_target_is_refused(sale: Sale) -> None:
    house = sale.house
    target = PublicKey(house.carol.public_key)
    handed = transfer_seal(house.alice.secret, sale.current, target, sale.act)
    assert refused(replace(sale, handed=handed)) == "NotSealedToTarget"


def test_new_seal_of_another_suite_is_refused(sale: Sale) -> None:
    key = open_seal(sale.current, sale.house.alice.secret)
    new = seal_for(sale.act, sale.house.bob, key, suite=2)
    handed = sale.handed._replace(sealed_key=new)
    assert refused(replace(sale, handed=handed)) == "WrongSealForm"


def test_new_seal_of_version_one_or_no_seal_is_refused(sale: Sale) -> None:
    for new, name in (
        (bytes.fromhex(OLD["sealed"]), "WrongSealForm"),
        (b"", "NotAnEnvelope"),
        (sale.handed.sealed_key[:129], "NotAnEnvelope"),
    ):
        handed = sale.handed._replace(sealed_key=new)
        assert refused(replace(sale, handed=handed)) == name


def test_seal_with_another_key_inside_cannot_be_proven(sale: Sale) -> None:
    """The seller seals another key to the buyer, and makes the proof of the right one."""
    new = seal_for(sale.act, sale.house.bob)
    assert refused(replace(sale, handed=sale.handed._replace(sealed_key=new))) in {
        "WrongInverse",
        "WrongProof",
    }


def test_seal_by_a_committee_is_handed_on_by_its_owner(house: House) -> None:
    """It has no proof of knowledge; the next proof shows that the owner's secret opens it."""
    sale, key = Sale.honest(house), DataKey.generate()
    alice = PublicKey(house.alice.public_key)
    current = unproven_seal(1, alice, generate(9), add(key.point, multiply(alice, 9)))
    handed = transfer_seal(house.alice.secret, current, PublicKey(house.bob.public_key), sale.act)
    sold = replace(sale, current=current, handed=handed)
    assert verify(house, sold.act, sold.shape(), seals=sold.seals)
    assert open_seal(handed.sealed_key, house.bob.secret) == key


def test_seal_of_version_one_is_handed_on_by_its_owners_own_key(house: House) -> None:
    sale, owner = Sale.honest(house), Person(bytes.fromhex(OLD["secret"]))
    current, target = bytes.fromhex(OLD["sealed"]), PublicKey(house.bob.public_key)
    act = replace(sale.act, sender=owner.address)
    handed = transfer_seal(owner.secret, current, target, act)
    sold = replace(sale, act=act, current=current, handed=handed)
    assert verify(house, act, sold.shape(), seals=sold.seals)
    check_transfer(act, 0, sold.seals[0], handed.sealed_key, target, handed.proof)
    # The same seal in a token of somebody else's: version 1 does not say whom it is for.
    stolen = replace(
        sold, act=sale.act, handed=transfer_seal(owner.secret, current, target, sale.act)
    )
    assert refused(stolen) == "NotTheOwnersSeal"


@generations
def test_nonce_in_a_proof_that_signs_none_is_refused(house: House, generation: Generation) -> None:
    sale = Sale.honest(house)
    for length in (1, 32, 64, 96):
        if generation is AGENTIC_ID and length == 32:
            continue
        shape = sale.shape(generation, nonce=bytes(length))
        assert error_of(house, sale.act, shape, seals=sale.seals) == "MalformedNonce"


def test_changed_data_cannot_go_with_the_same_key(house: House) -> None:
    sale = Sale.honest(house)
    act = replace(sale.act, new_data_hash=root("changed"))
    shape = replace(sale, act=act).shape()
    assert error_of(house, act, shape, seals=sale.seals) == "DataHashChanged"


# -------------------------------------------------------------------------- the committee


def test_proof_of_kind_two_is_the_committees(own_house: House) -> None:
    house = own_house
    sale = Sale.honest(house)
    released = replace(sale, handed=Handed(b"new seal", b"\x02shares"))
    assert error_of(house, sale.act, released.shape(), seals=sale.seals) == "NoCommittee"
    judge = house.evm.deploy(compiled("ReleaseJudge"))
    house.verifier.send("setCommittee", judge.address)
    assert error_of(house, sale.act, released.shape(), seals=sale.seals) == "NotReleased"
    fields = (
        (act := sale.act).token, act.verifier, act.operation, act.token_id, act.sender, act.receiver
    )  # fmt: skip
    judge.send("allow", fields, 0, act.old_data_hash, sale.seals[0], b"new seal",
               house.bob.public_key, b"\x02shares")  # fmt: skip
    assert verify(house, act, released.shape(), seals=sale.seals)
    other = replace(released, handed=Handed(b"new seal", b"\x02other"))
    assert error_of(house, act, other.shape(), seals=sale.seals) == "NotReleased"


# ----------------------------------------------------------------------------- stolen seals


def mallory_takes(sale: Sale, current: bytes, secret: bytes) -> list[bytes]:
    """Keys that a thief gets who owns a token with this seal, whatever public key he names."""
    got = []
    for kind in (current, current[:129] + b"\x02" + current[130:]):
        try:
            got.append(open_seal(kind, secret).data_key())
        except ZerogError:
            continue
    return got


def test_victims_seal_minted_again_and_sold_to_oneself_gives_nothing(house: House) -> None:
    """In the thief's own token, with a proof by his own key: P of the seal is the victim's."""
    victim, thief = house.alice, house.carol
    sale = Sale.honest(house)
    stolen = sale.current
    act = replace(sale.act, token_id=8, sender=thief.address)
    target = PublicKey(house.bob.public_key)
    with pytest.raises(ZerogError):
        transfer_seal(thief.secret, stolen, target, act)
    with pytest.raises(ZerogError):
        check_seal(stolen, PublicKey(victim.public_key), SealContext(31337, act.token, 8))
    # He takes the proof of an honest sale of his own with the victim's seal in its place.
    own = Sale.honest(house)
    proof = own.handed.proof[:1] + stolen + own.handed.proof[1 + len(stolen) :]
    forged = Sale(house, act, stolen, own.handed._replace(proof=proof))
    assert refused(forged) in {"WrongInverse", "WrongProof"}
    assert mallory_takes(forged, stolen, thief.secret) == []


@on_chain()
@given(shift=st.integers(1, ORDER - 1))
def test_shifted_seal_with_the_thiefs_key_in_it_gives_what_he_knew(
    house: House, shift: int
) -> None:
    """E1 + s*G, E2 + s*P opens to K only with the victim's secret; with P changed, to another."""
    victim, thief = PublicKey(house.alice.public_key), house.carol
    sale = Sale.honest(house)
    e1 = add(sale.current[195:259], generate(shift))
    e2 = add(sale.current[259:323], multiply(victim, shift))
    for owner in (victim, PublicKey(thief.public_key)):
        moved = sale.current[:131] + owner + e1 + e2 + sale.current[323:]
        act = replace(sale.act, token_id=8, sender=thief.address)
        target = PublicKey(house.bob.public_key)
        with pytest.raises(ZerogError):
            transfer_seal(thief.secret, moved, target, act)
        with pytest.raises(ZerogError):
            check_seal(moved, owner, SealContext(31337, act.token, 8))
        # Without the ECIES part he can prove a sale: of a key that he made, not of the victim's.
        bare = bytes(129) + moved[129:323] + bytes(64)
        secret = open_seal(sale.current, house.alice.secret).data_key()
        assert secret not in mallory_takes(sale, bare, thief.secret)


# ------------------------------------------------------------------------------------ gas


def test_gas_of_a_proof_alone(sale: Sale, harness: Deployed) -> None:
    """Execution in the library, without calldata: the same for every proof."""
    act = sale.act
    fields = (act.token, act.verifier, act.operation, act.token_id, act.sender, act.receiver)
    used = harness.read(
        "verifySeal", fields, 0, act.old_data_hash, sale.seals[0], sale.handed.sealed_key,
        sale.house.bob.public_key, sale.handed.proof,
    )  # fmt: skip
    assert isinstance(used, int)
    check_gas("SealProof.verify", used)
