"""The secrets of an attestor's home: its account, its master secret, its sandbox node."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zerog.chain.signer import Signer, write_secret_file
from zerog.crypto.curve import address_of, public_key
from zerog.inft.agentic.sealkeys import SECRET_BYTES, seal_material, seal_secret
from zerog.types import Address, PublicKey

FOLDER: Final = "attestor"
NAMES: Final = ("account", "master", "node")
MEASURED: Final = ("runtime.py", "agent.py", "serveproof.py", "sealkeys.py")


@dataclass(frozen=True, slots=True)
class Seal:
    """An agent's own key."""

    secret: bytes = field(repr=False)

    @property
    def public_key(self) -> PublicKey:
        """64 bytes X, Y."""
        return public_key(self.secret)

    @property
    def address(self) -> Address:
        """What the token keeps."""
        return address_of(self.public_key)


@dataclass(frozen=True, slots=True)
class AttestorKeys:
    """account pays; master derives every agent's key; node speaks for the sandboxes."""

    account: Signer
    node: Signer
    master: bytes = field(repr=False)

    @classmethod
    def open(cls, home: Path) -> AttestorKeys:
        """Those of a home; made where they are missing."""
        folder = home / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            path = folder / f"{name}.key"
            if not path.exists():
                write_secret_file(path, _fresh().hex(), f"attestor {name}")
        account, master, node = (
            bytes.fromhex((folder / f"{name}.key").read_text().strip()) for name in NAMES
        )
        return cls(Signer(account, devnet_only=True), Signer(node, devnet_only=True), master)

    def seal(self, chain_id: int, contract: Address, seal_id: bytes) -> Seal:
        """The key of one agent."""
        return Seal(seal_secret(self.master, seal_material(chain_id, contract, seal_id)))


def _fresh() -> bytes:
    """A secret that is a scalar too: the chance that it is none is 2^-128."""
    return secrets.token_bytes(SECRET_BYTES)


def image_hash() -> bytes:
    """sha256 of the code that a runtime runs: what stands for a container's image here."""
    here = Path(__file__).parent
    measured = hashlib.sha256()
    for name in MEASURED:
        content = (here / name).read_bytes()
        measured.update(f"{name}:{len(content)}\n".encode() + content)
    return measured.digest()
