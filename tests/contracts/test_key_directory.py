"""The directory of viewing keys: owners set their own, others only with a signature."""

from __future__ import annotations

import pytest

from tests.support.contracts import Deployed, Evm, Reverted, artifact, compiled
from tests.support.evm import AnvilProcess
from zerog.chain.bindings_viewing import KeyDirectory, KeySource, RegisteredKey
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.crypto.curve import generate
from zerog.crypto.eip712 import Domain, typed_digest
from zerog.types import Address

pytestmark = pytest.mark.contracts

ALICE, BOB = devnet_signer(3), devnet_signer(4)
KEY, OTHER = generate(7), generate(8)
DERIVED, STORED = 1, 2
TYPE = (
    "Register(address owner,bytes publicKey,uint8 source,uint32 index,"
    "uint256 nonce,uint256 deadline)"
)


@pytest.fixture
def directory(anvil: AnvilProcess) -> Deployed:
    """An empty directory."""
    return Evm(anvil.url).deploy(artifact("KeyDirectory"))


def _signature(directory: Deployed, owner: str, deadline: int, nonce: int = 0) -> bytes:
    domain = Domain("0G-iNFT keys", "1", 31337, directory.address)
    values: list[int | str | bytes] = [owner, bytes(KEY), DERIVED, 3, nonce, deadline]
    return ALICE.sign_digest(typed_digest(domain, TYPE, values))


def _later(directory: Deployed, seconds: int) -> int:
    return directory.evm.w3.eth.get_block("latest")["timestamp"] + seconds


def test_key_of_owner_without_entry_is_empty(directory: Deployed) -> None:
    assert directory.read("keyOf", ALICE.address) == (b"", 0, 0)


def test_register_sets_the_callers_key_and_says_so(directory: Deployed) -> None:
    receipt = directory.send("register", bytes(KEY), DERIVED, 5, sender=ALICE.address)
    assert directory.read("keyOf", ALICE.address) == (bytes(KEY), DERIVED, 5)
    assert directory.read("keyOf", BOB.address) == (b"", 0, 0)
    (event,) = directory.contract.events.ViewingKeySet().process_receipt(receipt)
    assert (event["args"]["owner"], event["args"]["index"]) == (ALICE.address, 5)
    directory.send("register", bytes(OTHER), STORED, 0, sender=ALICE.address)
    assert directory.read("keyOf", ALICE.address) == (bytes(OTHER), STORED, 0)


def test_unregister_takes_the_key_back(directory: Deployed) -> None:
    directory.send("register", bytes(KEY), DERIVED, 5, sender=ALICE.address)
    directory.send("unregister", sender=ALICE.address)
    assert directory.read("keyOf", ALICE.address) == (b"", 0, 0)


@pytest.mark.parametrize(
    "key",
    [b"", bytes(64), bytes(KEY)[:63], bytes(KEY) + b"\0", bytes(KEY)[:63] + b"\0", b"\xff" * 64],
    ids=["empty", "infinity", "short", "long", "off the curve", "above the field"],
)
def test_register_of_bytes_that_are_no_point_reverts(directory: Deployed, key: bytes) -> None:
    with pytest.raises(Reverted, match="InvalidViewingKey") as caught:
        directory.send("register", key, DERIVED, 0, sender=ALICE.address)
    assert caught.value.values == (key,)


def test_register_without_source_reverts(directory: Deployed) -> None:
    with pytest.raises(Reverted, match="KeySourceMissing"):
        directory.send("register", bytes(KEY), 0, 0, sender=ALICE.address)


def test_register_for_with_the_owners_signature_sets_the_key_once(directory: Deployed) -> None:
    deadline = _later(directory, 60)
    call = (ALICE.address, bytes(KEY), DERIVED, 3, deadline)
    signature = _signature(directory, ALICE.address, deadline)
    directory.send("registerFor", *call, signature, sender=BOB.address)
    assert directory.read("keyOf", ALICE.address) == (bytes(KEY), DERIVED, 3)
    with pytest.raises(Reverted, match="WrongRegistrant"):
        directory.send("registerFor", *call, signature, sender=BOB.address)


def test_register_for_somebody_who_did_not_sign_reverts(directory: Deployed) -> None:
    deadline = _later(directory, 60)
    signature = _signature(directory, BOB.address, deadline)
    with pytest.raises(Reverted, match="WrongRegistrant") as caught:
        directory.send("registerFor", BOB.address, bytes(KEY), DERIVED, 3, deadline, signature)
    assert caught.value.values == (BOB.address.lower(),)


def test_register_for_after_the_deadline_reverts(directory: Deployed) -> None:
    deadline = _later(directory, -1)
    signature = _signature(directory, ALICE.address, deadline)
    with pytest.raises(Reverted, match="RegistrationExpired"):
        directory.send("registerFor", ALICE.address, bytes(KEY), DERIVED, 3, deadline, signature)


def test_register_for_contract_wallet_asks_the_wallet(directory: Deployed) -> None:
    wallet = directory.evm.deploy(compiled("OneOwnerWallet"), ALICE.address)
    deadline = _later(directory, 60)
    signature = _signature(directory, wallet.address, deadline)
    directory.send("registerFor", wallet.address, bytes(KEY), DERIVED, 3, deadline, signature)
    assert directory.read("keyOf", wallet.address) == (bytes(KEY), DERIVED, 3)


def test_binding_reads_what_the_directory_holds(directory: Deployed, anvil: AnvilProcess) -> None:
    bound = KeyDirectory(Chain(anvil.url), Address(directory.address), "KeyDirectory")
    assert bound.key_of(ALICE.address) is None
    directory.send("register", bytes(KEY), STORED, 4, sender=ALICE.address)
    assert bound.key_of(ALICE.address) == RegisteredKey(KEY, KeySource.STORED, 4)
