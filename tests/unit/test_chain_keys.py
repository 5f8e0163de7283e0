"""Keys, signatures and the registry: against eth-account, and against careless use."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import rlp as reference_rlp  # type: ignore[import-untyped]
from eth_account import Account
from eth_keys.datatypes import Signature
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from zerog.chain import rlp
from zerog.chain.errors import BadRegistry, NoSuchContract
from zerog.chain.hexes import BadHex, to_address, to_bytes, to_hex, to_int
from zerog.chain.registry import Deployed, OracleInfo, Registry
from zerog.chain.signer import (
    DEVNET_MNEMONIC,
    BadKey,
    BadKeyName,
    KeyExists,
    KeyReadable,
    Keys,
    NoSuchKey,
    PasswordMissing,
    PlaintextKey,
    Signer,
    TxFields,
    WrongPassword,
    devnet_signer,
)

pytestmark = pytest.mark.unit

SECRETS = st.integers(1, 2**255).map(lambda n: n.to_bytes(32, "big"))
ITEMS = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=8))


@given(ITEMS)
def test_rlp_equals_the_reference(item: rlp.Item) -> None:
    assert rlp.encode(item) == reference_rlp.encode(item)


@given(st.integers(0, 2**300))
def test_rlp_integers_equal_the_reference(number: int) -> None:
    assert rlp.encode(number) == reference_rlp.encode(number)


@given(st.binary(min_size=20, max_size=20))
def test_addresses_are_spelled_as_eip_55_says(raw: bytes) -> None:
    expected = to_checksum_address(raw)
    assert to_address(raw) == to_address(expected) == to_address(expected.lower()) == expected


def test_address_with_a_wrong_checksum_is_a_typing_mistake() -> None:
    good = devnet_signer(3).address
    at = re.search("[a-f]", good)
    assert at is not None
    bad = good[: at.start()] + good[at.start()].upper() + good[at.end() :]
    with pytest.raises(BadHex, match=good):
        to_address(bad)


@pytest.mark.parametrize("value", ["", "0x1", "12", "0xzz", 5, None])
def test_what_is_no_hex_is_refused(value: object) -> None:
    with pytest.raises(BadHex):
        to_bytes(value)


def test_hex_round_trip_and_length() -> None:
    assert to_bytes(to_hex(b"\x00\x01")) == b"\x00\x01"
    assert to_int("0x1f") == 31
    with pytest.raises(BadHex):
        to_bytes("0x00", 2)
    with pytest.raises(BadHex):
        to_int(31)


@given(
    secret=SECRETS,
    chain_id=st.integers(1, 2**40),
    nonce=st.integers(0, 2**32),
    gas=st.integers(21_000, 30_000_000),
    fee=st.integers(0, 2**60),
    value=st.integers(0, 2**90),
    data=st.binary(max_size=300),
    creates=st.booleans(),
)
def test_signed_transactions_equal_those_of_eth_account(
    secret: bytes, chain_id: int, nonce: int, gas: int, fee: int, value: int, data: bytes,
    creates: bool,
) -> None:  # fmt: skip
    signer = Signer(secret)
    to = None if creates else signer.address
    fields: TxFields = {
        "chain_id": chain_id, "nonce": nonce, "max_priority_fee": fee // 2, "max_fee": fee,
        "gas": gas, "to": to, "value": value, "data": data,
    }  # fmt: skip
    theirs = {
        "type": 2, "chainId": chain_id, "nonce": nonce, "maxPriorityFeePerGas": fee // 2,
        "maxFeePerGas": fee, "gas": gas, "value": value, "data": data,
    }  # fmt: skip
    expected = Account.sign_transaction(theirs if to is None else {**theirs, "to": to}, secret)
    assert signer.sign_tx(fields) == (bytes(expected.raw_transaction), bytes(expected.hash))


@given(SECRETS, st.binary(min_size=32, max_size=32))
def test_digest_signature_recovers_the_signer(secret: bytes, digest: bytes) -> None:
    signer = Signer(secret)
    signature = signer.sign_digest(digest)
    assert (len(signature), signature[64] in {27, 28}) == (65, True)
    found = Signature(signature[:64] + bytes([signature[64] - 27]))
    public = found.recover_public_key_from_msg_hash(digest)
    assert public.to_bytes() == signer.public_key
    assert public.to_checksum_address() == signer.address


def test_devnet_accounts_are_those_of_the_mnemonic() -> None:
    Account.enable_unaudited_hdwallet_features()
    for index in range(8):
        path = f"m/44'/60'/0'/0/{index}"
        expected = Account.from_mnemonic(DEVNET_MNEMONIC, account_path=path)
        assert devnet_signer(index).address == expected.address


@pytest.mark.parametrize("secret", [b"", bytes(32), b"\xff" * 32, b"\x01" * 31])
def test_secret_that_is_no_key_is_refused(secret: bytes) -> None:
    with pytest.raises(BadKey):
        Signer(secret)


def test_repr_of_a_signer_shows_the_address_only() -> None:
    signer = devnet_signer(3)
    assert repr(signer) == f"Signer({signer.address})"
    assert signer.secret.hex() not in repr(vars(type(signer))) + str(signer)


def test_well_known_key_signs_for_a_devnet_only() -> None:
    fields: TxFields = {
        "chain_id": 16602, "nonce": 0, "max_priority_fee": 0, "max_fee": 0, "gas": 21000,
        "to": None, "value": 0, "data": b"",
    }  # fmt: skip
    with pytest.raises(PlaintextKey) as caught:
        devnet_signer(3).sign_tx(fields)
    assert caught.value.chain_id == 16602


def test_keys_are_made_found_and_never_overwritten(tmp_path: Path) -> None:
    keys = Keys(tmp_path, 31337)
    assert keys.names() == []
    alice = keys.create("alice")
    path = tmp_path / "keys" / "alice.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["alice.key"], "no temporary file"
    assert keys.signer("alice").address == alice.address == keys.resolve("alice")
    assert keys.resolve(alice.address.lower()) == alice.address
    assert keys.name_of(alice.address) == "alice"
    assert keys.name_of(devnet_signer(3).address) is None
    with pytest.raises(KeyExists):
        keys.create("alice")
    assert keys.signer("alice").address == alice.address
    with pytest.raises(NoSuchKey, match="bob"):
        keys.signer("bob")


@pytest.mark.parametrize("name", ["", "../alice", "a/b", ".hidden", "a" * 33, "a b"])
def test_name_that_could_be_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadKeyName):
        Keys(tmp_path, 31337).create(name)


def test_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    keys = Keys(tmp_path, 31337)
    keys.create("alice")
    (tmp_path / "keys" / "alice.key").chmod(0o644)
    with pytest.raises(KeyReadable, match="chmod 600"):
        keys.signer("alice")


def test_key_file_without_a_key_is_named(tmp_path: Path) -> None:
    keys = Keys(tmp_path, 31337)
    keys.create("alice")
    path = tmp_path / "keys" / "alice.key"
    path.write_text("no key")
    with pytest.raises(BadKey, match=re.escape(str(path))):
        keys.signer("alice")


def test_plaintext_key_is_refused_off_a_devnet(tmp_path: Path) -> None:
    Keys(tmp_path, 31337).create("alice")
    with pytest.raises(PlaintextKey) as caught:
        Keys(tmp_path, 16602).signer("alice")
    assert (caught.value.name, caught.value.chain_id) == ("alice", 16602)


def test_keystore_opens_with_its_password_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    keys = Keys(tmp_path, 16602)
    with pytest.raises(PasswordMissing):
        keys.create("alice")
    monkeypatch.setenv("ZEROG_PASSWORD_FILE", str(password))
    made = keys.create("alice")
    text = (tmp_path / "keys" / "alice.json").read_text()
    assert made.secret.hex() not in text
    assert keys.signer("alice").address == made.address
    assert not keys.signer("alice").devnet_only
    password.write_text("wrong")
    assert keys.address("alice") == made.address, "the address needs no password"
    with pytest.raises(WrongPassword):
        keys.signer("alice")


def example_registry() -> Registry:
    oracle = devnet_signer(2)
    deployed = Deployed(devnet_signer(5).address, 7, b"\x01" * 32, b"\x02" * 32)
    return Registry(
        chain_id=31337,
        contracts={"Flow": deployed, "AgentNFT": deployed, "DataVerifier": deployed},
        endpoints={"chain": "http://127.0.0.1:1", "broker": "redis://:p w@h/0"},
        oracle=OracleInfo(oracle.address, oracle.public_key),
    )


def test_registry_round_trip(tmp_path: Path) -> None:
    registry = example_registry()
    registry.save(tmp_path)
    assert Registry.load(tmp_path) == registry
    assert sorted(os.listdir(tmp_path)) == ["registry.json", "zerog.env"]
    text = (tmp_path / "zerog.env").read_text()
    assert f"export ZEROG_FLOW_ADDRESS={devnet_signer(5).address}" in text
    assert "export ZEROG_AGENT_NFT_ADDRESS=" in text
    assert "export ZEROG_DATA_VERIFIER_ADDRESS=" in text
    assert "export ZEROG_BROKER_URL='redis://:p w@h/0'" in text, "quoted for a shell"


def test_registry_names_a_missing_contract() -> None:
    with pytest.raises(NoSuchContract, match="Market"):
        example_registry().contract("Market")


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"version": 99}', '{"version": 1}'])
def test_registry_that_cannot_be_read_is_named(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "registry.json").write_text(text)
    with pytest.raises(BadRegistry, match=r"registry\.json"):
        Registry.load(tmp_path)


def test_registry_with_other_endpoints_keeps_the_rest() -> None:
    changed = example_registry().with_endpoints({"chain": "http://127.0.0.1:2"})
    assert changed.endpoints == {"chain": "http://127.0.0.1:2", "broker": "redis://:p w@h/0"}
    assert changed.contracts == example_registry().contracts
