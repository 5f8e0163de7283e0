"""CommitteeVault: deposits, releases and the judgement of shares (committee.tree)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.agents import CHAIN_ID
from tests.support.committee_chain import RESEAL, Hall
from tests.support.committee_halls import Given
from tests.support.contracts import Reverted, artifact
from zerog.chain.steps_committee import DEVELOPMENT_SECONDS, MIN_BOND_WEI, PENALTY_WEI
from zerog.crypto.curve import add, generate
from zerog.errors import Tampered
from zerog.inft.committee.release import WEIGHED_BYTES, Released, ShareCase
from zerog.inft.envelope import Envelope, SealContext, open_seal, seal

pytestmark = pytest.mark.contracts

WRONG = r"WrongProof|WrongInverse"
NOBODY = "0x" + "00" * 20


@pytest.fixture
def given(hall: Hall) -> Given:
    return Given.of(hall)


def verify(hall: Hall, case: ShareCase, released: Released, target: bytes | None = None) -> object:
    """The verifier's question."""
    return hall.vault.read(
        "verifyRelease",
        case.to_abi()[3],
        case.index,
        case.data_hash,
        case.seal_hash,
        released.sealed_key,
        case.target if target is None else target,
        released.proof,
    )


def send_deposit(hall: Hall, token_id: int, sealed: bytes, proof: bytes, index: int = 0) -> None:
    hall.vault.send("deposit", hall.house.token.address, token_id, index, sealed, proof)


# ----------------------------------------------------------------------- deposits


def test_deposit_is_live_until_the_token_changes(hall: Hall, given: Given) -> None:
    where = (hall.house.token.address, given.token_id)
    assert hall.vault.read("isLive", *where, 0)
    assert not hall.vault.read("isLive", *where, 1)
    released = hall.released(given.case, given.deposit, (1, 3, 5))
    assert open_seal(released.sealed_key, hall.house.bob.secret) == hall.keys[given.token_id]
    assert verify(hall, given.case, released) is None
    hall.committee.send("openRound", 0, 2, [1, 2])
    assert hall.vault.read("isLive", *where, 0)


def test_deposit_of_an_item_that_is_not_there_reverts(hall: Hall, given: Given) -> None:
    made = hall.handed(given.token_id, hall.house.alice)
    with pytest.raises(Reverted, match="NoSuchItem"):
        send_deposit(hall, given.token_id, made.sealed_key, made.proof, index=1)


def test_deposit_before_any_key_reverts(hall: Hall, given: Given) -> None:
    evm, authority = hall.house.evm, hall.house.authority.address
    money = (MIN_BOND_WEI, PENALTY_WEI, *DEVELOPMENT_SECONDS, evm.accounts[1])
    young = evm.deploy_proxy(artifact("Committee"), "initialize", money, authority)
    empty = evm.deploy_proxy(artifact("CommitteeVault"), "initialize", young.address, authority)
    made = hall.handed(given.token_id, hall.house.alice)
    with pytest.raises(Reverted, match="WrongKey"):
        empty.send(
            "deposit", hall.house.token.address, given.token_id, 0, made.sealed_key, made.proof
        )


def test_deposit_of_another_form_or_to_another_key_reverts(hall: Hall, given: Given) -> None:
    made = hall.handed(given.token_id, hall.house.alice)
    with pytest.raises(Reverted, match="NotAnEnvelope"):
        send_deposit(hall, given.token_id, made.sealed_key[:-1], made.proof)
    context = SealContext(CHAIN_ID, hall.house.token.address, given.token_id)
    to_bob = seal(hall.keys[given.token_id], hall.house.bob.public_key, context)
    with pytest.raises(Reverted, match="NotSealedToTarget"):
        send_deposit(hall, given.token_id, to_bob.ljust(387, b"\0")[:387], made.proof)


def test_deposit_of_another_key_or_with_another_tokens_proof_reverts(
    hall: Hall, given: Given
) -> None:
    alice = hall.house.alice
    other = hall.mint(alice)
    foreign = hall.handed(other, alice)
    with pytest.raises(Reverted, match="NotTheCurrentSeal"):
        send_deposit(hall, given.token_id, foreign.sealed_key, foreign.proof)
    made = hall.handed(given.token_id, alice)
    with pytest.raises(Reverted, match=WRONG):
        send_deposit(hall, given.token_id, foreign.sealed_key, made.proof)


def test_stolen_or_shifted_seal_cannot_be_deposited_by_who_minted_it_again(
    hall: Hall, given: Given
) -> None:
    """Nobody but the seal's own key proves a deposit, and a shifted seal proves nothing."""
    bob = hall.house.bob
    stolen = hall.seals[given.token_id]
    parts = Envelope.parse(stolen)
    shifted = replace(parts, e1=add(parts.e1, generate(5))).encode()
    made = hall.handed(given.token_id, hall.house.alice)
    for again in (stolen, shifted):
        token_id = hall.mint(bob, again)
        with pytest.raises(Tampered):
            hall.handed(token_id, bob)
        with pytest.raises(Reverted):
            send_deposit(hall, token_id, made.sealed_key, made.proof)
        assert not hall.vault.read("isLive", hall.house.token.address, token_id, 0)


def test_retired_key_makes_its_deposits_dead(hall: Hall, given: Given) -> None:
    released = hall.released(given.case, given.deposit, (1, 2, 3))
    hall.new_key(2, (1, 2))
    hall.committee.send("retireKey", 1)
    with pytest.raises(Reverted, match="NoDeposit"):
        verify(hall, given.case, released)


# ----------------------------------------------------------------------- releases


