"""BN254 (EIP-196, EIP-197) and BLS signatures on it: signatures in G1, keys in G1 and G2.

Points are affine integers, G2 coordinates with the real part first, as in DASigners; EIP-197
itself and DAEntrance take the imaginary part first (`G2.eip197`). The arithmetic is mcl's.
Hashing to the curve is 0G's (0glabs/0g-da-contract: contracts/libraries/BN254.sol): try and
increment, neither RFC 9380 nor constant in time, over public messages only.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from zerog.crypto import _mcl
from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered

FIELD: Final = 21888242871839275222246405745257275088696311157297823662689037894645226208583
ORDER: Final = 21888242871839275222246405745257275088548364400416034343698204186575808495617
SIGNATURE_BYTES: Final = 64
_ROOT: Final = (FIELD + 1) // 4
_LARGER, _INFINITY = 0x80, 0x40
_COORDINATE: Final = (1 << 254) - 1


class NotOnCurve(Tampered):
    """Coordinates that are no point of the group, or bytes that encode none."""

    def __init__(self, found: object) -> None:
        self.found = found
        super().__init__(f"{found} is not a point of BN254")


class BadBlsKey(Tampered):
    """A secret outside 1 … order - 1; no text shows it."""

    def __init__(self) -> None:
        super().__init__("a BLS key is zero, or not below the group order")


class BadBlsSignature(Tampered):
    """A signature that is not the key's over the message."""

    def __init__(self, digest: bytes) -> None:
        self.digest = digest
        super().__init__(f"the signature over 0x{digest.hex()} is not the key's")


@dataclass(frozen=True, slots=True)
class G1:
    """A point of G1; (0, 0) is infinity. Not checked until it is used."""

    x: int
    y: int

    def packed(self) -> bytes:
        """64 bytes: X, Y in big endian."""
        return self.x.to_bytes(32) + self.y.to_bytes(32)

    def negated(self) -> G1:
        """The point with the other Y."""
        return G1(self.x, -self.y % FIELD)


@dataclass(frozen=True, slots=True)
class G2:
    """A point of G2: each coordinate is (real, imaginary)."""

    x: tuple[int, int]
    y: tuple[int, int]

    def packed(self) -> bytes:
        """128 bytes: X, Y, the real part of each first, in big endian."""
        return b"".join(part.to_bytes(32) for part in (*self.x, *self.y))

    def eip197(self) -> G2:
        """The same point with the parts of each coordinate exchanged."""
        return G2((self.x[1], self.x[0]), (self.y[1], self.y[0]))


INFINITY: Final = G1(0, 0)
G1_ONE: Final = G1(1, 2)
G2_ONE: Final = G2(
    (
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
    ),
    (
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
    ),
)


def check_g1(point: G1) -> G1:
    """The same point if it lies in G1 and is not infinity; raises NotOnCurve."""
    _own(point)
    if point == INFINITY:
        raise NotOnCurve(point)
    return point


def check_g2(point: G2) -> G2:
    """The same point if it lies in the group G2, not only on its curve; raises NotOnCurve."""
    _own2(point)
    return point


def add(points: Iterable[G1]) -> G1:
    """The sum; of nothing, infinity."""
    total = _mcl.G1()
    for point in points:
        _mcl.g1_add(total, _own(point))
    return _given(total)


def add2(points: Sequence[G2]) -> G2:
    """The sum of at least one point; raises NotOnCurve when it is infinity."""
    total = _mcl.G2()
    for point in points:
        _mcl.g2_add(total, _own2(point))
    return _given2(total)


def multiply(point: G1, scalar: int) -> G1:
    """scalar · point, in time that does not depend on the scalar."""
    return _given(_mcl.g1_multiply(_own(point), scalar % ORDER))


def multiply2(point: G2, scalar: int) -> G2:
    """scalar · point, in time that does not depend on the scalar."""
    return _given2(_mcl.g2_multiply(_own2(point), scalar % ORDER))


def pairs_to_one(pairs: Sequence[tuple[G1, G2]]) -> bool:
    """Whether the product of the pairings is one, as precompile 0x08 says; raises NotOnCurve."""
    return _mcl.pairs_to_one([(_own(left), _own2(right)) for left, right in pairs])


def hash_to_g1(digest: bytes) -> G1:
    """The point of a 32-byte digest: the first X from digest mod q on that has a Y."""
    x = int.from_bytes(digest) % FIELD
    while True:
        square = (x * x % FIELD * x + 3) % FIELD
        y = pow(square, _ROOT, FIELD)
        if y * y % FIELD == square:
            return G1(x, y)
        x = (x + 1) % FIELD


