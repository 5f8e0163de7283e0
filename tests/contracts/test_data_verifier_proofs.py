"""DataVerifier: a revert per branch, and the contract against its Python twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.agents import CHAIN_ID, House, Pair, Person, root
from tests.support.contracts import Reverted, artifact
from tests.support.evm import AnvilProcess
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

ZERO = "0x" + "00" * 20
words = st.integers(0, 2**256 - 1)
hashes = st.binary(min_size=32, max_size=32)
keys = st.binary(max_size=200)
people = st.integers(0, 2**32).map(lambda number: Person.named(f"person {number}"))


def act_of(house: House, caller: str, operation: int = TRANSFER) -> Statement:
    """An act of which `caller`, an account, is the token contract."""
    return Statement(
        chain_id=CHAIN_ID,
        token=house.evm.account(caller),
        verifier=house.verifier.address,
        operation=operation,
        token_id=7,
        sender=house.alice.address,
        receiver=house.bob.address,
        old_data_hash=root("old"),
        new_data_hash=root(f"new {next(house.counter)}"),
    )


def verify(house: House, act: Statement, pairs: Sequence[Pair]) -> object:
    """eth_call of verifyTransfer with the fields of `act`."""
    return house.verifier.read(
        "verifyTransfer", act.operation, act.token_id, act.sender, act.receiver, list(pairs),
        sender=act.token,
    )  # fmt: skip


def refused(house: House, name: str, act: Statement, pairs: Sequence[Pair]) -> Reverted:
    """The revert of verifyTransfer; it must have this name."""
    with pytest.raises(Reverted) as caught:
        verify(house, act, pairs)
    assert caught.value.name == name, f"{caught.value}"
    return caught.value


@pytest.mark.parametrize("operation", [TRANSFER, CLONE])
def test_verify_transfer_with_good_proofs_says_what_they_say(house: House, operation: int) -> None:
    act = act_of(house, house.carol.address, operation)
    access, ownership = house.pair(act, house.bob, wanted_key=b"wanted")
    assert verify(house, act, [(access, ownership)]) == (
        (
            act.old_data_hash,
            act.new_data_hash,
            ownership.sealed_key,
            b"wanted",
            b"wanted",
            house.bob.address.lower(),
            access.nonce,
            ownership.nonce,
        ),
    )


def test_verify_transfer_validity_binds_the_bare_operation_to_its_caller(house: House) -> None:
    act = replace(
        act_of(house, house.carol.address, BARE),
        token_id=0,
        sender=house.evm.w3.to_checksum_address(ZERO),
        receiver=house.evm.w3.to_checksum_address(ZERO),
    )
    pair = house.pair(act, house.bob)
    with pytest.raises(Reverted, match="WrongOwnershipSigner"):
        house.verifier.send("verifyTransferValidity", [pair], sender=house.alice.address)
    house.verifier.send("verifyTransferValidity", [pair], sender=house.carol.address)
    with pytest.raises(Reverted, match="NonceAlreadyUsed"):
        house.verifier.send("verifyTransferValidity", [pair], sender=house.carol.address)


@pytest.mark.parametrize("operation", [BARE, 3, 255])
def test_verify_transfer_with_unknown_operation_reverts(house: House, operation: int) -> None:
    act = act_of(house, house.carol.address, operation)
    assert refused(house, "UnknownOperation", act, []).values == (operation,)


def test_verify_with_zkp_oracle_type_reverts_unsupported(house: House) -> None:
    act = act_of(house, house.carol.address)
    access, ownership = house.pair(act, house.bob)
    pair = (access, ownership._replace(oracle_type=ZKP))
    assert refused(house, "UnsupportedOracleType", act, [pair]).values == (ZKP,)


def test_verify_without_oracle_reverts_no_oracle(house: House) -> None:
    bare = house.evm.deploy(artifact("DataVerifier"), house.authority.address)
    assert (bare.read("oracle"), bare.read("attestation")) == (ZERO, 0)
    with pytest.raises(Reverted, match="NoOracle"):
        bare.read("verifyTransferValidity", [])


@pytest.mark.parametrize("field", ["old_data_hash", "new_data_hash"])
def test_verify_with_halves_that_disagree_reverts_hash_mismatch(house: House, field: str) -> None:
    act = act_of(house, house.carol.address)
    other = replace(act, **{field: root("other")})  # type: ignore[arg-type]
    access, _ = house.pair(other, house.bob)
    _, ownership = house.pair(act, house.bob)
    error = refused(house, "ProofHashMismatch", act, [(access, ownership)])
    assert error.values == (0, root("other"), getattr(act, field))


@pytest.mark.parametrize("length", [0, 32, 63, 65, 96])
@pytest.mark.parametrize("half", [0, 1])
def test_verify_with_malformed_nonce_reverts(house: House, length: int, half: int) -> None:
    act = act_of(house, house.carol.address)
    access, ownership = house.pair(act, house.bob)
    raw = b"\x01" * length
    pair = (access._replace(nonce=raw), ownership) if half == 0 else (
        access, ownership._replace(nonce=raw)
    )  # fmt: skip
    assert refused(house, "MalformedNonce", act, [pair]).values == (length,)


def test_verify_at_the_edges_of_the_deadline_accepts_or_reverts(own_house: House) -> None:
    house = own_house
    act = act_of(house, house.carol.address)
    # eth_call runs in a pending block at or after the head's time: edges are taken from its errors.
    error = refused(house, "ProofExpired", act, [house.pair(act, house.bob, deadline=1)])
    assert error.values[0] == 1
    now = house.now()
    pair = house.pair(act, house.bob, deadline=now)
    assert refused(house, "ProofExpired", act, [pair]).values[0] == now
    far = now + MAX_HORIZON + 10**6
    error = refused(house, "DeadlineTooFar", act, [house.pair(act, house.bob, deadline=far)])
    assert error.values[0] == far
    assert house.verifier.read("MAX_HORIZON") == MAX_HORIZON
    latest = error.values[1]
    assert isinstance(latest, int)
    assert verify(house, act, [house.pair(act, house.bob, deadline=latest)])


def test_verify_signed_by_other_oracle_reverts_wrong_ownership_signer(house: House) -> None:
    act = act_of(house, house.carol.address)
    pair = house.pair(act, house.bob, oracle=house.alice)
    error = refused(house, "WrongOwnershipSigner", act, [pair])
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
    access, ownership = house.pair(act, house.bob)
    if half == 0:
        access = access._replace(proof=spoil(access.proof))
    else:
        ownership = ownership._replace(proof=spoil(ownership.proof))
    refused(house, name, act, [(access, ownership)])


def test_verify_with_used_nonce_reverts_for_ever_and_only_for_its_signer(house: House) -> None:
    act = act_of(house, house.carol.address)
    nonce = 2**255 + 5
    used = house.pair(act, house.bob, nonce=nonce)
    arguments = (act.operation, act.token_id, act.sender, act.receiver)
    house.verifier.send("verifyTransfer", *arguments, [used], sender=act.token)
    for kind, signer in ((0, house.bob), (1, house.oracle)):
        assert house.verifier.read("isNonceUsed", act.token, kind, signer.address, nonce) is True
    assert house.verifier.read("isNonceUsed", act.token, 1, house.bob.address, nonce) is False
    assert house.verifier.read("isNonceUsed", act.token, 0, house.bob.address, nonce + 1) is False
    refused(house, "NonceAlreadyUsed", act, [used])
    access, _ = used
    _, ownership = house.pair(act, house.bob, nonce=2**200)
    error = refused(house, "NonceAlreadyUsed", act, [(access, ownership)])
    assert error.values == (0, house.bob.address.lower(), nonce)


def test_verify_with_one_pair_twice_in_a_call_reverts_nonce_used(house: House) -> None:
    act = act_of(house, house.carol.address)
    pair = house.pair(act, house.bob)
    refused(house, "NonceAlreadyUsed", act, [pair, pair])


def test_set_oracle_by_stranger_reverts_and_by_admin_says_so(own_house: House) -> None:
    house = own_house
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        house.verifier.send("setOracle", house.alice.address, 1, sender=house.alice.address)
    receipt = house.verifier.send("setOracle", house.carol.address, 1)
    assert house.verifier.events("OracleSet", receipt) == [
        {"oracle": house.carol.address, "kind": 1}
    ]
    assert house.verifier.read("oracle") == house.carol.address.lower()
    assert house.verifier.read("attestation") == 1
    house.verifier.send("setOracle", ZERO, 0)
    assert (house.verifier.read("oracle"), house.verifier.read("attestation")) == (ZERO, 0)


@pytest.mark.parametrize(("named", "kind"), [(True, 0), (False, 1)])
def test_set_oracle_without_its_attestation_reverts(house: House, named: bool, kind: int) -> None:
    oracle = house.carol.address if named else ZERO
    with pytest.raises(Reverted, match="OracleWithoutAttestation") as caught:
        house.verifier.send("setOracle", oracle, kind)
    assert caught.value.values == (oracle.lower(), kind)


def test_set_oracle_simulated_on_public_chain_reverts(
    own_house: House, fresh_anvil: AnvilProcess
) -> None:
    verifier, oracle = own_house.verifier, own_house.carol.address
    for chain_id, allowed in ((1337, True), (31337, True), (1, False), (16602, False)):
        fresh_anvil.rpc("anvil_setChainId", chain_id)
        if allowed:
            verifier.read("setOracle", oracle, 1)
            continue
        with pytest.raises(Reverted, match="SimulatedAttestationOnPublicChain") as caught:
            verifier.read("setOracle", oracle, 1)
        assert caught.value.values == (chain_id,)
        verifier.read("setOracle", ZERO, 0)


def test_pause_by_stranger_reverts(house: House) -> None:
    for function in ("pause", "unpause"):
        with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
            house.verifier.send(function, sender=house.alice.address)


# ---------------------------------------------------------------- against the Python twin


@settings(max_examples=40)
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


@settings(max_examples=50)
@given(st.sampled_from([(0, f) for f in ACCESS_FIELDS] + [(1, f) for f in OWNERSHIP_FIELDS]),
       st.integers(0, 8 * 512 - 1))  # fmt: skip
def test_transfer_with_one_bit_turned_in_a_proof_reverts(
    house: House, place: tuple[int, str], bit: int
) -> None:
    """Whatever bit of whatever field is turned, the token does not move."""
    half, name = place
    token_id = house.mint(house.alice)
    act = house.statement(token_id, house.alice, house.bob)
    access, ownership = house.pair(act, house.bob, wanted_key=house.bob.public_key)
    if half == 0:
        access = access._replace(**{name: flip(getattr(access, name), bit)})
    else:
        turned = {name: flip(getattr(ownership, name), bit)}
        ownership = ownership._replace(**turned)  # type: ignore[arg-type]
    with pytest.raises(Reverted) as caught:
        house.transfer(token_id, house.alice, house.bob, [(access, ownership)])
    assert caught.value.name not in {"Unknown", "Panic", "Error"}, f"{caught.value} has a name"
    assert house.owner_of(token_id) == house.alice.address.lower()


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
    house: House, change: dict[str, object]
) -> None:
    act = act_of(house, house.carol.address)
    other = replace(act, **change)  # type: ignore[arg-type]
    pair = house.pair(other, house.bob)
    refused(house, "WrongOwnershipSigner", act, [pair])
    mixed = (pair[0], house.pair(act, house.bob)[1])
    said = verify(house, act, [mixed])
    assert said[0][5] != house.bob.address.lower(), "the consent is not bob's"  # type: ignore[index]
