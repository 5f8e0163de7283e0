"""Chaum-Pedersen proofs, Q = q*G and W = q*B: the EVM and the Python twin say the same."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, Reverted, check_gas, compiled
from tests.support.evm import AnvilProcess
from tests.support.examples import on_chain
from tests.support.sigma import HEAD, high_x, other_with_x, points, raw, scalars, xy
from zerog.crypto.curve import ORDER, generate, multiply, negate
from zerog.crypto.sigma import EQUALITY_BYTES, check_equality, prove_equality
from zerog.errors import ZerogError
from zerog.types import PublicKey

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def harness(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(compiled("SigmaHarness"))


def equality(harness: Deployed, parts: list[bytes], proof: bytes, head: bytes = HEAD) -> str:
    """The EVM's error of an equality proof; empty when it holds. The twin agrees."""
    said = ""
    try:
        harness.read("verifyEquality", head, *map(xy, parts), proof)
    except Reverted as refused:
        said = refused.name
    try:
        Q, B, W = (PublicKey(part) for part in parts)
        check_equality(head, Q, B, W, proof)
    except ZerogError:
        assert said not in {"", "Unknown", "Panic", "Error"}, said
    else:
        assert said == ""
    return said


@on_chain()
@given(q=scalars, b=scalars)
def test_equality_of_any_secret_is_proven(harness: Deployed, q: int, b: int) -> None:
    parts: list[bytes] = [generate(q), generate(b), multiply(generate(b), q)]
    assert equality(harness, parts, prove_equality(HEAD, q, generate(b))) == ""


@on_chain()
@given(bit=st.integers(0, EQUALITY_BYTES * 8 - 1), place=st.integers(0, 2), other=points)
def test_equality_with_a_bit_or_a_point_changed_is_refused(
    harness: Deployed, bit: int, place: int, other: bytes
) -> None:
    B = generate(21)
    parts: list[bytes] = [generate(9), B, multiply(B, 9)]
    assume(other not in parts)
    proof = prove_equality(HEAD, 9, B)
    turned = bytearray(proof)
    turned[bit // 8] ^= 1 << bit % 8
    assert equality(harness, parts, bytes(turned))
    for point in (other, negate(parts[place])):
        assert equality(harness, [*parts[:place], point, *parts[place + 1 :]], proof)
    assert equality(harness, parts, proof, b"\x08" * 32) == "WrongProof"
    assert equality(harness, parts, proof[:-1]) == "WrongProofLength"
    assert equality(harness, parts, proof + b"\0") == "WrongProofLength"


def test_equality_with_bad_points_and_scalars_is_refused(harness: Deployed) -> None:
    B = generate(21)
    parts: list[bytes] = [generate(9), B, multiply(B, 9)]
    proof = prove_equality(HEAD, 9, B)
    for place in range(3):
        for pair in other_with_x(parts[place]):
            bad = [*parts[:place], raw(pair), *parts[place + 1 :]]
            assert equality(harness, bad, proof) == "NotAPoint"
        assert equality(harness, [*parts[:place], high_x(), *parts[place + 1 :]], proof)
    for value in (0, ORDER, 2**256 - 1):
        bad_z = proof[:128] + value.to_bytes(32, "big") + proof[160:]
        assert equality(harness, parts, bad_z) == "NotAScalar"
    for at in (0, 64, 160):
        assert equality(harness, parts, proof[:at] + bytes(64) + proof[at + 64 :])


def test_gas_of_an_equality_is_the_committed_figure(harness: Deployed) -> None:
    """Execution in the library, without calldata: the same for every proof."""
    B = generate(21)
    parts = [xy(point) for point in (generate(9), B, multiply(B, 9))]
    used = harness.read("verifyEquality", HEAD, *parts, prove_equality(HEAD, 9, B))
    check_gas("SigmaProof.verifyEquality", cast(int, used))
