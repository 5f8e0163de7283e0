"""Permits: who signs acts, once, here and nowhere else; and many calls in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.support.agents import CHAIN_ID, Person, root, sealed
from tests.support.contracts import Deployed, Evm, Reverted, check_gas, compiled
from tests.support.evm import AnvilProcess
from tests.support.life import NEVER, PRICE, LifeHouse
from zerog.inft.life.permits import FUNCTIONS, Permit, encode_call
from zerog.inft.life.rental import NO_CURRENCY
from zerog.types import Address

pytestmark = pytest.mark.contracts
LATER = 2**40
MAGIC = bytes.fromhex("6492" * 16)


@pytest.fixture(scope="module")
def life(anvil: AnvilProcess) -> LifeHouse:
    """The facets on the shared chain."""
    return LifeHouse.build(anvil)


@pytest.fixture
def token(life: LifeHouse) -> int:
    """A token of alice's."""
    return life.mint(life.house.alice)


def nonce(life: LifeHouse) -> int:
    """A nonce that nobody used."""
    return 1_000 + next(life.house.counter)


def execute(life: LifeHouse, permit: Permit, signature: bytes) -> object:
    """Carol sends it."""
    return life.send(
        life.house.carol,
        "executePermit",
        permit.signer,
        permit.call,
        permit.nonce,
        permit.deadline,
        signature,
    )


def carry_out(life: LifeHouse, signer: Person, function: str, *args: object) -> None:
    """Sign and send."""
    permit = life.permit(signer, function, args, nonce(life), LATER)
    execute(life, permit, signer.sign(permit.digest()))


# -------------------------------------------------------------------- digests and types


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_digest_is_that_of_the_python_twin(life: LifeHouse, function: str) -> None:
    values = {"address": life.house.bob.address}
    types = [field.split(" ")[0] for field in FUNCTIONS[function].split("(")[1].split(",")]
    permit = life.permit(
        life.house.alice, function, [values.get(kind, 7) for kind in types], 3, LATER
    )
    assert life.read("permitDigest", permit.call, 3, LATER) == permit.digest()


def test_digest_of_an_update_is_that_of_the_python_twin(life: LifeHouse) -> None:
    args = (5, [("a", root(1)), ("b", root(2))], [sealed(1), sealed(2)])
    permit = life.permit(life.house.alice, "update", args, 3, LATER)
    assert life.read("permitDigest", permit.call, 3, LATER) == permit.digest()


def test_function_without_permit_reverts(life: LifeHouse) -> None:
    call = keccak(text="burn(uint256)")[:4] + bytes(32)
    with pytest.raises(Reverted) as error:
        life.read("permitDigest", call, 1, LATER)
    assert (error.value.name, error.value.values) == ("NoPermitFor", (call[:4],))


@pytest.mark.parametrize("change", [-1, 1, 32])
def test_call_of_another_length_reverts(life: LifeHouse, change: int) -> None:
    call = encode_call("closeOffer", [1])
    other = call[:change] if change < 0 else call + bytes(change)
    with pytest.raises(Reverted) as error:
        life.read("permitDigest", other, 1, LATER)
    assert (error.value.name, error.value.values) == ("BadPermitCall", (36, 36 + change))


def test_call_with_stray_bits_reverts(life: LifeHouse, token: int) -> None:
    alice = life.house.alice
    call = bytearray(encode_call("authorizeUsage", [token, life.house.bob.address]))
    call[36] = 1  # above the address
    used = nonce(life)
    digest = cast(bytes, life.read("permitDigest", bytes(call), used, LATER))
    permit = Permit(CHAIN_ID, life.token.address, alice.address, bytes(call), used, LATER)
    with pytest.raises(Reverted):
        execute(life, permit, alice.sign(digest))


# ------------------------------------------------------------------------- acting


