"""The kernels of the DA code: every one equal to hashlib and to the field's definition."""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerog.da import field, tree
from zerog.da.kernel import Kernel, NativeKernel, PureKernel, backend, keep_heap, row_of, symbols_of

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
HAS_KERNEL = find_spec("zerog.crypto._zoda") is not None
elements = st.integers(0, 65535)


def _native_kernels() -> list[Kernel]:
    if not HAS_KERNEL:
        return []
    from zerog.crypto import _zoda

    offered = _zoda.features()
    return [NativeKernel(use) for use in (0, 1, 2, 4, 7) if use & ~offered == 0]


PURE = PureKernel()
KERNELS: list[Kernel] = [PURE, *_native_kernels()]
every_kernel = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@every_kernel
@pytest.mark.parametrize("size", [1, 54, 55, 56, 62, 63, 64, 119, 1024, 1025, 1088, 3000])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_leaves_are_hashes_of_prefixed_pieces(kernel: Kernel, size: int, count: int) -> None:
    rows = [os.urandom(size) for _ in range(count)]
    pieces = -(-size // 1024)
    places = pieces + 2
    out = bytearray(b"x" * (32 * places * count))
    kernel.leaves_into(rows, out, 1, places)
    for place, row in enumerate(rows):
        own = bytes(out[32 * places * place : 32 * places * (place + 1)])
        hashes = [_sha(b"\0" + row[at : at + 1024]) for at in range(0, size, 1024)]
        assert own == b"x" * 32 + b"".join(hashes) + b"x" * 32


@every_kernel
@pytest.mark.parametrize("step", [200, 208, 256])
def test_columns_cut_and_scattered_again_lie_where_they_were(kernel: Kernel, step: int) -> None:
    rows = [os.urandom(200) for _ in range(5)]
    out = bytearray(5 * step)
    for columns in (slice(0, 64), slice(64, 128), slice(128, 200)):
        parts = kernel.cut(rows, columns)
        assert parts == [row[columns] for row in rows]
        kernel.scatter(parts, memoryview(out), columns.start, step)
    assert out == b"".join(row.ljust(step, b"\0") for row in rows)


def test_keeping_the_heap_is_said_to_work_or_not() -> None:
    assert keep_heap() in {True, False}
    assert HAS_KERNEL or not keep_heap()


@every_kernel
@pytest.mark.parametrize("pairs", [0, 1, 2, 5])
def test_parents_are_hashes_of_prefixed_pairs(kernel: Kernel, pairs: int) -> None:
    level = os.urandom(64 * pairs)
    due = b"".join(_sha(b"\1" + level[64 * i : 64 * i + 64]) for i in range(pairs))
    assert kernel.parents(level) == due


@every_kernel
def test_climbing_a_path_gives_the_root(kernel: Kernel) -> None:
    levels = tree.levels(os.urandom(32 * 6))
    indices = [0, 3, 5]
    nodes = b"".join(levels[0][32 * i : 32 * i + 32] for i in indices)
    paths = b"".join(tree.path(levels, index) for index in indices)
    assert kernel.climb(nodes, indices, paths, 3) == levels[-1] * 3
    assert kernel.climb(nodes, [0, 3, 4], paths, 3)[64:] != levels[-1]


@every_kernel
@pytest.mark.parametrize("limbs", [8, 16])
def test_coefficients_are_halves_of_hashes(kernel: Kernel, limbs: int) -> None:
    seed = os.urandom(32)
    due = b""
    for symbol in range(5):
        for block in range(limbs // 8):
            message = (
                seed + struct.pack("<I", symbol) + (struct.pack("<I", block) if block else b"")
            )
            digest = _sha(message)
            due += bytes(a ^ b for a, b in zip(digest[:16], digest[16:], strict=True))
    assert kernel.coefficients(seed, 5, limbs) == due


@every_kernel
@pytest.mark.parametrize("limbs", [8, 24])
@pytest.mark.parametrize(("count", "size"), [(1, 64), (3, 1088), (65, 64), (130, 128)])
def test_combinations_equal_those_of_the_pure_kernel(
    kernel: Kernel, limbs: int, count: int, size: int
) -> None:
    rows = [os.urandom(size) for _ in range(count - 1)] + [bytes(size)]
    factors = os.urandom(size // 2 * limbs * 2)
    assert kernel.combine(rows, factors, limbs) == PURE.combine(rows, factors, limbs)


def test_a_combination_is_the_sum_of_products_in_the_field() -> None:
    row, factors = os.urandom(64), os.urandom(32 * 16)
    sums = [0] * 8
    for place, symbol in enumerate(symbols_of(row)):
        for limb in range(8):
            at = (place * 8 + limb) * 2
            sums[limb] ^= field.multiply(symbol, int.from_bytes(factors[at : at + 2], "little"))
    assert PURE.combine([row], factors, 8) == struct.pack("<8H", *sums)


def _plain(value: int) -> int:
    """A Cantor-basis element as a polynomial over GF(2)."""
    out = 0
    for bit, base in enumerate(field.CANTOR):
        out ^= base if value >> bit & 1 else 0
    return out


def _plain_product(left: int, right: int) -> int:
    product = 0
    for bit in range(16):
        product ^= left << bit if right >> bit & 1 else 0
    for bit in range(30, 15, -1):
        product ^= field.REDUCTION << (bit - 16) if product >> bit & 1 else 0
    return product


@given(elements, elements)
def test_field_products_are_those_of_polynomials(left: int, right: int) -> None:
    assert _plain(field.multiply(left, right)) == _plain_product(_plain(left), _plain(right))


@given(elements, elements, elements)
def test_field_has_inverses_and_distributes(a: int, b: int, c: int) -> None:
    if a:
        assert field.multiply(a, field.inverse(a)) == 1
    assert field.multiply(a, b ^ c) == field.multiply(a, b) ^ field.multiply(a, c)


def test_zero_has_no_inverse() -> None:
    with pytest.raises(ZeroDivisionError):
        field.inverse(0)


@given(st.lists(elements, min_size=1, max_size=70))
@settings(max_examples=20)
def test_rows_and_symbols_convert_both_ways(symbols: list[int]) -> None:
    row = row_of(symbols)
    assert len(row) % 64 == 0
    assert symbols_of(row)[: len(symbols)] == symbols


def test_native_kernel_refuses_what_does_not_fit() -> None:
    if not HAS_KERNEL:
        return
    from zerog.crypto import _zoda as native

    wrong: list[Callable[[], object]] = [
        lambda: native.parents(bytes(33), 0),
        lambda: native.cut([bytes(64)], 0, 65),
        lambda: native.cut([bytes(64)], 9, 8),
        lambda: native.cut([bytes(64)], -1, 8),
        lambda: native.scatter([bytes(64)], bytearray(63), 0, 64),
        lambda: native.scatter([bytes(64)] * 2, bytearray(127), 0, 64),
        lambda: native.scatter([bytes(64)], bytearray(128), 65, 128),
        lambda: native.scatter([bytes(64)], bytearray(128), 0, 0),
        lambda: native.parents(bytes(64), 1 << 20),
        lambda: native.leaves_into([bytes(64), bytes(65)], 1024, bytearray(64), 0, 1, 0),
        lambda: native.leaves_into([b""], 1024, bytearray(32), 0, 1, 0),
        lambda: native.leaves_into([bytes(1025)], 1024, bytearray(32), 0, 1, 0),
        lambda: native.leaves_into([bytes(64)], 1024, bytearray(32), 1, 1, 0),
        lambda: native.leaves_into([bytes(64)], 0, bytearray(32), 0, 1, 0),
        lambda: native.climb(bytes(32), bytes(4), bytes(31), 1, 0),
        lambda: native.climb(bytes(32), bytes(8), bytes(32), 1, 0),
        lambda: native.coefficients(bytes(31), 1, 1, 0),
        lambda: native.combine([bytes(64)], bytes(511), 8, 0),
        lambda: native.combine([bytes(65)], bytes(65 * 8), 8, 0),
        lambda: native.combine([bytes(64)], b"", 0, 0),
    ]
    for call in wrong:
        with pytest.raises(ValueError, match=r"."):
            call()


def test_pure_path_is_forced_by_the_environment() -> None:
    command = "from zerog.da.kernel import backend; print(backend())"
    done = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, "ZEROG_PURE": "1", "PYTHONPATH": str(ROOT)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.stdout.strip() == "python"
    if os.environ.get("ZEROG_PURE") != "1":
        assert backend().startswith("native") == HAS_KERNEL
