"""BLS keys of the signers of a home, in HOME/da/keys: like people's keys, but never among them.

NAME.key is hex on a devnet, NAME.json a keystore elsewhere (`zerog.chain.signer.Keys`), opened
with the password in the file that ZEROG_PASSWORD_FILE names.
"""

from __future__ import annotations

from pathlib import Path

from zerog.chain.signer import Keys
from zerog.config import Settings
from zerog.crypto.bn254 import SecretKey


class BlsKeys:
    """The keys by name; what `Keys` raises, and BadBlsKey."""

    def __init__(self, home: Path, chain_id: int | None = None) -> None:
        """chain_id: which kind of key is allowed; by default that of the home's settings."""
        known = Settings.load(home).chain_id if chain_id is None else chain_id
        self._keys = Keys(home / "da", known)

    def names(self) -> list[str]:
        """Every signer that has a key here."""
        return self._keys.names()

    def key(self, name: str) -> SecretKey:
        """The key of a signer; raises NoSuchKey, and BadBlsKey when it is not one."""
        return SecretKey(int.from_bytes(self._keys.signer(name).secret))

    def create(self, name: str) -> SecretKey:
        """A new random key; raises KeyExists."""
        return self._add(name, SecretKey.random())

    def take(self, name: str, decimal: str) -> SecretKey:
        """Keep a key of 0G's own key files, a decimal number; raises BadBlsKey, KeyExists."""
        return self._add(name, SecretKey.parse(decimal))

    def _add(self, name: str, key: SecretKey) -> SecretKey:
        # the group of BN254 is smaller than that of secp256k1: every key fits a keystore
        self._keys.add(name, int(key.decimal()).to_bytes(32))
        return key