def test_release_without_a_deposit_or_for_other_data_reverts(hall: Hall, given: Given) -> None:
    released = hall.released(given.case, given.deposit, (1, 2, 3))
    others = (
        replace(given.case, token_id=given.token_id + 1),
        replace(given.case, index=1),
        replace(given.case, data_hash=bytes(32)),
        replace(given.case, seal_hash=bytes(32)),
    )
    for other in others:
        with pytest.raises(Reverted, match="NoDeposit"):
            verify(hall, other, released)


def test_release_for_other_parties_or_another_act_reverts(hall: Hall, given: Given) -> None:
    released = hall.released(given.case, given.deposit, (1, 2, 3))
    others = (
        replace(given.case, sender=hall.house.bob.address),
        replace(given.case, receiver=hall.house.carol.address),
        replace(given.case, operation=2),
    )
    for other in others:
        with pytest.raises(Reverted, match=WRONG):
            verify(hall, other, released)


def test_malformed_release_proof_reverts(hall: Hall, given: Given) -> None:
    sealed, proof = hall.released(given.case, given.deposit, (1, 2, 3))
    part = proof[129 : 129 + WEIGHED_BYTES]
    cases = {
        "WrongReleaseProof": (proof[:-1], proof + part, b"\1" + proof[1:]),
        "NotTheDeposit": (proof[:1] + proof[65:129] + proof[1:65] + proof[129:],),
        "SlotsOutOfOrder": (
            proof[:129] + proof[129 + WEIGHED_BYTES :] + part,
            proof[:129] + part + part + part,
        ),
        "WrongProduct": (proof[:-128] + proof[-64:] + proof[-128:-64],),
        WRONG: (_flipped(proof, 129 + 2 + 128 + 192 + 31),),
    }
    for name, proofs in cases.items():
        for bad in proofs:
            with pytest.raises(Reverted, match=name):
                verify(hall, given.case, Released(sealed, bad))


def test_share_of_a_member_outside_the_sharing_reverts(hall: Hall) -> None:
    hall.new_key(2, (2, 4))
    alice, bob = hall.house.alice, hall.house.bob
    token_id = hall.mint(alice)
    deposit = hall.deposit(token_id, alice)
    case = hall.case(token_id, deposit, (alice.address, bob.address), bob.public_key, key_id=2)
    sealed, proof = hall.released(case, deposit, (2, 4))
    with pytest.raises(Reverted, match="NoShare"):
        verify(hall, case, Released(sealed, proof[:129] + b"\0\1" + proof[131:]))


def _flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def test_new_seal_that_is_not_the_combination_reverts(hall: Hall, given: Given) -> None:
    sealed, proof = hall.released(given.case, given.deposit, (1, 2, 3))
    parts = Envelope.parse(sealed)
    other = hall.released(given.case, given.deposit, (1, 2, 3)).sealed_key
    context = SealContext(CHAIN_ID, hall.house.token.address, given.token_id)
    old = seal(hall.keys[given.token_id], hall.house.bob.public_key, context)
    bad = (
        other,
        _flipped(sealed, 5),
        _flipped(sealed, 386),
        replace(parts, suite=2).encode(),
        old[:323],
    )
    for one in bad:
        with pytest.raises(Reverted, match=r"NotTheCombination|NotAnEnvelope"):
            verify(hall, given.case, Released(one, proof))
    with pytest.raises(Reverted, match="NotSealedToTarget"):
        verify(hall, given.case, Released(sealed, proof), hall.house.carol.public_key)


def test_fewer_members_than_the_threshold_release_nothing(hall: Hall, given: Given) -> None:
    released = hall.released(given.case, given.deposit, (1, 2))
    with pytest.raises(Reverted, match="WrongReleaseProof") as caught:
        verify(hall, given.case, released)
    assert caught.value.values == (129 + 2 * WEIGHED_BYTES, 129 + 3 * WEIGHED_BYTES)


# -------------------------------------------------------------------------- moves


def test_deposit_moves_to_the_newest_key_by_threshold(hall: Hall, given: Given) -> None:
    parties = (hall.house.alice.address, hall.vault.address)
    where = (hall.house.token.address, given.token_id, 0)
    hall.new_key(2, (4, 5))
    newest = hall.key(2)[0]
    case = hall.case(given.token_id, given.deposit, parties, newest, operation=RESEAL)
    moved = hall.released(case, given.deposit, (2, 3, 4))
    elsewhere = replace(case, target=hall.house.bob.public_key)
    stolen = hall.released(elsewhere, given.deposit, (2, 3, 4))
    with pytest.raises(Reverted, match="NotSealedToTarget"):
        hall.vault.send("migrate", *where, *stolen)
    hall.vault.send("migrate", *where, *moved)
    with pytest.raises(Reverted, match="WrongKey"):
        hall.vault.send("migrate", *where, *moved)
    hall.committee.send("retireKey", 1)
    envelope = Envelope.parse(moved.sealed_key)
    to_bob = hall.case(
        given.token_id,
        envelope,
        (parties[0], hall.house.bob.address),
        hall.house.bob.public_key,
        key_id=2,
    )
    released = hall.released(to_bob, envelope, (4, 5))
    assert verify(hall, to_bob, released) is None
    assert open_seal(released.sealed_key, hall.house.bob.secret) == hall.keys[given.token_id]


# ------------------------------------------------------------------ administration


def test_vault_without_committee_or_authority_reverts(hall: Hall) -> None:
    authority = hall.house.authority.address
    for args in ((NOBODY, authority), (hall.committee.address, NOBODY)):
        with pytest.raises(Reverted, match="ZeroAddress"):
            hall.house.evm.deploy_proxy(artifact("CommitteeVault"), "initialize", *args)
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        hall.vault.send(
            *("upgradeToAndCall", hall.committee.address, b""), sender=hall.house.alice.address
        )
