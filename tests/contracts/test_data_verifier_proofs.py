"""DataVerifier: safe proofs of every generation, a revert per branch, and its Python twin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.agents import CHAIN_ID, House, Pair, Person, root
from tests.support.contracts import Reverted, artifact
from tests.support.examples import on_chain
from tests.support.handovers import (
    AGENTIC_ID,
    BARE_FUNCTIONS,
    FINAL,
    GENERATIONS,
    NO_SEAL,
    ZERO,
    Shape,
    act_of,
    error_of,
    handover_of,
    safe,
    verify,
)
from zerog.inft.legacy import Generation
from zerog.inft.proofs import (
    BARE,
    CLONE,
    MAX_HORIZON,
    TRANSFER,
    ZKP,
    Statement,
    access_digest,
    access_proof,
    ownership_digest,
    ownership_proof,
    split_nonce,
)

pytestmark = pytest.mark.contracts

words = st.integers(0, 2**256 - 1)
hashes = st.binary(min_size=32, max_size=32)
keys = st.binary(max_size=200)
people = st.integers(0, 2**32).map(lambda number: Person.named(f"person {number}"))
generations = pytest.mark.parametrize("generation", GENERATIONS, ids=lambda g: g.name.lower())


def refused(house: House, name: str, act: Statement, *shapes: Shape) -> Reverted:
    """The revert of a hand-over or a bare call; it must have this name."""
    with pytest.raises(Reverted) as caught:
        verify(house, act, *shapes)
    assert caught.value.name == name, f"{caught.value}"
    return caught.value


def with_half(shape: Shape, half: int, **changes: object) -> Shape:
    """The same proofs with fields of one half changed."""
    access, ownership = shape.pair
    if half == 0:
        return replace(shape, pair=(access._replace(**changes), ownership))  # type: ignore[arg-type]
    return replace(shape, pair=(access, ownership._replace(**changes)))  # type: ignore[arg-type]


@generations
@pytest.mark.parametrize("operation", [BARE, TRANSFER, CLONE])
def test_verify_with_good_proofs_names_who_consented(
    house: House, generation: Generation, operation: int
) -> None:
    act = act_of(house, house.carol.address, generation, operation)
    shapes = [safe(house, generation, act, house.bob, wanted_key=b"wanted") for _ in range(2)]
    assert verify(house, act, *shapes) == (house.bob.address.lower(),) * 2


@generations
def test_bare_verification_says_what_the_proofs_say(house: House, generation: Generation) -> None:
    act = act_of(house, house.carol.address, generation, BARE)
    shape = safe(house, generation, act, house.bob, wanted_key=b"wanted")
    access, ownership = shape.own
    said = house.verifier.read(BARE_FUNCTIONS[generation], [shape.own], sender=act.token)
    signer = house.bob.address.lower()
    nonces = (access[2], ownership[5 if generation is FINAL else 4])
    kind = (ownership[0],) if generation is AGENTIC_ID else ()
    hashes_said = [act.old_data_hash, act.new_data_hash] if generation is FINAL else [access[0]]
    key = shape.pair[1].sealed_key
    assert said == ((*kind, *hashes_said, key, b"wanted", b"wanted", signer, *nonces),)


@generations
def test_bare_verification_binds_to_its_caller(house: House, generation: Generation) -> None:
    act = act_of(house, house.carol.address, generation, BARE)
    shape = safe(house, generation, act, house.bob)
    call = (BARE_FUNCTIONS[generation], [shape.own])
    with pytest.raises(Reverted, match="WrongOwnershipSigner"):
        house.verifier.send(*call, sender=house.alice.address)
    house.verifier.send(*call, sender=house.carol.address)
    with pytest.raises(Reverted, match="NonceAlreadyUsed"):
        house.verifier.send(*call, sender=house.carol.address)


def test_verify_bare_by_anyone_else_reverts_only_itself(house: House) -> None:
    with pytest.raises(Reverted, match="OnlyItself") as caught:
        house.verifier.read("verifyBare", house.carol.address, 0, [], sender=house.alice.address)
    assert caught.value.values == (house.alice.address.lower(),)


@pytest.mark.parametrize("operation", [BARE, 3, 255])
def test_verify_with_unknown_operation_reverts(house: House, operation: int) -> None:
    act = replace(act_of(house, house.carol.address), operation=operation)
    with pytest.raises(Reverted, match="UnknownOperation") as caught:
        house.verifier.read("verifyHandover", handover_of(act, FINAL, []), [], sender=act.token)
    assert caught.value.values == (operation,)


@pytest.mark.parametrize("seals", [0, 2])
def test_verify_with_other_number_of_seals_reverts_count_mismatch(house: House, seals: int) -> None:
    act = act_of(house, house.carol.address)
    pair = house.pair(act, house.bob)
    handover = handover_of(act, FINAL, [NO_SEAL] * seals)
    with pytest.raises(Reverted, match="SealCountMismatch") as caught:
        house.verifier.read("verifyHandover", handover, [pair], sender=act.token)
    assert caught.value.values == (1, seals)


@generations
def test_bare_verification_of_a_zkp_reverts_unsupported(
    house: House, generation: Generation
) -> None:
    act = act_of(house, house.carol.address, generation, BARE)
    shape = with_half(safe(house, generation, act, house.bob), 1, oracle_type=ZKP)
    assert refused(house, "UnsupportedOracleType", act, shape).values == (ZKP,)


@generations
def test_verify_without_oracle_reverts_no_oracle(house: House, generation: Generation) -> None:
    bare = house.evm.deploy(artifact("DataVerifier"), house.authority.address)
    assert (bare.read("registry"), bare.read("committee")) == (ZERO, ZERO)
    other = replace(house, verifier=bare)
    act = act_of(other, house.carol.address, generation)
    refused(other, "NoOracle", act, safe(other, generation, act, house.bob))


@pytest.mark.parametrize("field", ["old_data_hash", "new_data_hash"])
def test_verify_with_halves_that_disagree_reverts_hash_mismatch(house: House, field: str) -> None:
    act = act_of(house, house.carol.address)
    other = replace(act, **{field: root("other")})  # type: ignore[arg-type]
    access, _ = house.pair(other, house.bob)
    _, ownership = house.pair(act, house.bob)
    error = refused(house, "ProofHashMismatch", act, Shape(FINAL, (access, ownership)))
    assert error.values == (0, root("other"), getattr(act, field))


@pytest.mark.parametrize("generation", GENERATIONS[1:], ids=lambda g: g.name.lower())
def test_verify_changed_hash_of_a_generation_with_one_reverts(
    house: House, generation: Generation
) -> None:
    act = replace(act_of(house, house.carol.address), new_data_hash=root("changed"))
    error = refused(house, "DataHashChanged", act, safe(house, generation, act, house.bob))
    assert error.values == (0, act.old_data_hash, act.new_data_hash)


@generations
@pytest.mark.parametrize("length", [0, 31, 33, 63, 65, 95, 97, 128])
@pytest.mark.parametrize("half", [0, 1])
def test_verify_with_malformed_nonce_reverts(
    house: House, generation: Generation, length: int, half: int
) -> None:
    act = act_of(house, house.carol.address, generation)
    shape = with_half(safe(house, generation, act, house.bob), half, nonce=b"\x01" * length)
    assert refused(house, "MalformedNonce", act, shape).values == (length,)


@pytest.mark.parametrize("half", [0, 1])
def test_verify_agentic_id_deadline_other_than_in_the_nonce_reverts(
    house: House, half: int
) -> None:
    act = act_of(house, house.carol.address, AGENTIC_ID)
    shape = safe(house, AGENTIC_ID, act, house.bob)
    nonce = shape.pair[half].nonce
    inside = int.from_bytes(nonce[32:64], "big")
    raw = nonce[:64] + (inside + 1).to_bytes(32, "big")
    error = refused(house, "DeadlineMismatch", act, with_half(shape, half, nonce=raw))
    assert error.values == (inside, inside + 1)


@generations
def test_verify_at_the_edges_of_the_deadline_accepts_or_reverts(
    own_house: House, generation: Generation
) -> None:
    house = own_house
    act = act_of(house, house.carol.address, generation)
    # eth_call runs in a pending block at or after the head's time: edges are taken from its errors.
    error = refused(house, "ProofExpired", act, safe(house, generation, act, house.bob, deadline=1))
    assert error.values[0] == 1
    now = house.now()
    shape = safe(house, generation, act, house.bob, deadline=now)
    assert refused(house, "ProofExpired", act, shape).values[0] == now
    far = now + MAX_HORIZON + 10**6
    error = refused(
        house, "DeadlineTooFar", act, safe(house, generation, act, house.bob, deadline=far)
    )
    assert error.values[0] == far
    assert house.verifier.read("MAX_HORIZON") == MAX_HORIZON
    latest = error.values[1]
    assert isinstance(latest, int)
    assert verify(house, act, safe(house, generation, act, house.bob, deadline=latest))


@generations
def test_verify_signed_by_other_oracle_reverts_wrong_ownership_signer(
    house: House, generation: Generation
) -> None:
    act = act_of(house, house.carol.address, generation)
    shape = safe(house, generation, act, house.bob, oracle=house.alice)
    error = refused(house, "WrongOwnershipSigner", act, shape)
    assert error.values == (0, house.alice.address.lower())


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda s: s[:64], "ECDSAInvalidSignatureLength"),
        (lambda s: s + b"\0", "ECDSAInvalidSignatureLength"),
        (lambda s: s[:64] + b"\x1d", "ECDSAInvalidSignature"),
        (lambda s: s[:32] + b"\xff" * 32 + s[64:], "ECDSAInvalidSignatureS"),
    ],
)
@pytest.mark.parametrize("half", [0, 1])
def test_verify_with_malformed_signature_reverts(
    house: House, spoil: object, name: str, half: int
) -> None:
    assert callable(spoil)
    act = act_of(house, house.carol.address)
    shape = safe(house, FINAL, act, house.bob)
    refused(house, name, act, with_half(shape, half, proof=spoil(shape.pair[half].proof)))


@generations
def test_verify_with_used_nonce_reverts_for_ever_and_only_for_its_signer(
    house: House, generation: Generation
) -> None:
    act = act_of(house, house.carol.address, generation)
    nonce = 2**255 + 5 + generation
    used = safe(house, generation, act, house.bob, nonce=nonce)
    verify(house, act, used, send=True)
    for kind, signer in ((0, house.bob), (1, house.oracle)):
        assert house.verifier.read("isNonceUsed", act.token, kind, signer.address, nonce) is True
    assert house.verifier.read("isNonceUsed", act.token, 1, house.bob.address, nonce) is False
    assert house.verifier.read("isNonceUsed", act.token, 0, house.bob.address, nonce + 9) is False
    refused(house, "NonceAlreadyUsed", act, used)
    fresh = safe(house, generation, act, house.bob, nonce=2**200 + generation)
    mixed = replace(used, pair=(used.pair[0], fresh.pair[1]))
    error = refused(house, "NonceAlreadyUsed", act, mixed)
    assert error.values == (0, house.bob.address.lower(), nonce)


def test_verify_with_one_pair_twice_in_a_call_reverts_nonce_used(house: House) -> None:
    act = act_of(house, house.carol.address)
    shape = safe(house, FINAL, act, house.bob)
    refused(house, "NonceAlreadyUsed", act, shape, shape)


# ---------------------------------------------------------------- against the Python twin


@on_chain()
@given(
    st.integers(0, 255), words, people, people, people, hashes, hashes, keys, keys, words, words
)  # fmt: skip
def test_hashes_of_random_proofs_equal_the_python_twin(
    house: House, operation: int, token_id: int, token: Person, sender: Person, receiver: Person,
    old: bytes, new: bytes, first: bytes, second: bytes, nonce: int, deadline: int,
) -> None:  # fmt: skip
    act = Statement(
        CHAIN_ID, token.address, house.verifier.address, operation, token_id,
        sender.address, receiver.address, old, new,
    )  # fmt: skip
    arguments = (token.address, operation, token_id, sender.address, receiver.address)
    access = access_proof(old, new, nonce, deadline, first, b"")
    ownership = ownership_proof(old, new, first, second, nonce, deadline, b"")
    assert split_nonce(access.nonce) == (nonce, deadline)
    assert house.verifier.read("hashAccess", *arguments, access) == access_digest(
        act, first, nonce, deadline
    ), "access"
    assert house.verifier.read("hashOwnership", *arguments, ownership) == ownership_digest(
        act, first, second, nonce, deadline
    ), "ownership"


def flip(value: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned."""
    turned = bytearray(value)
    turned[bit // 8 % len(turned)] ^= 1 << bit % 8
    return bytes(turned)


ACCESS_FIELDS = ("old_data_hash", "new_data_hash", "nonce", "encrypted_pub_key", "proof")
OWNERSHIP_FIELDS = (*ACCESS_FIELDS, "sealed_key")


@on_chain()
@given(st.sampled_from([(0, f) for f in ACCESS_FIELDS] + [(1, f) for f in OWNERSHIP_FIELDS]),
       st.integers(0, 8 * 512 - 1))  # fmt: skip
def test_transfer_with_one_bit_turned_in_a_proof_reverts(
    house: House, place: tuple[int, str], bit: int
) -> None:
    """Whatever bit of whatever field is turned, the token does not move."""
    half, name = place
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    pair: Pair = house.pair(act, house.bob, wanted_key=house.bob.public_key)
    turned = {name: flip(getattr(pair[half], name), bit)}
    shape = with_half(Shape(FINAL, pair), half, **turned)
    with pytest.raises(Reverted) as caught:
        house.transfer(token_id, house.alice, house.bob, [shape.pair])
    assert caught.value.name not in {"Unknown", "Panic", "Error"}, f"{caught.value} has a name"
    assert house.owner_of(token_id) == house.alice.address.lower()


@generations
@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"token": Person.named("other token").address},
        {"verifier": Person.named("other verifier").address},
        {"operation": CLONE},
        {"operation": BARE},
        {"token_id": 8},
        {"sender": Person.named("other sender").address},
        {"receiver": Person.named("other receiver").address},
    ],
    ids=lambda change: next(iter(change)),
)
def test_verify_proofs_signed_for_another_act_reverts(
    house: House, generation: Generation, change: dict[str, object]
) -> None:
    act = act_of(house, house.carol.address, generation)
    other = replace(act, **change)  # type: ignore[arg-type]
    shape = safe(house, generation, other, house.bob)
    refused(house, "WrongOwnershipSigner", act, shape)
    honest = safe(house, generation, act, house.bob)
    mixed = replace(shape, pair=(shape.pair[0], honest.pair[1]))
    assert error_of(house, act, honest) == ""
    assert verify(house, act, mixed) != (house.bob.address.lower(),), "the consent is not bob's"
