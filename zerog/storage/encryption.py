"""Encryption on the client's side, in both official schemes (pure).

    v1   01 | nonce 16 | ciphertext                        AES-256-CTR under a key of 32 bytes
    v2   02 | ephemeral key 33 | nonce 16 | ciphertext     the same, under a key of its own

The key of v2 is HKDF-SHA256 of the X coordinate that the recipient's key and the ephemeral key
share. The counter block of a byte at plaintext offset n is nonce + n // 16 mod 2^128, so any
range is read alone. A file is encrypted first and cut into fragments afterwards: one header, and
the counter runs on. (0gfoundation/0g-storage-client: core/encryption.go, core/ecies.go)

Neither scheme authenticates: the data root does, so ciphertext must come from a verified
download, and a wrong key gives noise, not an error.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import coincurve
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zerog.crypto.curve import (
    ORDER,
    NotAPoint,
    check_point,
    compress,
    generate,
    multiply,
    public_key,
    random_scalar,
)
from zerog.errors import Tampered, UsageError
from zerog.types import Buffer, PublicKey

SYMMETRIC: Final = 1
ECIES: Final = 2
KEY: Final = 32
NONCE: Final = 16
COMPRESSED: Final = 33
BLOCK: Final = 16
HEADER_SIZES: Final = {SYMMETRIC: 1 + NONCE, ECIES: 1 + COMPRESSED + NONCE}
LONGEST_HEADER: Final = max(HEADER_SIZES.values())
ECIES_LABEL: Final = b"0g-storage-client/ecies/v1/aes-256"
NONCE_LABEL: Final = b"zerog/storage/encryption/nonce/1"
EPHEMERAL_LABEL: Final = b"zerog/storage/encryption/ephemeral/1"


class BadKey(UsageError):
    """A symmetric key is not 32 bytes; the key itself is in no text."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"an encryption key has 32 bytes, not {length}")


class NotEncrypted(Tampered):
    """The first bytes are no header of either scheme."""

    def __init__(self, start: bytes) -> None:
        self.start = start
        super().__init__(
            f"the file is not encrypted: it begins with 0x{start[:4].hex()}",
            "read it without a key",
        )


class WrongScheme(UsageError):
    """The file needs the other kind of key."""

    def __init__(self, version: int) -> None:
        self.version = version
        wanted = "the 32-byte key" if version == SYMMETRIC else "the recipient's private key"
        super().__init__(f"the file is encrypted in scheme v{version}", f"give {wanted}")


@dataclass(frozen=True, slots=True)
class SymmetricKey:
    """v1, both ways: whoever has the 32 bytes can read."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raises BadKey."""
        if len(self.key) != KEY:
            raise BadKey(len(self.key))


@dataclass(frozen=True, slots=True)
class Recipient:
    """v2, to encrypt: only the owner of this public key (64 bytes X, Y) can read."""

    public_key: PublicKey

    def __post_init__(self) -> None:
        """Raises NotAPoint."""
        check_point(self.public_key)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """v2, to decrypt: a 32-byte secp256k1 secret."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raises NotAScalar."""
        public_key(self.secret)


Encryption: TypeAlias = SymmetricKey | Recipient
Decryption: TypeAlias = SymmetricKey | PrivateKey


