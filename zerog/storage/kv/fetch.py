"""The data of a KV transaction: downloaded, proved to its root and length, decrypted."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from zerog.config import BadSetting, variable
from zerog.crypto.curve import NotAScalar, public_key
from zerog.errors import Tampered, Unreachable
from zerog.storage.client.client import StorageClient
from zerog.storage.codec import TreeBuilder
from zerog.storage.encryption import (
    ECIES,
    KEY,
    LONGEST_HEADER,
    SYMMETRIC,
    Decryption,
    Encryption,
    NotEncrypted,
    PrivateKey,
    Recipient,
    SymmetricKey,
    open_secret,
    read_header,
)
from zerog.types import Buffer

STEP: Final = 1 << 20
NO_ROOT: Final = bytes(32)
SYMMETRIC_VARIABLE: Final = "ZEROG_KV_KEY"
PRIVATE_VARIABLE: Final = "ZEROG_KV_WALLET_KEY"


class WrongLength(Tampered):
    """A submission names a length that its root rules out: its file can never be complete."""

    def __init__(self, root: bytes, size: int) -> None:
        self.root, self.size = root, size
        super().__init__(f"the file 0x{root.hex()} cannot have {size} bytes")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a node decrypts streams with, by scheme; a file in another scheme stays as it is."""

    by_scheme: Mapping[int, Decryption]

    @classmethod
    def load(cls, env: Mapping[str, str]) -> Keys:
        """The files that ZEROG_KV_KEY_FILE and ZEROG_KV_WALLET_KEY_FILE name: 32 bytes of hex.

        Raises BadSetting, which never shows a key.
        """
        found: dict[int, Decryption] = {}
        symmetric, private = _secret(SYMMETRIC_VARIABLE, env), _secret(PRIVATE_VARIABLE, env)
        if symmetric is not None:
            found[SYMMETRIC] = SymmetricKey(symmetric)
        if private is not None:
            try:
                found[ECIES] = PrivateKey(private)
            except NotAScalar:
                raise BadSetting(f"{PRIVATE_VARIABLE}_FILE", "holds no secp256k1 key") from None
        return cls(found)

    def encryption(self, scheme: int) -> Encryption | None:
        """What to encrypt with so that a node with these keys reads it; None without the key."""
        key = self.by_scheme.get(scheme)
        return Recipient(public_key(key.secret)) if isinstance(key, PrivateKey) else key


class Fetcher:
    """Brings files into a mapping of a nameless temporary file, which a crash cannot leave."""

    def __init__(self, storage: StorageClient, folder: Path, keys: Keys) -> None:
        """folder: on whose disk the files lie meanwhile."""
        self._storage, self._folder, self._keys = storage, folder, keys

    def fetch(self, root: bytes, size: int) -> tuple[Buffer, int]:
        """The plaintext of a stored file, and the scheme that it was encrypted in (0: none).

        Raises what StorageClient.segments raises, and WrongLength.
        """
        builder = TreeBuilder()
        with self._file() as stored:
            for piece in self._storage.segments(root, size):
                builder.update(piece)
                stored.write(piece)
            # Segments prove the content; that the length is right shows in the whole only.
            if builder.finish().data_root != root:
                raise WrongLength(root, size)
            return self._plain(stored)

    def is_answering(self) -> bool:
        """Whether the storage nodes answer at all: asked for a file that cannot be."""
        try:
            self._storage.locate(NO_ROOT)
        except Unreachable:
            return False
        return True

    def _plain(self, stored: IO[bytes]) -> tuple[Buffer, int]:
        stored.seek(0)
        try:
            header = read_header(stored.read(LONGEST_HEADER))
        except NotEncrypted:
            return _mapped(stored), 0
        key = self._keys.by_scheme.get(header.version)
        if key is None:
            return _mapped(stored), 0
        stream = open_secret(header, key).stream()
        stored.seek(header.size)
        with self._file() as plain:
            _copy(plain, (stream.update(piece) for piece in iter(lambda: stored.read(STEP), b"")))
            return _mapped(plain), header.version

    def _file(self) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=self._folder)


def _copy(out: IO[bytes], pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        out.write(piece)


def _mapped(file: IO[bytes]) -> Buffer:
    """The file's bytes; they stay after it is closed."""
    file.flush()
    if not os.fstat(file.fileno()).st_size:
        return b""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _secret(name: str, env: Mapping[str, str]) -> bytes | None:
    found = variable(name, env)
    if found is None:
        return None
    try:
        key = bytes.fromhex(found.removeprefix("0x"))
    except ValueError:
        key = b""
    if len(key) != KEY:
        raise BadSetting(f"{name}_FILE", f"does not hold {KEY} bytes of hex")
    return key
