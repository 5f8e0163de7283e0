"""Sigma proofs: the EVM and the Python twin say the same of every point, scalar and length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, Reverted, check_gas, compiled
from tests.support.evm import AnvilProcess
from tests.support.examples import on_chain
from tests.support.sigma import HEAD, Pair, high_x, other_with_x, points, raw, scalars, xy
from zerog.crypto.curve import (
    FIELD,
    ORDER,
    NotAPoint,
    add,
    address_of,
    check_point,
    generate,
    multiply,
    negate,
    random_scalar,
    subtract,
)
from zerog.crypto.sigma import (
    EQUALITY_BYTES,
    RELATION_BYTES,
    Relation,
    check,
    inverse_between,
    prove,
    relation_of,
)
from zerog.errors import ZerogError
from zerog.types import PublicKey

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def harness(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(compiled("SigmaHarness"))


@dataclass(frozen=True, slots=True)
class Claim:
    """A relation with its proof."""

    relation: Relation
    proof: bytes
    head: bytes = HEAD

    @classmethod
    def honest(cls) -> Claim:
        p, t = random_scalar(), random_scalar()
        Q, B = generate(random_scalar()), generate(random_scalar())
        return cls(relation_of(p, t, Q, B), prove(HEAD, p, t, Q, B))

    def evm(self, harness: Deployed) -> str:
        """Name of the error of the EVM; empty when it holds."""
        try:
            harness.read("verify", self.head, [xy(p) for p in self.relation.points()], self.proof)
        except Reverted as refused:
            return refused.name
        return ""

    def python(self) -> str:
        """Name of the error of the twin; empty when it holds."""
        try:
            check(self.head, self.relation, self.proof)
        except ZerogError as refused:
            return type(refused).__name__
        return ""

    def refused(self, harness: Deployed) -> str:
        """Both refuse it; the EVM's error."""
        said = self.evm(harness)
        assert said not in {"", "Unknown", "Panic", "Error"}, said
        assert self.python()
        return said


CLAIM: Final = Claim.honest()


# ------------------------------------------------------------------------------- points


@on_chain()
@given(point=points)
def test_is_point_says_what_the_curve_says(harness: Deployed, point: bytes) -> None:
    assert harness.read("isPoint", xy(point)) is True
    assert harness.read("toAddress", xy(point)) == address_of(point).lower()
    assert harness.read("negate", xy(point)) == xy(negate(point))
    for pair in other_with_x(point):
        assert harness.read("isPoint", pair) is False, pair
        with pytest.raises(NotAPoint):
            check_point(raw(pair))


@on_chain()
@given(base=points, a=scalars, b=st.integers(0, ORDER - 1))
def test_linear_address_of_any_scalars_is_that_of_the_point(
    harness: Deployed, base: PublicKey, a: int, b: int
) -> None:
    assume(not b or multiply(base, a) != generate(ORDER - b))
    expected = add(multiply(base, a), generate(b)) if b else multiply(base, a)
    assert harness.read("linearAddress", xy(base), a, b) == address_of(expected).lower()


def test_linear_address_refuses_what_ecrecover_cannot_say(harness: Deployed) -> None:
    base = generate(5)
    cases: list[tuple[Pair, int, int, str]] = [
        (xy(base), 0, 1, "NotAScalar"),
        (xy(base), ORDER, 1, "NotAScalar"),
        (xy(base), 2**256 - 1, 1, "NotAScalar"),
        (xy(base), 1, ORDER, "NotAScalar"),
        (xy(base), 1, ORDER - 5, "Infinity"),
        (xy(high_x()), 1, 1, "NotABase"),
        ((0, 1), 1, 1, "NotABase"),
        ((5, 1), 1, 1, "Infinity"),
    ]
    for pair, a, b, name in cases:
        with pytest.raises(Reverted) as caught:
            harness.read("linearAddress", pair, a, b)
        assert caught.value.name == name, (pair, a, b)
    with pytest.raises(NotAPoint):
        check_point(raw((5, 1)))