@dataclass(frozen=True, slots=True)
class Header:
    """What an encrypted file begins with; ephemeral: 33 bytes in v2, empty in v1."""

    version: int
    nonce: bytes
    ephemeral: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of the header in the file: 17 or 50."""
        return HEADER_SIZES[self.version]

    def encode(self) -> bytes:
        """The bytes of the file before the ciphertext."""
        return bytes([self.version]) + self.ephemeral + self.nonce


def read_header(start: Buffer) -> Header:
    """The header of a stored file from its first bytes (LONGEST_HEADER are enough).

    Raises NotEncrypted; an ephemeral key that is no point is no header either.
    """
    data = bytes(memoryview(start).cast("B")[:LONGEST_HEADER])
    version = data[0] if data else 0
    size = HEADER_SIZES.get(version)
    if size is None or len(data) < size:
        raise NotEncrypted(data)
    ephemeral = data[1 : size - NONCE]
    if version == ECIES and _point(ephemeral) is None:
        raise NotEncrypted(data)
    return Header(version, data[size - NONCE : size], ephemeral)


def is_encrypted(start: Buffer) -> bool:
    """Whether a file begins like an encrypted one; one plain file in 128 does so by chance."""
    try:
        read_header(start)
    except NotEncrypted:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Secret:
    """A header and the AES key that belongs to it: all that reading and writing need."""

    header: Header
    key: bytes = field(repr=False)

    def apply(self, data: Buffer, offset: int) -> bytes:
        """Encrypt or decrypt (both are one) bytes that begin at plaintext `offset`."""
        stream = self.stream(offset)
        return stream.update(data)

    def stream(self, offset: int = 0) -> Keystream:
        """A keystream from plaintext `offset` on."""
        return Keystream(self.key, self.header.nonce, offset)


class Keystream:
    """Encrypts or decrypts a run of bytes, in pieces of any length."""

    def __init__(self, key: bytes, nonce: bytes, offset: int = 0) -> None:
        """offset: plaintext bytes before the first; raises BadKey."""
        if len(key) != KEY:
            raise BadKey(len(key))
        blocks, inside = divmod(offset, BLOCK)
        counter = (int.from_bytes(nonce, "big") + blocks) % (1 << 128)
        mode = modes.CTR(counter.to_bytes(BLOCK, "big"))
        self._cipher = Cipher(algorithms.AES256(key), mode).encryptor()
        self._cipher.update(bytes(inside))

    def update(self, data: Buffer) -> bytes:
        """The next bytes."""
        return self._cipher.update(memoryview(data))


def new_secret(encryption: Encryption, nonce: bytes | None = None, ephemeral: int = 0) -> Secret:
    """A header and key to encrypt one file with.

    nonce, ephemeral: fresh random values unless given. The same pair must never encrypt two
    different files: see `secret_of` for a pair that is bound to the file.
    """
    chosen = generate_nonce() if nonce is None else nonce
    if isinstance(encryption, SymmetricKey):
        return Secret(Header(SYMMETRIC, chosen), encryption.key)
    secret = ephemeral or random_scalar()
    key = _derive(multiply(encryption.public_key, secret))
    return Secret(Header(ECIES, chosen, compress(generate(secret))), key)


def secret_of(
    encryption: Encryption, owner_secret: bytes, plain_root: bytes, plain_size: int
) -> Secret:
    """Header and key for one plaintext, the same at each call: a repeated upload goes on.

    The nonce (v1, v2) and the ephemeral secret (v2) are HKDF-SHA256 of a secret, of the file's
    data root and of its length, so that no pair serves two contents. The secret is the
    symmetric key, or `owner_secret`, the uploader's own 32 bytes. Price: whoever sees two
    uploads of the same owner to the same key can tell that they are equal.
    """
    about = plain_root + plain_size.to_bytes(8, "big")
    if isinstance(encryption, SymmetricKey):
        return new_secret(encryption, _expand(encryption.key, NONCE_LABEL + about, NONCE))
    about += encryption.public_key
    # 48 bytes modulo the order: no bias that anybody could see.
    wide = int.from_bytes(_expand(owner_secret, EPHEMERAL_LABEL + about, 48), "big")
    nonce = _expand(owner_secret, NONCE_LABEL + about, NONCE)
    return new_secret(encryption, nonce, 1 + wide % (ORDER - 1))


def open_secret(header: Header, decryption: Decryption) -> Secret:
    """The key that belongs to a header; raises WrongScheme."""
    if header.version == SYMMETRIC:
        if not isinstance(decryption, SymmetricKey):
            raise WrongScheme(header.version)
        return Secret(header, decryption.key)
    point = _point(header.ephemeral)
    if not isinstance(decryption, PrivateKey) or point is None:
        raise WrongScheme(header.version)
    return Secret(header, _derive(multiply(point, int.from_bytes(decryption.secret, "big"))))


def encrypt_stream(secret: Secret, plain: Iterable[Buffer]) -> Iterator[bytes]:
    """Header, then the ciphertext of the pieces."""
    yield secret.header.encode()
    stream = secret.stream()
    for piece in plain:
        yield stream.update(piece)


def decrypt_stream(decryption: Decryption, stored: Iterable[Buffer]) -> Iterator[bytes]:
    """The plaintext of a stored file given in pieces from its first byte on.

    Raises NotEncrypted, WrongScheme.
    """
    pieces = iter(stored)
    start = b""
    for piece in pieces:
        start += bytes(piece)
        if len(start) >= LONGEST_HEADER:
            break
    header = read_header(start)
    stream = open_secret(header, decryption).stream()
    yield stream.update(start[header.size :])
    for piece in pieces:
        yield stream.update(piece)


def parse_public_key(encoded: bytes) -> PublicKey:
    """64 bytes X, Y from 33 (compressed), 65 (uncompressed) or 64; raises NotAPoint."""
    found = encoded
    if len(encoded) == COMPRESSED:
        found = _point(encoded) or b""
    elif len(encoded) == 65 and encoded[0] == 4:
        found = encoded[1:]
    return check_point(found)


def generate_nonce() -> bytes:
    """16 random bytes."""
    return secrets.token_bytes(NONCE)


def _point(compressed: bytes) -> PublicKey | None:
    if len(compressed) != COMPRESSED or compressed[0] not in {2, 3}:
        return None
    try:
        full: bytes = coincurve.PublicKey(compressed).format(compressed=False)
    except ValueError:
        return None
    return PublicKey(full[1:])


def _derive(shared: bytes) -> bytes:
    """AES key of v2 from the shared point."""
    return _expand(shared[:KEY], ECIES_LABEL, KEY)


def _expand(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, None, info).derive(secret)


__all__ = [
    "BadKey", "Decryption", "Encryption", "Header", "Keystream", "NotAPoint", "NotEncrypted",
    "PrivateKey", "Recipient", "Secret", "SymmetricKey", "WrongScheme", "decrypt_stream",
    "encrypt_stream", "is_encrypted", "new_secret", "open_secret", "parse_public_key",
    "read_header", "secret_of",
]  # fmt: skip
