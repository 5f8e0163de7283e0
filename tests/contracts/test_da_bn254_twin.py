"""The curve of the contracts is that of zerog.crypto.bn254."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, Reverted, compiled
from tests.support.da_signers import Point, point, point2
from tests.support.evm import AnvilProcess
from zerog.crypto import bn254
from zerog.crypto.bn254 import FIELD, G1, G1_ONE, G2, INFINITY, ORDER, SecretKey

pytestmark = pytest.mark.contracts

SCALARS = st.integers(0, ORDER - 1) | st.sampled_from([0, 1, 2, ORDER - 1])
POINTS = SCALARS.map(lambda scalar: bn254.multiply(G1_ONE, scalar))
SECRETS = st.integers(1, ORDER - 1)
OFF = [(1, 3), (0, 1), (FIELD + 1, 2), (1, FIELD + 2), (5, FIELD)]
"""No points, or points whose coordinates are not below the modulus."""
TWIST = G2(
    (1, 0),
    (
        18278151005453108793778860132295291098363647455926340152056652516292830556603,
        5912654199736721486680175016176231956195085055698687135131307249486702594212,
    ),
)
"""On the curve of G2, outside its group of prime order."""


@pytest.fixture(scope="module")
def harness(anvil: AnvilProcess) -> Deployed:
    """The library behind external functions."""
    return Evm(anvil.url).deploy(compiled("Bn254Harness"))


@settings(max_examples=25)
@given(a=POINTS, b=POINTS, scalar=st.integers(0, 2**256 - 1))
def test_sums_multiples_and_opposites_are_the_twins(
    harness: Deployed, a: G1, b: G1, scalar: int
) -> None:
    assert harness.read("add", point(a), point(b)) == point(bn254.add([a, b]))
    assert harness.read("mul", point(a), scalar) == point(bn254.multiply(a, scalar))
    opposite = harness.read("negate", point(a))
    assert harness.read("add", point(a), opposite) == point(INFINITY)
    if a != INFINITY:
        assert opposite == point(a.negated())


@settings(max_examples=25)
@given(digest=st.binary(min_size=32, max_size=32))
def test_hash_is_mapped_to_the_twins_point(harness: Deployed, digest: bytes) -> None:
    assert harness.read("hashToG1", digest) == point(bn254.hash_to_g1(digest))


@pytest.mark.parametrize("start", [0, 4, FIELD - 1, FIELD, 2**256 - 1])
def test_hash_at_an_edge_of_the_field_is_mapped_to_the_twins_point(
    harness: Deployed, start: int
) -> None:
    digest = start.to_bytes(32)
    assert harness.read("hashToG1", digest) == point(bn254.hash_to_g1(digest))


@settings(max_examples=20)
@given(secret=SECRETS, other=SECRETS, digest=st.binary(min_size=32, max_size=32), weight=SECRETS)
def test_signature_is_judged_as_by_the_twin(
    harness: Deployed, secret: int, other: int, digest: bytes, weight: int
) -> None:
    key, stranger = SecretKey(secret), SecretKey(other)
    message, signature = point(bn254.hash_to_g1(digest)), key.sign(digest)
    keys = (point(key.public_g1), point2(key.public_g2))
    assert harness.read("verify", message, point(signature), *keys, weight)
    if secret == other:
        return
    forged = point(stranger.sign(digest))
    assert not harness.read("verify", message, forged, *keys, weight)
    unlinked = (point(stranger.public_g1), point2(key.public_g2))
    assert not harness.read("verify", message, point(signature), *unlinked, weight)
    with pytest.raises(bn254.BadBlsSignature):
        bn254.verify_linked(digest, signature, stranger.public_g1, key.public_g2)


@pytest.mark.parametrize("off", OFF)
def test_coordinates_of_no_point_are_refused_by_both(harness: Deployed, off: Point) -> None:
    assert not harness.read("isOnCurve", off)
    for name, values in (("add", (off, point(G1_ONE))), ("mul", (off, 2))):
        with pytest.raises(Reverted, match="NotOnCurve"):
            harness.read(name, *values)
    with pytest.raises(bn254.NotOnCurve):
        bn254.check_g1(G1(*off))


def test_infinity_is_neither_key_nor_signature(harness: Deployed) -> None:
    key, digest = SecretKey(7), bytes(32)
    message, nothing = point(bn254.hash_to_g1(digest)), astuple(INFINITY)
    assert not harness.read("isOnCurve", nothing)
    keys = (point(key.public_g1), point2(key.public_g2))
    assert not harness.read("verify", message, nothing, *keys, 1)
    assert not harness.read("verify", message, point(key.sign(digest)), nothing, keys[1], 1)


def test_key_outside_the_subgroup_is_refused_by_both(harness: Deployed) -> None:
    key, digest = SecretKey(7), bytes(32)
    message, signature = point(bn254.hash_to_g1(digest)), point(key.sign(digest))
    assert not harness.read("verify", message, signature, point(key.public_g1), point2(TWIST), 1)
    with pytest.raises(bn254.NotOnCurve):
        bn254.check_g2(TWIST)