@on_chain()
@given(left=points, right=points, wrong=st.integers(0, 2**256 - 1))
def test_sum_takes_the_right_inverse_only(
    harness: Deployed, left: PublicKey, right: PublicKey, wrong: int
) -> None:
    assume(left[:32] != right[:32])
    inverse = int.from_bytes(inverse_between(left, right), "big")
    assert harness.read("add", xy(left), xy(right), inverse) == xy(add(left, right))
    for hint in (wrong, 0, inverse + FIELD):
        if hint == inverse or hint >= 2**256:
            continue
        with pytest.raises(Reverted, match="WrongInverse"):
            harness.read("add", xy(left), xy(right), hint)


@on_chain()
@given(point=points, inverse=st.integers(0, 2**256 - 1))
def test_sum_of_equal_x_is_refused(harness: Deployed, point: PublicKey, inverse: int) -> None:
    for other in (point, negate(point)):
        with pytest.raises(Reverted, match="EqualX"):
            harness.read("add", xy(point), xy(other), inverse)
        with pytest.raises(NotAPoint):
            inverse_between(point, other)


# ------------------------------------------------------------------------------- relation


@on_chain()
@given(p=scalars, t=scalars, q=scalars, b=scalars)
def test_relation_of_any_secrets_is_proven(
    harness: Deployed, p: int, t: int, q: int, b: int
) -> None:
    assume(t * q % ORDER != p * b % ORDER)
    relation = relation_of(p, t, generate(q), generate(b))
    claim = Claim(relation, prove(HEAD, p, t, generate(q), generate(b)))
    assert (claim.evm(harness), claim.python()) == ("", "")


