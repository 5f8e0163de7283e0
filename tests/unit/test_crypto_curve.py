"""secp256k1: known points, the group's laws, and everything that is no point or scalar."""

from __future__ import annotations

import pytest
from eth_keys.datatypes import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto.curve import (
    FIELD,
    ORDER,
    NotAPoint,
    NotAScalar,
    add,
    address_of,
    check_point,
    compress,
    generate,
    multiply,
    negate,
    public_key,
    random_scalar,
    scalar,
    subtract,
)

pytestmark = pytest.mark.unit

scalars = st.integers(1, ORDER - 1)
GENERATOR = bytes.fromhex(
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
)


def test_generator_is_the_standard_one() -> None:
    assert generate(1) == GENERATOR == public_key(bytes(31) + b"\1")
    assert compress(GENERATOR).hex() == "02" + GENERATOR[:32].hex()
    assert compress(negate(GENERATOR)).hex() == "03" + GENERATOR[:32].hex()


def test_address_of_the_first_development_account() -> None:
    secret = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
    expected = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert address_of(public_key(bytes.fromhex(secret))) == expected


@given(scalars)
def test_key_and_address_equal_another_implementation(value: int) -> None:
    secret = value.to_bytes(32, "big")
    other = PrivateKey(secret).public_key
    assert public_key(secret) == other.to_bytes()
    assert address_of(public_key(secret)) == other.to_checksum_address()


@given(scalars, scalars)
def test_multiples_add_and_commute(left: int, right: int) -> None:
    a, b = generate(left), generate(right)
    assert multiply(a, right) == multiply(b, left) == generate(left * right % ORDER)
    if (left + right) % ORDER:
        assert add(a, b) == generate((left + right) % ORDER)
    if left != right:
        assert subtract(a, b) == generate((left - right) % ORDER)
        assert add(subtract(a, b), b) == a
    assert negate(negate(a)) == a == multiply(a, 1)


@given(scalars)
def test_sums_that_reach_infinity_are_refused(value: int) -> None:
    point = generate(value)
    with pytest.raises(NotAPoint):
        subtract(point, point)
    with pytest.raises(NotAPoint):
        add(point, negate(point))


@pytest.mark.parametrize("value", [0, -1, ORDER, ORDER + 1, 2**256])
def test_scalars_out_of_range_are_refused(value: int) -> None:
    for use in (scalar, generate):
        with pytest.raises(NotAScalar) as refused:
            use(value)
        assert refused.value.value == value
    with pytest.raises(NotAScalar):
        multiply(GENERATOR, value)


@pytest.mark.parametrize("secret", [b"", b"\1", b"\1" * 31, b"\1" * 33, bytes(32), b"\xff" * 32])
def test_secrets_that_are_no_32_byte_scalar_are_refused(secret: bytes) -> None:
    with pytest.raises(NotAScalar):
        public_key(secret)


def test_refused_secret_is_in_no_message() -> None:
    with pytest.raises(NotAScalar) as refused:
        public_key(b"\x7a" * 33)
    assert "7a7a" not in str(refused.value)
    assert str(0x7A7A) not in str(refused.value)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        GENERATOR[:63],
        b"\x04" + GENERATOR,
        bytes(64),
        GENERATOR[:63] + bytes([GENERATOR[63] ^ 1]),
        FIELD.to_bytes(32, "big") + GENERATOR[32:],
        GENERATOR[:32] + (FIELD + 1).to_bytes(32, "big"),
    ],
)
def test_bytes_that_are_no_point_are_refused_everywhere(encoded: bytes) -> None:
    for use in (check_point, negate, compress, address_of):
        with pytest.raises(NotAPoint) as refused:
            use(encoded)
        assert refused.value.encoded == encoded
    with pytest.raises(NotAPoint):
        add(GENERATOR, encoded)
    with pytest.raises(NotAPoint):
        multiply(encoded, 2)


@given(st.data())
def test_point_with_any_bit_flipped_is_no_point_or_another_one(data: st.DataObject) -> None:
    turned = bytearray(GENERATOR)
    turned[data.draw(st.integers(0, 63))] ^= 1 << data.draw(st.integers(0, 7))
    x, y = int.from_bytes(turned[:32], "big"), int.from_bytes(turned[32:], "big")
    assert (y * y - x**3 - 7) % FIELD
    with pytest.raises(NotAPoint):
        check_point(bytes(turned))


def test_random_scalars_are_scalars_and_differ() -> None:
    found = {random_scalar() for _ in range(50)}
    assert len(found) == 50
    assert all(0 < value < ORDER for value in found)
