"""secp256k1 in affine coordinates: points as 64 bytes X then Y, over coincurve.

Every point that comes from outside is checked to lie on the curve; the point at infinity has
no such encoding and is refused by name.
"""

from __future__ import annotations

import secrets
from typing import Final

import coincurve

from zerog.crypto.address import checksum_address
from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered
from zerog.types import Address, PublicKey

ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
FIELD: Final = 2**256 - 2**32 - 977
POINT_BYTES: Final = 64
SCALAR_BYTES: Final = 32
SIGNATURE_BYTES: Final = 65


class NotAPoint(Tampered):
    """64 bytes that are no point of the curve, or an operation that left it (infinity)."""

    def __init__(self, encoded: bytes) -> None:
        self.encoded = encoded
        super().__init__(f"{encoded.hex()[:24]}… is not a point of secp256k1")


class NotAScalar(Tampered):
    """A number outside 1 … n-1, or not 32 bytes; it may be a secret, so no text shows it."""

    def __init__(self, value: int) -> None:
        self.value = value
        super().__init__("a scalar is zero, not below the group order, or not 32 bytes")


class BadSignature(Tampered):
    """Bytes from which no signer can be recovered."""

    def __init__(self, signature: bytes) -> None:
        self.signature = signature
        super().__init__(f"the signature of {len(signature)} bytes is malformed")


def scalar(value: int) -> bytes:
    """The 32 bytes of a scalar; raises NotAScalar."""
    if not 0 < value < ORDER:
        raise NotAScalar(value)
    return value.to_bytes(32, "big")


def random_scalar() -> int:
    """Uniform in 1 … n-1."""
    return 1 + secrets.randbelow(ORDER - 1)


def check_point(encoded: bytes) -> PublicKey:
    """The same 64 bytes if they are a point of the curve; raises NotAPoint."""
    _load(encoded)
    return PublicKey(encoded)


def _load(encoded: bytes) -> coincurve.PublicKey:
    if len(encoded) != POINT_BYTES:
        raise NotAPoint(encoded)
    try:
        return coincurve.PublicKey(b"\x04" + encoded)
    except ValueError:
        raise NotAPoint(encoded) from None


def _dump(point: coincurve.PublicKey) -> PublicKey:
    encoded: bytes = point.format(compressed=False)
    return PublicKey(encoded[1:])


def generate(value: int) -> PublicKey:
    """value · G."""
    return _dump(coincurve.PublicKey.from_valid_secret(scalar(value)))


def multiply(point: bytes, value: int) -> PublicKey:
    """value · point."""
    return _dump(_load(point).multiply(scalar(value)))


def add(left: bytes, right: bytes) -> PublicKey:
    """left + right; raises NotAPoint when the sum is infinity."""
    try:
        return _dump(coincurve.PublicKey.combine_keys([_load(left), _load(right)]))
    except ValueError:
        raise NotAPoint(bytes(POINT_BYTES)) from None


def negate(point: bytes) -> PublicKey:
    """The point with the other Y."""
    checked = check_point(point)
    other = FIELD - int.from_bytes(checked[32:], "big")
    return PublicKey(checked[:32] + other.to_bytes(32, "big"))


def subtract(left: bytes, right: bytes) -> PublicKey:
    """left - right; raises NotAPoint when they are equal."""
    return add(left, negate(right))


def compress(point: bytes) -> bytes:
    """33 bytes: parity and X (SEC 1)."""
    encoded: bytes = _load(point).format(compressed=True)
    return encoded


def public_key(secret: bytes) -> PublicKey:
    """The public key of a 32-byte secret; raises NotAScalar."""
    if len(secret) != SCALAR_BYTES:
        raise NotAScalar(int.from_bytes(secret, "big"))
    return generate(int.from_bytes(secret, "big"))


def address_of(key: bytes) -> Address:
    """The Ethereum address of a public key: the last 20 bytes of its keccak."""
    return checksum_address(keccak256(check_point(key))[-20:])


def recover_key(digest: bytes, signature: bytes) -> PublicKey:
    """The key that signed a 32-byte digest: signature is 65 bytes r, s, v (27 or 28).

    Raises BadSignature when no key can be recovered from it.
    """
    if len(signature) != SIGNATURE_BYTES or signature[64] not in {27, 28}:
        raise BadSignature(signature)
    packed = signature[:64] + bytes([signature[64] - 27])
    try:
        return _dump(coincurve.PublicKey.from_signature_and_message(packed, digest, hasher=None))
    except ValueError:
        raise BadSignature(signature) from None


def recover(digest: bytes, signature: bytes) -> Address:
    """Whose key signed a 32-byte digest; as `recover_key`."""
    return address_of(recover_key(digest, signature))
