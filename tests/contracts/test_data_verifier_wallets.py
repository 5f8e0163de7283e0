"""F17: contract wallets consent by ERC-1271, and by ERC-6492 before they are there."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from eth_abi.abi import encode

from tests.support.agents import House, Person, root
from tests.support.contracts import Deployed, Reverted, compiled
from tests.support.handovers import (
    AGENTIC_ID,
    FINAL,
    GENERATIONS,
    Shape,
    act_of,
    error_of,
    old_style,
    safe,
    verify,
)
from zerog.inft.legacy import Generation
from zerog.inft.proofs import Statement, access_digest, access_proof
from zerog.types import Address

pytestmark = pytest.mark.contracts

MAGIC = bytes.fromhex("6492") * 16
generations = pytest.mark.parametrize("generation", GENERATIONS, ids=lambda g: g.name.lower())


@pytest.fixture(scope="module")
def wallet(house: House) -> Deployed:
    """A wallet of bob's."""
    return house.evm.deploy(compiled("KeyWallet"), house.bob.address)


@pytest.fixture(scope="module")
def factory(house: House) -> Deployed:
    return house.evm.deploy(compiled("WalletFactory"))


def to_wallet(house: House, address: str, generation: Generation = FINAL) -> Statement:
    """An act whose receiver is a wallet."""
    act = act_of(house, house.carol.address, generation)
    return replace(act, receiver=Address(house.evm.w3.to_checksum_address(address)))


def wrapped(shape: Shape, factory: str, call: str, signature: bytes | None = None) -> Shape:
    """The consent as ERC-6492 wraps it."""
    access, ownership = shape.pair
    inner = access.proof if signature is None else signature
    raw = encode(["address", "bytes", "bytes"], [factory, bytes.fromhex(call[2:]), inner])
    return replace(shape, pair=(access._replace(proof=raw + MAGIC), ownership))


@generations
def test_consent_of_a_wallets_key_is_the_wallets(
    house: House, wallet: Deployed, generation: Generation
) -> None:
    act = to_wallet(house, wallet.address, generation)
    assert verify(house, act, safe(house, generation, act, house.bob)) == (wallet.address.lower(),)
    foreign = safe(house, generation, act, house.bob, consenter=house.alice)
    assert verify(house, act, foreign) == (house.alice.address.lower(),), "no wallet's word"


@generations
def test_legacy_consent_of_a_wallet_is_the_wallets(
    house: House, wallet: Deployed, generation: Generation
) -> None:
    house.verifier.send("setLegacy", house.carol.address, True)
    act = to_wallet(house, wallet.address, generation)
    shape = old_style(house, generation, act, house.bob)
    assert verify(house, act, shape) == (wallet.address.lower(),)


def test_used_consent_of_a_wallet_is_refused(house: House, wallet: Deployed) -> None:
    act = to_wallet(house, wallet.address)
    shape = safe(house, FINAL, act, house.bob)
    verify(house, act, shape, send=True)
    access, _ = shape.pair
    again = replace(shape, pair=(access, safe(house, FINAL, act, house.bob).pair[1]))
    with pytest.raises(Reverted, match="NonceAlreadyUsed") as caught:
        verify(house, act, again)
    assert caught.value.values[1] == wallet.address.lower()


def test_consent_of_a_wallet_that_is_not_there_yet_makes_it(
    house: House, factory: Deployed
) -> None:
    salt = root("salt")
    future = str(factory.read("addressOf", house.bob.address, salt))
    act = to_wallet(house, future)
    call = factory.calldata("make", house.bob.address, salt)
    shape = wrapped(safe(house, FINAL, act, house.bob), factory.address, call)
    assert verify(house, act, shape) == (future,)
    verify(house, act, shape, send=True)
    assert house.evm.w3.eth.get_code(act.receiver), "made on the way"
    caller = factory.read("lastCaller")
    assert caller not in {house.verifier.address.lower(), act.token.lower()}, "one without rights"
    second = wrapped(safe(house, FINAL, act, house.bob), factory.address, call)
    assert verify(house, act, second) == (future,), "and not made twice"