def test_permits_do_what_their_functions_do(life: LifeHouse, token: int) -> None:
    alice, bob = life.house.alice, life.house.bob
    carry_out(life, alice, "authorizeUsage", token, bob.address)
    assert life.house.users_of(token) == {bob.address.lower()}
    carry_out(life, alice, "revokeAuthorization", token, bob.address)
    assert life.house.users_of(token) == set()
    carry_out(life, alice, "approve", bob.address, token)
    assert life.read("getApproved", token) == bob.address.lower()
    carry_out(life, alice, "setUser", token, bob.address, NEVER)
    assert life.read("userOf", token) == bob.address.lower()


def test_tenant_rents_extends_cancels_and_withdraws_by_permit(life: LifeHouse, token: int) -> None:
    house = life.house
    coin = life.evm.deploy(compiled("LifeCoin"))
    coin.send("mint", house.bob.address, 10 * PRICE)
    coin.send("approve", life.token.address, 10 * PRICE, sender=house.bob.address)
    offer = life.offer(house.alice, token, currency=coin.address)
    carry_out(life, house.bob, "rent", offer, house.bob.address, 2)
    lease = life.number("leaseIdOf", token, house.bob.address)
    carry_out(life, house.bob, "extendLease", lease, 1)
    carry_out(life, house.bob, "cancelLease", lease)
    carry_out(life, house.bob, "withdrawCredit", coin.address, house.bob.address)
    assert coin.read("balanceOf", house.bob.address) == 9 * PRICE
    carry_out(life, house.alice, "closeOffer", offer)
    assert cast("tuple[object, ...]", life.read("leaseOfferOf", offer))[1] is False


def test_rent_by_permit_in_the_chains_coin_reverts(life: LifeHouse, token: int) -> None:
    offer = life.offer(life.house.alice, token)
    with pytest.raises(Reverted) as error:
        carry_out(life, life.house.bob, "rent", offer, life.house.bob.address, 1)
    assert (error.value.name, error.value.values) == ("WrongPayment", (PRICE, 0))


def test_permit_gives_no_more_than_its_signer_has(life: LifeHouse, token: int) -> None:
    with pytest.raises(Reverted) as error:
        carry_out(life, life.house.bob, "authorizeUsage", token, life.house.bob.address)
    assert error.value.name == "ERC721IncorrectOwner"


def test_failed_permit_can_be_used_later(life: LifeHouse, token: int) -> None:
    house = life.house
    permit = life.permit(house.bob, "authorizeUsage", [token, house.carol.address], 77, LATER)
    signature = house.bob.sign(permit.digest())
    with pytest.raises(Reverted):
        execute(life, permit, signature)
    assert life.read("isPermitNonceUsed", house.bob.address, 77) is False
    house.transfer(token, house.alice, house.bob)
    execute(life, permit, signature)
    assert house.users_of(token) == {house.carol.address.lower()}


# --------------------------------------------------------------------- what is no permit


def test_permit_is_good_once(life: LifeHouse, token: int) -> None:
    house = life.house
    permit = life.permit(house.alice, "authorizeUsage", [token, house.bob.address], 5, LATER)
    signature = house.alice.sign(permit.digest())
    execute(life, permit, signature)
    with pytest.raises(Reverted) as error:
        execute(life, permit, signature)
    assert error.value.name == "PermitNonceUsed"
    assert error.value.values == (house.alice.address.lower(), 5)


def test_burnt_nonce_voids_what_was_signed(life: LifeHouse, token: int) -> None:
    house = life.house
    permit = life.permit(house.alice, "authorizeUsage", [token, house.bob.address], 6, LATER)
    life.send(house.alice, "burnPermitNonce", 6)
    with pytest.raises(Reverted, match="PermitNonceUsed"):
        execute(life, permit, house.alice.sign(permit.digest()))
    with pytest.raises(Reverted, match="PermitNonceUsed"):
        life.send(house.alice, "burnPermitNonce", 6)