class SecretKey:
    """A signer's key. Its repr shows nothing of it."""

    __slots__ = ("_scalar", "public_g1", "public_g2")

    def __init__(self, scalar: int) -> None:
        """Raises BadBlsKey."""
        if not 0 < scalar < ORDER:
            raise BadBlsKey
        self._scalar = scalar
        self.public_g1 = multiply(G1_ONE, scalar)
        self.public_g2 = multiply2(G2_ONE, scalar)

    def __repr__(self) -> str:
        return f"SecretKey({self.public_g1.x:#066x})"

    @classmethod
    def random(cls) -> SecretKey:
        """A new key."""
        return cls(1 + secrets.randbelow(ORDER - 1))

    @classmethod
    def parse(cls, text: str) -> SecretKey:
        """The key of 0G's key files, a decimal number; raises BadBlsKey."""
        digits = text.strip()
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 77):
            raise BadBlsKey
        return cls(int(digits))

    def decimal(self) -> str:
        """The text that `parse` takes: the secret itself."""
        return str(self._scalar)

    def sign(self, digest: bytes) -> G1:
        """The one signature of this key over a 32-byte digest."""
        return multiply(hash_to_g1(digest), self._scalar)


def verify(digest: bytes, signature: G1, key: G2) -> None:
    """Check a signature, or the sum of some over one message against the sum of their keys.

    A sum says who signed only if each key was registered with a proof of possession.
    Raises BadBlsSignature, NotOnCurve.
    """
    message = hash_to_g1(digest)
    if not pairs_to_one([(check_g1(signature).negated(), G2_ONE), (message, check_g2(key))]):
        raise BadBlsSignature(digest)


def verify_linked(digest: bytes, signature: G1, key: G1, twin: G2) -> None:
    """Check a signature and that both public keys have the same secret, in two pairings.

    Twin of the check of registrations (0glabs/0g-da-contract: contracts/libraries/BN254.sol).
    Raises BadBlsSignature, NotOnCurve.
    """
    message = hash_to_g1(digest)
    parts = (message, check_g1(signature), check_g1(key), check_g2(twin))
    gamma = int.from_bytes(keccak256(b"".join(part.packed() for part in parts))) % ORDER
    left = add([signature, multiply(key, gamma)]).negated()
    right = add([message, multiply(G1_ONE, gamma)])
    if not pairs_to_one([(left, G2_ONE), (right, twin)]):
        raise BadBlsSignature(digest)


def encode_signature(point: G1) -> bytes:
    """64 bytes of arkworks' uncompressed form: X, Y in little endian, 0x80 when Y is the larger."""
    found = bytearray(point.x.to_bytes(32, "little") + point.y.to_bytes(32, "little"))
    if point == INFINITY:
        found[-1] |= _INFINITY
    elif point.y > FIELD - point.y:
        found[-1] |= _LARGER
    return bytes(found)


def decode_signature(encoded: bytes) -> G1:
    """What `encode_signature` made of a point that is not infinity; raises NotOnCurve for
    anything else, flags that say another Y included: each point has one encoding."""
    if len(encoded) != SIGNATURE_BYTES:
        raise NotOnCurve(f"{len(encoded)} bytes")
    x, y = int.from_bytes(encoded[:32], "little"), int.from_bytes(encoded[32:], "little")
    point = check_g1(G1(x, y & _COORDINATE))
    if encode_signature(point) != encoded:
        raise NotOnCurve(encoded.hex())
    return point


def _own(point: G1) -> _mcl.G1:
    if point == INFINITY:
        return _mcl.G1()
    found = _mcl.g1(point.x, point.y) if min(point.x, point.y) >= 0 else None
    if found is None:
        raise NotOnCurve(point)
    return found


def _own2(point: G2) -> _mcl.G2:
    parts = (*point.x, *point.y)
    found = _mcl.g2(*parts) if min(parts) >= 0 else None
    if found is None:
        raise NotOnCurve(point)
    return found


def _given(point: _mcl.G1) -> G1:
    found = _mcl.g1_coordinates(point)
    return G1(*found) if found else INFINITY


def _given2(point: _mcl.G2) -> G2:
    found = _mcl.g2_coordinates(point)
    if found is None:
        raise NotOnCurve("infinity")
    return G2((found[0], found[1]), (found[2], found[3]))
