"""BLS keys of a home: kept, found again, never in plain text outside a devnet."""

from __future__ import annotations

from pathlib import Path

import pytest

from zerog.chain.signer import KeyExists, Keys, NoSuchKey, PlaintextKey
from zerog.crypto.bn254 import ORDER, BadBlsKey, SecretKey
from zerog.da.keys import BlsKeys

pytestmark = pytest.mark.unit

DEVNET, PUBLIC = 31337, 16602


def test_created_key_is_found_again(tmp_path: Path) -> None:
    made = BlsKeys(tmp_path, DEVNET).create("signer-1")
    again = BlsKeys(tmp_path, DEVNET)
    assert again.key("signer-1").public_g2 == made.public_g2
    assert again.names() == ["signer-1"]
    assert Keys(tmp_path, DEVNET).names() == []
    assert (tmp_path / "da/keys/signer-1.key").stat().st_mode & 0o077 == 0


def test_published_key_file_is_taken_once(tmp_path: Path) -> None:
    keys = BlsKeys(tmp_path, DEVNET)
    assert keys.take("signer-1", "12345\n").public_g1 == SecretKey(12345).public_g1
    with pytest.raises(KeyExists):
        keys.take("signer-1", "12346")
    assert keys.key("signer-1").public_g1 == SecretKey(12345).public_g1


def test_plain_key_off_a_devnet_refused(tmp_path: Path) -> None:
    BlsKeys(tmp_path, DEVNET).create("signer-1")
    with pytest.raises(PlaintextKey):
        BlsKeys(tmp_path, PUBLIC).key("signer-1")


def test_keystore_off_a_devnet_opens_with_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("of the signer")
    monkeypatch.setenv("ZEROG_PASSWORD_FILE", str(tmp_path / "password"))
    made = BlsKeys(tmp_path, PUBLIC).create("signer-1")
    assert BlsKeys(tmp_path, PUBLIC).key("signer-1").public_g2 == made.public_g2
    assert made.decimal() not in (tmp_path / "da/keys/signer-1.json").read_text()


def test_missing_or_oversized_key_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchKey):
        BlsKeys(tmp_path, DEVNET).key("signer-9")
    Keys(tmp_path / "da", DEVNET).add("signer-2", (ORDER + 1).to_bytes(32))
    with pytest.raises(BadBlsKey):
        BlsKeys(tmp_path, DEVNET).key("signer-2")
