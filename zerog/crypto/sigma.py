"""Sigma proofs over secp256k1 in the form that the chain checks with its ecrecover precompile.

Twin of contracts/libraries/SigmaProof.sol and Secp256k1.sol, equation for equation: what one
refuses the other refuses. Two statements can be proven, each bound to a `head` of 32 bytes:

- relation: "I know p and t such that P = p*G, F = t*G and D = t*Q - p*B"
- equality: "I know q such that Q = q*G and W = q*B" (Chaum and Pedersen)

The challenge hashes every point with both coordinates. Besides commitments and responses a proof
carries the products and inverses that a contract can check for less than it can compute them.
ecrecover takes no base whose x is not below the group order: such points are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zerog.crypto.curve import (
    FIELD,
    ORDER,
    NotAPoint,
    NotAScalar,
    add,
    check_point,
    generate,
    multiply,
    random_scalar,
    subtract,
)
from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered
from zerog.types import PublicKey

RELATION_BYTES: Final = 448
"""A1 64 | A2 64 | A3 64 | z1 32 | z2 32 | z1*B 64 | c*D 64 | two inverses 32 each."""
EQUALITY_BYTES: Final = 256
"""A1 64 | A2 64 | z 32 | c*W 64 | one inverse 32."""
RELATION_TAG: Final = keccak256(b"zerog/sigma/relation/1")
EQUALITY_TAG: Final = keccak256(b"zerog/sigma/equality/1")


class InvalidProof(Tampered):
    """A sigma proof that does not hold; `reason` names the length, hint or equation."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the proof does not hold: {reason}")


class NotABase(Tampered):
    """A point whose x is not below the group order: one in 2**128, and no base for ecrecover."""

    def __init__(self, point: bytes) -> None:
        self.point = point
        super().__init__("the point's x is not below the group order")


@dataclass(frozen=True, slots=True)
class Relation:
    """Five points, 64 bytes each; names as in SigmaProof.Relation."""

    P: PublicKey
    Q: PublicKey
    B: PublicKey
    F: PublicKey
    D: PublicKey

    def points(self) -> tuple[PublicKey, ...]:
        """In the order in which they are hashed."""
        return (self.P, self.Q, self.B, self.F, self.D)


def is_base(point: bytes) -> bool:
    """Whether ecrecover can multiply this point: x below the group order."""
    return 0 < _x(point) < ORDER


def inverse_between(left: bytes, right: bytes) -> bytes:
    """The 32-byte hint for left + right: 1 / (right.x - left.x); NotAPoint when they are equal."""
    difference = (_x(right) - _x(left)) % FIELD
    if difference == 0:
        raise NotAPoint(right)
    return pow(difference, -1, FIELD).to_bytes(32, "big")


def prove(head: bytes, p: int, t: int, Q: bytes, B: bytes) -> bytes:
    """448 bytes that prove the relation of p, t, Q, B; raises NotABase, NotAPoint, NotAScalar.

    D = t*Q - p*B must not be infinity.
    """
    relation = relation_of(p, t, Q, B)
    for point in relation.points():
        _check_base(point)
    while True:
        a, b = random_scalar(), random_scalar()
        try:
            return _prove(head, relation, (p, t), (a, b))
        except (NotAPoint, NotAScalar):
            continue  # two of the points on the way have one x, or a response is 0


def relation_of(p: int, t: int, Q: bytes, B: bytes) -> Relation:
    """The public points of two secrets; raises NotAPoint when D is infinity."""
    D = subtract(multiply(Q, t), multiply(B, p))
    return Relation(generate(p), check_point(Q), check_point(B), generate(t), D)


def _prove(head: bytes, r: Relation, secrets: tuple[int, int], nonces: tuple[int, int]) -> bytes:
    (p, t), (a, b) = secrets, nonces
    A3 = subtract(multiply(r.Q, b), multiply(r.B, a))
    commitments = generate(a) + generate(b) + A3
    c = _challenge(RELATION_TAG, head, r.points(), commitments)
    z1, z2 = (a + c * p) % ORDER, (b + c * t) % ORDER
    zB, cD = multiply(r.B, z1), multiply(r.D, c)
    middle = add(A3, cD)
    inverses = inverse_between(A3, cD) + inverse_between(middle, zB)
    return commitments + _word(z1) + _word(z2) + zB + cD + inverses