@on_chain()
@given(bit=st.integers(0, RELATION_BYTES * 8 - 1))
def test_any_bit_of_a_proof_turned_is_refused(harness: Deployed, bit: int) -> None:
    turned = bytearray(CLAIM.proof)
    turned[bit // 8] ^= 1 << bit % 8
    replace(CLAIM, proof=bytes(turned)).refused(harness)


@on_chain()
@given(place=st.integers(0, 4), bit=st.integers(0, 511))
def test_any_bit_of_a_point_of_the_relation_turned_is_refused(
    harness: Deployed, place: int, bit: int
) -> None:
    turned = [bytearray(point) for point in CLAIM.relation.points()]
    turned[place][bit // 8] ^= 1 << bit % 8
    relation = Relation(*(PublicKey(bytes(point)) for point in turned))
    assert replace(CLAIM, relation=relation).refused(harness) == "NotAPoint"


@on_chain()
@given(place=st.integers(0, 4), other=points)
def test_another_point_in_the_relation_is_refused(
    harness: Deployed, place: int, other: PublicKey
) -> None:
    """Also the same x with the other y, which ecrecover alone would tell by its parity only."""
    assume(other not in CLAIM.relation.points())
    for point in (other, negate(CLAIM.relation.points()[place])):
        changed = list(CLAIM.relation.points())
        changed[place] = point
        claim = replace(CLAIM, relation=Relation(*changed))
        assert claim.refused(harness) in {"WrongProof", "WrongInverse"}


@on_chain()
@given(length=st.integers(0, 2 * RELATION_BYTES))
def test_any_other_length_is_refused(harness: Deployed, length: int) -> None:
    if length == RELATION_BYTES:
        return
    proof = (CLAIM.proof * 2)[:length]
    assert replace(CLAIM, proof=proof).refused(harness) == "WrongProofLength"


@on_chain()
@given(head=st.binary(min_size=32, max_size=32))
def test_another_head_is_refused(harness: Deployed, head: bytes) -> None:
    assert replace(CLAIM, head=head).refused(harness) == "WrongProof"


@pytest.mark.parametrize("place", [0, 64, 128, 256, 320])
def test_points_of_a_proof_off_the_curve_and_infinity_are_refused(
    harness: Deployed, place: int
) -> None:
    honest = CLAIM.proof[place : place + 64]
    for pair in other_with_x(honest):
        proof = CLAIM.proof[:place] + raw(pair) + CLAIM.proof[place + 64 :]
        said = replace(CLAIM, proof=proof).refused(harness)
        # What precedes the product of an equation is compared before the product is read.
        assert said in {"NotAPoint", "WrongProof"}, said


@pytest.mark.parametrize("place", [192, 224])
@pytest.mark.parametrize("value", [0, ORDER, ORDER + 1, 2**256 - 1])
def test_responses_that_are_no_scalars_are_refused(
    harness: Deployed, place: int, value: int
) -> None:
    word = value.to_bytes(32, "big")
    proof = CLAIM.proof[:place] + word + CLAIM.proof[place + 32 :]
    assert replace(CLAIM, proof=proof).refused(harness) == "NotAScalar"


@pytest.mark.parametrize("place", [384, 416])
def test_hints_above_the_field_are_refused(harness: Deployed, place: int) -> None:
    for value in (0, FIELD, 2**256 - 1):
        word = value.to_bytes(32, "big")
        proof = CLAIM.proof[:place] + word + CLAIM.proof[place + 32 :]
        assert replace(CLAIM, proof=proof).refused(harness) == "WrongInverse"


@pytest.mark.parametrize("place", range(5))
def test_base_above_the_order_is_refused(harness: Deployed, place: int) -> None:
    changed = list(CLAIM.relation.points())
    changed[place] = high_x()
    said = replace(CLAIM, relation=Relation(*changed)).refused(harness)
    assert said in {"NotABase", "WrongProof"}
    with pytest.raises(ZerogError):
        check(HEAD, Relation(*changed), CLAIM.proof)


def test_prover_refuses_a_base_above_the_order_and_a_zero_difference(harness: Deployed) -> None:
    with pytest.raises(ZerogError):
        prove(HEAD, 3, 4, high_x(), generate(5))
    with pytest.raises(NotAPoint):
        relation_of(6, 3, generate(4), generate(2))  # t*Q = p*B


def test_relation_that_does_not_hold_cannot_be_proven_by_the_honest_algorithm(
    harness: Deployed,
) -> None:
    """The prover knows p and t, and claims a D that is shifted by a known s*G."""
    p, t, Q, B = random_scalar(), random_scalar(), generate(11), generate(13)
    honest = relation_of(p, t, Q, B)
    shifted = replace(honest, D=add(honest.D, generate(17)))
    Claim(shifted, prove(HEAD, p, t, Q, B)).refused(harness)


def forged(relation: Relation, z1: int, z2: int, c: int) -> bytes:
    """A simulated proof: commitments computed from responses and a challenge of one's choice."""
    A1 = subtract(generate(z1), multiply(relation.P, c))
    A2 = subtract(generate(z2), multiply(relation.F, c))
    zB, cD = multiply(relation.B, z1), multiply(relation.D, c)
    A3 = subtract(subtract(multiply(relation.Q, z2), zB), cD)
    hints = inverse_between(A3, cD) + inverse_between(add(A3, cD), zB)
    words = z1.to_bytes(32, "big") + z2.to_bytes(32, "big")
    return A1 + A2 + A3 + words + zB + cD + hints


@on_chain()
@given(z1=scalars, z2=scalars, c=scalars)
def test_simulated_proof_is_refused(harness: Deployed, z1: int, z2: int, c: int) -> None:
    """All equations hold for the forger's c; only the hash is not his."""
    claim = Claim(CLAIM.relation, forged(CLAIM.relation, z1, z2, c))
    assert claim.refused(harness) == "WrongProof"


def test_a_proof_of_one_kind_is_none_of_the_other(harness: Deployed) -> None:
    assert Claim(CLAIM.relation, CLAIM.proof[:EQUALITY_BYTES]).refused(harness)
    assert cast(int, harness.read("verify", HEAD, [xy(p) for p in CLAIM.relation.points()],
                                  CLAIM.proof)) > 0  # fmt: skip


def test_gas_of_a_relation_is_the_committed_figure(harness: Deployed) -> None:
    """Execution in the library, without calldata: the same for every proof."""
    used = harness.read("verify", HEAD, [xy(p) for p in CLAIM.relation.points()], CLAIM.proof)
    check_gas("SigmaProof.verify", cast(int, used))