def test_late_permit_reverts(life: LifeHouse, token: int) -> None:
    house = life.house
    past = life.now() - 1
    permit = life.permit(
        house.alice, "authorizeUsage", [token, house.bob.address], nonce(life), past
    )
    with pytest.raises(Reverted) as error:
        execute(life, permit, house.alice.sign(permit.digest()))
    assert (error.value.name, error.value.values[0]) == ("PermitExpired", past)


@pytest.mark.parametrize("field", ["chain_id", "token", "call", "nonce", "deadline"])
def test_permit_for_something_else_reverts(life: LifeHouse, token: int, field: str) -> None:
    house = life.house
    permit = life.permit(
        house.alice, "authorizeUsage", [token, house.bob.address], nonce(life), LATER
    )
    others: dict[str, object] = {
        "chain_id": CHAIN_ID + 1,
        "token": house.verifier.address,
        "call": encode_call("authorizeUsage", [token, house.carol.address]),
        "nonce": permit.nonce + 1_000_000,
        "deadline": LATER + 1,
    }
    signed = replace(permit, **{field: others[field]})  # type: ignore[arg-type]
    with pytest.raises(Reverted) as error:
        execute(life, permit, house.alice.sign(signed.digest()))
    assert error.value.name == "BadPermitSignature"
    assert error.value.values == (house.alice.address.lower(),)


@pytest.mark.parametrize("length", [0, 64, 65, 66])
def test_signature_of_zeros_reverts(life: LifeHouse, token: int, length: int) -> None:
    house = life.house
    permit = life.permit(
        house.alice, "authorizeUsage", [token, house.bob.address], nonce(life), LATER
    )
    with pytest.raises(Reverted, match="BadPermitSignature"):
        execute(life, permit, bytes(length))


# ----------------------------------------------------------------------- contract wallets


def test_wallet_contract_signs_by_its_owner(life: LifeHouse) -> None:
    house = life.house
    wallet = life.evm.deploy(compiled("OneOwnerWallet"), house.bob.address)
    token = life.number("nextTokenId")
    data, keys = [("wallet", root("wallet"))], [sealed("wallet")]
    life.send(house.bob, "mint", wallet.address, data, keys, token)
    call = encode_call("authorizeUsage", [token, house.carol.address])
    permit = Permit(CHAIN_ID, life.token.address, wallet.address, call, 1, LATER)
    with pytest.raises(Reverted, match="BadPermitSignature"):
        execute(life, permit, house.alice.sign(permit.digest()))
    execute(life, permit, house.bob.sign(permit.digest()))
    assert house.users_of(token) == {house.carol.address.lower()}


def future_wallet(evm: Evm, factory: Deployed, owner: Person) -> Address:
    """Where the factory will make the wallet of an owner."""
    code = bytes.fromhex(compiled("OneOwnerWallet").creation_code.removeprefix("0x"))
    init = keccak(code + encode(["address"], [owner.address]))
    packed = b"\xff" + bytes.fromhex(factory.address[2:]) + bytes(32) + init
    return evm.w3.to_checksum_address(keccak(packed)[12:])


def test_wallet_that_is_not_there_yet_signs_by_erc6492(life: LifeHouse, token: int) -> None:
    house = life.house
    factory = life.evm.deploy(compiled("LifeWalletFactory"))
    wallet = future_wallet(life.evm, factory, house.bob)
    house.transfer(token, house.alice, house.bob)
    life.send(house.bob, "approve", wallet, token)
    coin = life.evm.deploy(compiled("LifeCoin"))
    offer = life.offer(house.bob, token, currency=coin.address, price=0)
    call = encode_call("rent", [offer, wallet, 1])
    permit = Permit(CHAIN_ID, life.token.address, wallet, call, 1, LATER)
    making = bytes.fromhex(factory.calldata("make", house.bob.address)[2:])
    inner = house.bob.sign(permit.digest())
    wrapped = encode(["address", "bytes", "bytes"], [factory.address, making, inner]) + MAGIC
    execute(life, permit, wrapped)
    assert life.read("mayUse", token, wallet) is True
    assert life.evm.w3.eth.get_code(wallet) != b""