def test_wrapped_consent_that_proves_nothing_is_refused(house: House, factory: Deployed) -> None:
    salt = root("other salt")
    future = str(factory.read("addressOf", house.bob.address, salt))
    act = to_wallet(house, future)
    honest = safe(house, FINAL, act, house.bob)
    make = factory.calldata("make", house.bob.address, salt)
    for shape in (
        wrapped(honest, factory.address, factory.calldata("refuse")),
        wrapped(honest, factory.address, factory.calldata("make", house.bob.address, root("?"))),
        wrapped(honest, factory.address, make, b"no signature"),
        wrapped(honest, factory.address, make, house.alice.sign(root("x"))),
        replace(honest, pair=(honest.pair[0]._replace(proof=b"\xff" * 64 + MAGIC), honest.pair[1])),
        replace(honest, pair=(honest.pair[0]._replace(proof=MAGIC), honest.pair[1])),
    ):
        assert error_of(house, act, shape) == "ECDSAInvalidSignatureLength"


def test_bare_verification_knows_no_receiver_and_no_wallet(house: House, wallet: Deployed) -> None:
    act = act_of(house, house.carol.address, AGENTIC_ID, 0)
    shape = safe(house, AGENTIC_ID, act, house.bob)
    assert verify(house, act, shape) == (house.bob.address.lower(),)
    access, ownership = shape.pair
    odd = replace(shape, pair=(access._replace(proof=access.proof + MAGIC), ownership))
    assert error_of(house, act, odd) == "ECDSAInvalidSignatureLength"


def test_token_moves_to_a_wallet_that_names_a_key(house: House, wallet: Deployed) -> None:
    """The whole way: the seal is for a key that the wallet asked for."""
    token_id = house.mint(house.alice)
    act = replace(
        house.statement(token_id, house.alice, house.bob), receiver=Address(wallet.address)
    )
    _, ownership = house.pair(act, house.bob, wanted_key=house.bob.public_key)
    deadline = house.now() + 3600
    key, old, new = house.bob.public_key, act.old_data_hash, act.new_data_hash
    for consenter, moves in ((Person.named("thief"), False), (house.bob, True)):
        signature = consenter.sign(access_digest(act, key, 7, deadline))
        access = access_proof(old, new, 7, deadline, key, signature)
        call = ("iTransfer", wallet.address, token_id, [(access, ownership)])
        if moves:
            house.token.send(*call, sender=house.alice.address)
            continue
        with pytest.raises(Reverted, match="WrongAccessSigner"):
            house.token.send(*call, sender=house.alice.address)
    assert cast(str, house.token.read("ownerOf", token_id)) == wallet.address.lower()


def test_factory_that_comes_back_while_a_wallet_is_made_gets_nothing(house: House) -> None:
    """It is an operator of the seller, and holds the same proofs: one sale, not two."""
    factory = house.evm.deploy(compiled("GreedyFactory"))
    salt, wanted = root("greedy"), house.bob.public_key
    future = str(factory.read("addressOf", house.bob.address, salt))
    token_id = house.mint(house.alice)
    house.token.send("setApprovalForAll", factory.address, True, sender=house.alice.address)
    made = house.statement(token_id, house.alice, house.bob)
    act = replace(made, receiver=Address(house.evm.w3.to_checksum_address(future)))
    shape = Shape(FINAL, house.pair(act, house.bob, wanted_key=wanted))
    plain = wrapped(shape, factory.address, factory.calldata("make", house.bob.address, salt))
    again = house.token.calldata("iTransfer", act.receiver, token_id, [plain.pair])
    call = ("makeAfter", house.token.address, again, house.bob.address, salt)
    greedy = wrapped(shape, factory.address, factory.calldata(*call))
    receipt = house.token.send(
        "iTransfer", act.receiver, token_id, [greedy.pair], sender=house.alice.address
    )
    assert factory.read("tried") is True
    assert factory.read("entered") is False, "the token was busy"
    assert len(house.token.events("Transferred", receipt)) == 1
    assert house.owner_of(token_id) == future
