"""secp256k1 accounts: one key that signs, the keys of a home, and those of a devnet.

A key that lies in plain text, or that everybody knows, signs only for a devnet: on any other
chain id it is refused, and keys are keystore files (Web3 Secret Storage, version 3) opened
with the password in the file that ZEROG_PASSWORD_FILE names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from coincurve import PrivateKey

from zerog.chain import rlp
from zerog.chain.hexes import to_address, to_bytes
from zerog.config import DEVNET_CHAIN_IDS, Settings, variable
from zerog.crypto.curve import ORDER, address_of, random_scalar
from zerog.crypto.keccak import keccak256
from zerog.errors import NotFound, Refused, UsageError
from zerog.types import Address, PublicKey

DEVNET_MNEMONIC = "test test test test test test test test test test test junk"
"""The phrase that anvil, hardhat and their users share; no secret."""

DEVNET_PEOPLE: Mapping[str, int] = {"alice": 3, "bob": 4, "carol": 5, "dave": 6, "relayer": 8}
DEVNET_DEPLOYER, DEVNET_ORACLE = 1, 2


class TxFields(TypedDict):
    """An EIP-1559 transaction before it is signed; fees in wei per gas, value in wei."""

    chain_id: int
    nonce: int
    max_priority_fee: int
    max_fee: int
    gas: int
    to: Address | None
    value: int
    data: bytes


class BadKey(UsageError):
    """A secret is not a valid secp256k1 scalar, or not 32 bytes."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(f"{where} holds no secp256k1 key", "32 bytes of hex are one")


class PlaintextKey(Refused):
    """A key that is not encrypted may not be used outside a devnet."""

    def __init__(self, name: str, chain_id: int) -> None:
        self.name, self.chain_id = name, chain_id
        super().__init__(
            f"the key of {name} is not encrypted, and chain {chain_id} is no devnet",
            "use a keystore: set ZEROG_PASSWORD_FILE and run zerog keys new",
        )


class KeyReadable(Refused):
    """A key file can be read by others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} can be read by others", f"chmod 600 {path}")


class NoSuchKey(NotFound):
    """This home has no key of that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no key called {name!r} in this home", "see zerog keys list")


class KeyExists(UsageError):
    """A key of that name is there already; it is never overwritten."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"a key called {name!r} exists", "choose another name")


class BadKeyName(UsageError):
    """A key's name is a short word: it becomes a file name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name!r} cannot name a key", "use letters, digits, - and _")


class PasswordMissing(UsageError):
    """A keystore needs a password."""

    def __init__(self) -> None:
        super().__init__("a keystore needs a password", "set ZEROG_PASSWORD_FILE")


class WrongPassword(Refused):
    """The password does not open the keystore."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the password does not open the key of {name}", "see ZEROG_PASSWORD_FILE")


class Signer:
    """One account. Its repr shows the address only."""

    __slots__ = ("_key", "address", "devnet_only", "public_key")

    def __init__(self, secret: bytes, *, devnet_only: bool = False) -> None:
        """secret: 32 bytes; devnet_only: refuse to sign for other chains. Raises BadKey."""
        if len(secret) != 32 or not 0 < int.from_bytes(secret, "big") < ORDER:
            raise BadKey("the value given")
        self._key = PrivateKey(secret)
        self.public_key = PublicKey(self._key.public_key.format(compressed=False)[1:])
        self.address: Address = address_of(self.public_key)
        self.devnet_only = devnet_only

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    @property
    def secret(self) -> bytes:
        """The 32-byte key, for opening what is sealed to this account."""
        return bytes(self._key.secret)

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes r ‖ s ‖ v over a 32-byte digest, s in the lower half, v 27 or 28."""
        if len(digest) != 32:
            raise BadKey("a digest that is not 32 bytes")
        signature: bytes = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([27 + signature[64]])

    def sign_tx(self, tx: TxFields) -> tuple[bytes, bytes]:
        """The raw type-2 transaction (EIP-1559) and its hash; raises PlaintextKey."""
        if self.devnet_only and tx["chain_id"] not in DEVNET_CHAIN_IDS:
            raise PlaintextKey(self.address, tx["chain_id"])
        fields: list[rlp.Item] = [
            tx["chain_id"],
            tx["nonce"],
            tx["max_priority_fee"],
            tx["max_fee"],
            tx["gas"],
            b"" if tx["to"] is None else to_bytes(tx["to"], 20),
            tx["value"],
            tx["data"],
            [],
        ]
        signature = self.sign_digest(keccak256(b"\x02" + rlp.encode(fields)))
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        raw = b"\x02" + rlp.encode([*fields, signature[64] - 27, r, s])
        return raw, keccak256(raw)