def test_erc6492_factory_has_no_rights_of_the_token(life: LifeHouse, token: int) -> None:
    """The call that a signature asks for is made by a contract that owns nothing."""
    house = life.house
    coin = life.evm.deploy(compiled("LifeCoin"))
    coin.send("mint", life.token.address, PRICE)
    theft = bytes.fromhex(coin.calldata("transfer", house.carol.address, PRICE)[2:])
    call = encode_call("withdrawCredit", [NO_CURRENCY, house.carol.address])
    nobody = Person.named("no wallet").address
    permit = Permit(CHAIN_ID, life.token.address, nobody, call, 1, LATER)
    wrapped = encode(["address", "bytes", "bytes"], [coin.address, theft, b""]) + MAGIC
    with pytest.raises(Reverted, match="BadPermitSignature"):
        execute(life, permit, wrapped)
    assert coin.read("balanceOf", life.token.address) == PRICE


# ------------------------------------------------------------------------- impersonation


def test_currency_called_for_a_signer_is_not_the_signer(life: LifeHouse, token: int) -> None:
    """Whom a permit's call reaches, and who calls back from there, is themselves again."""
    house = life.house
    coin = life.evm.deploy(compiled("CallingCoin"))
    coin.send("mint", house.alice.address, PRICE)
    coin.send("approve", life.token.address, PRICE, sender=house.alice.address)
    offer = life.offer(house.alice, token, currency=coin.address)
    coin.send("plan", life.token.address, life.token.calldata("approve", coin.address, token))
    carry_out(life, house.alice, "rent", offer, house.bob.address, 1)
    assert coin.read("succeeded") is False
    assert life.read("getApproved", token) == NO_CURRENCY


def test_permit_within_a_permit_keeps_the_signers_apart(life: LifeHouse, token: int) -> None:
    house = life.house
    inner = life.permit(house.bob, "withdrawCredit", [NO_CURRENCY, house.bob.address], 901, LATER)
    coin = life.evm.deploy(compiled("CallingCoin"))
    coin.send("mint", house.alice.address, PRICE)
    coin.send("approve", life.token.address, PRICE, sender=house.alice.address)
    mine = life.mint(house.bob)
    call = encode_call("authorizeUsage", [mine, house.carol.address])
    inner = replace(inner, call=call)
    fields = (inner.signer, inner.call, inner.nonce, inner.deadline)
    nested = life.token.calldata("executePermit", *fields, house.bob.sign(inner.digest()))
    coin.send("plan", life.token.address, nested)
    offer = life.offer(house.alice, token, currency=coin.address)
    carry_out(life, house.alice, "rent", offer, house.alice.address, 1)
    assert coin.read("succeeded") is True
    assert house.users_of(mine) == {house.carol.address.lower()}
    assert life.number("leaseIdOf", token, house.alice.address) != 0


def test_permit_gas(fresh_anvil: AnvilProcess) -> None:
    own = LifeHouse.build(fresh_anvil)
    house = own.house
    token = own.mint(house.alice)
    permit = own.permit(house.alice, "authorizeUsage", [token, house.bob.address], 0, LATER)
    fields = (permit.signer, permit.call, permit.nonce, permit.deadline)
    used = own.send(house.carol, "executePermit", *fields, house.alice.sign(permit.digest()))[
        "gasUsed"
    ]
    check_gas("life.executePermit authorizeUsage", used)
    plain = own.send(house.alice, "authorizeUsage", own.mint(house.alice), house.bob.address)
    check_gas("life.authorizeUsage first", plain["gasUsed"])
    other = own.send(house.alice, "authorizeUsage", token, house.carol.address)["gasUsed"]
    check_gas("life.authorizeUsage", other)