def check(head: bytes, r: Relation, proof: bytes) -> None:
    """Raise unless the proof holds: InvalidProof, NotAPoint, NotAScalar, NotABase."""
    if len(proof) != RELATION_BYTES:
        raise InvalidProof(f"{len(proof)} bytes instead of {RELATION_BYTES}")
    for point in r.points():
        _check_base(point)
    A1, A2, A3 = (check_point(proof[at : at + 64]) for at in (0, 64, 128))
    c = _challenge(RELATION_TAG, head, r.points(), proof[:192])
    z1, z2 = _scalar(proof[192:224]), _scalar(proof[224:256])
    zB, cD = check_point(proof[256:320]), check_point(proof[320:384])
    _check_commitment(A1, r.P, c, z1)
    _check_commitment(A2, r.F, c, z2)
    if cD != multiply(r.D, c) or zB != multiply(r.B, z1):
        raise InvalidProof("a product is wrong")
    total = _sum(_sum(A3, cD, proof[384:416]), zB, proof[416:448])
    if total != multiply(r.Q, z2):
        raise InvalidProof("the secrets do not fit together")


def prove_equality(head: bytes, q: int, B: bytes) -> bytes:
    """256 bytes that prove that q*G and q*B have one secret; raises NotABase, NotAScalar."""
    Q, W = generate(q), multiply(B, q)
    for point in (Q, check_point(B), W):
        _check_base(point)
    while True:
        a = random_scalar()
        commitments = generate(a) + multiply(B, a)
        c = _challenge(EQUALITY_TAG, head, (Q, B, W), commitments)
        z = (a + c * q) % ORDER
        cW = multiply(W, c)
        if z and _x(cW) != _x(commitments[64:]):
            return commitments + _word(z) + cW + inverse_between(commitments[64:], cW)


def check_equality(head: bytes, Q: bytes, B: bytes, W: bytes, proof: bytes) -> None:
    """Raise unless the proof holds: InvalidProof, NotAPoint, NotAScalar, NotABase."""
    if len(proof) != EQUALITY_BYTES:
        raise InvalidProof(f"{len(proof)} bytes instead of {EQUALITY_BYTES}")
    for point in (Q, B, W):
        _check_base(point)
    A1, A2 = check_point(proof[:64]), check_point(proof[64:128])
    c = _challenge(EQUALITY_TAG, head, (Q, B, W), proof[:128])
    z = _scalar(proof[128:160])
    cW = check_point(proof[160:224])
    _check_commitment(A1, Q, c, z)
    if cW != multiply(W, c):
        raise InvalidProof("a product is wrong")
    if _sum(A2, cW, proof[224:256]) != multiply(B, z):
        raise InvalidProof("the two products have different secrets")


def _check_commitment(A: bytes, X: bytes, c: int, z: int) -> None:
    """z*G = A + c*X."""
    try:
        expected = subtract(generate(z), multiply(X, c))
    except NotAPoint:
        raise InvalidProof("a commitment at infinity") from None
    if expected != A:
        raise InvalidProof("a commitment does not fit its response")


def _sum(left: bytes, right: bytes, hint: bytes) -> PublicKey:
    """left + right by the chord rule, whose inverse must be the right one."""
    if hint != inverse_between(left, right):
        raise InvalidProof("a hint is not the inverse that it should be")
    return add(left, right)


def _challenge(tag: bytes, head: bytes, points: tuple[bytes, ...], commitments: bytes) -> int:
    """The hash of all that was said so far, below the group order; raises NotAScalar for 0."""
    c = int.from_bytes(keccak256(tag + head + b"".join(points) + commitments), "big") % ORDER
    if c == 0:
        raise NotAScalar(c)
    return c


def _check_base(point: bytes) -> None:
    check_point(point)
    if not is_base(point):
        raise NotABase(point)


def _x(point: bytes) -> int:
    return int.from_bytes(point[:32], "big")


def _word(value: int) -> bytes:
    """A scalar other than zero as 32 bytes."""
    if value == 0:
        raise NotAScalar(value)
    return value.to_bytes(32, "big")


def _scalar(word: bytes) -> int:
    value = int.from_bytes(word, "big")
    if not 0 < value < ORDER:
        raise NotAScalar(value)
    return value