class Keys:
    """The keys of people in HOME/keys: NAME.key (hex, devnet only) or NAME.json (keystore)."""

    def __init__(self, home: Path, chain_id: int | None = None) -> None:
        """chain_id: which kind of key is allowed; by default that of the home's settings."""
        self.folder = home / "keys"
        self.chain_id = Settings.load(home).chain_id if chain_id is None else chain_id

    def names(self) -> list[str]:
        """Everybody who has a key here."""
        if not self.folder.is_dir():
            return []
        kinds = (".key", ".json")
        return sorted({path.stem for path in self.folder.iterdir() if path.suffix in kinds})

    def signer(self, name: str) -> Signer:
        """The account called `name`.

        Raises NoSuchKey, PlaintextKey, KeyReadable, BadKey, PasswordMissing, WrongPassword.
        """
        plain, keystore = self._path(name, ".key"), self._path(name, ".json")
        if keystore.exists():
            return Signer(_open_keystore(keystore, name))
        if not plain.exists():
            raise NoSuchKey(name)
        if self.chain_id not in DEVNET_CHAIN_IDS:
            raise PlaintextKey(name, self.chain_id)
        return read_key_file(plain)

    def address(self, name: str) -> Address:
        """The account's address; of a keystore without opening it."""
        keystore = self._path(name, ".json")
        if keystore.exists():
            return to_address("0x" + json.loads(keystore.read_text())["address"].lower()[-40:])
        return self.signer(name).address

    def resolve(self, name_or_address: str) -> Address:
        """The address that a person typed, by name or as hex; raises NoSuchKey, BadHex."""
        if name_or_address.startswith("0x"):
            return to_address(name_or_address)
        return self.address(name_or_address)

    def name_of(self, address: Address) -> str | None:
        """Whose address it is, when the key is in this home."""
        return next((name for name in self.names() if self.address(name) == address), None)

    def create(self, name: str) -> Signer:
        """A new random key; raises KeyExists, BadKeyName, PasswordMissing."""
        return self.add(name, random_scalar().to_bytes(32, "big"))

    def add(self, name: str, secret: bytes) -> Signer:
        """Keep `secret` under `name`: in plain on a devnet, in a keystore elsewhere."""
        devnet = self.chain_id in DEVNET_CHAIN_IDS
        signer = Signer(secret, devnet_only=devnet)
        if name in self.names():
            raise KeyExists(name)
        path = self._path(name, ".key" if devnet else ".json")
        text = secret.hex() if devnet else _make_keystore(secret)
        write_secret_file(path, text, name)
        return signer

    def _path(self, name: str, suffix: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", name):
            raise BadKeyName(name)
        return self.folder / f"{name}{suffix}"


def read_key_file(path: Path) -> Signer:
    """The devnet key in a file of hex; raises KeyReadable, BadKey."""
    if path.stat().st_mode & 0o077:
        raise KeyReadable(path)
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip().removeprefix("0x"))
        return Signer(secret, devnet_only=True)
    except (ValueError, BadKey) as error:
        raise BadKey(str(path)) from error


def write_secret_file(path: Path, text: str, name: str) -> None:
    """Make a file of mode 0600, whole or not at all; raises KeyExists when it is there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # fails when the name is taken, unlike a rename
    except FileExistsError as error:
        raise KeyExists(name) from error
    finally:
        temporary.unlink()


def devnet_signer(index: int) -> Signer:
    """Account `index` of the development mnemonic (BIP-39, path m/44'/60'/0'/0/index).

    0 is kept for serving, 1 deploys, 2 is the oracle, 3 to 6 are alice, bob, carol, dave, and
    8 is the relayer.
    """
    seed = hashlib.pbkdf2_hmac("sha512", DEVNET_MNEMONIC.encode(), b"mnemonic", 2048)
    node = hmac.digest(b"Bitcoin seed", seed, "sha512")
    hardened = 1 << 31
    for step in (44 + hardened, 60 + hardened, hardened, 0, index):
        node = _derive(node, step)
    return Signer(node[:32], devnet_only=True)


def _derive(node: bytes, step: int) -> bytes:
    """BIP-32: the child key and chain code, 64 bytes."""
    secret, code = node[:32], node[32:]
    hardened = step >> 31
    head = b"\x00" + secret if hardened else PrivateKey(secret).public_key.format()
    made = hmac.digest(code, head + step.to_bytes(4, "big"), "sha512")
    child = (int.from_bytes(made[:32], "big") + int.from_bytes(secret, "big")) % ORDER
    return child.to_bytes(32, "big") + made[32:]


def _password() -> str:
    found = variable("ZEROG_PASSWORD", os.environ)
    if found is None:
        raise PasswordMissing
    return found


def _make_keystore(secret: bytes) -> str:
    from eth_account import Account  # noqa: PLC0415 - 35 MB that a devnet never needs

    return json.dumps(Account.encrypt(secret, _password()))


def _open_keystore(path: Path, name: str) -> bytes:
    from eth_account import Account  # noqa: PLC0415 - as above

    try:
        return bytes(Account.decrypt(json.loads(path.read_text()), _password()))
    except (ValueError, KeyError) as error:
        raise WrongPassword(name) from error
