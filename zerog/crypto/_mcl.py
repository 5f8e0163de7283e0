"""libmcl through ctypes, from the wheel `mclbn256`, as the curve of EIP-196.

The wheel's own Python classes are for another curve, and the library has one curve for the whole
process: nothing else here may use the wheel. All calls release the GIL.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from functools import cache
from typing import Final, cast

_WORD: Final = ctypes.c_uint64
_BN_SNARK1: Final = 4
_COMPILED: Final = 4 + 10 * 4
"""Words of a field element and of a scalar, as the library was compiled."""
_TEXT: Final = 600
_HEX: Final = 16
_LOADING: Final = threading.Lock()


class G1(ctypes.Structure):
    """A point in Jacobian coordinates; all zero is infinity."""

    _fields_ = (("words", _WORD * 12),)


class G2(ctypes.Structure):
    """As G1, over the quadratic extension."""

    _fields_ = (("words", _WORD * 24),)


class _Fr(ctypes.Structure):
    _fields_ = (("words", _WORD * 4),)


class _Gt(ctypes.Structure):
    _fields_ = (("words", _WORD * 48),)


def library() -> ctypes.CDLL:
    """The library, set to the curve on the first call of the process."""
    with _LOADING:
        return _load()


@cache
def _load() -> ctypes.CDLL:
    from mclbn256 import mclbn256  # noqa: PLC0415 - 0.4 s and 50 MB that only signing needs

    found = cast("ctypes.CDLL", mclbn256.loaded_libraries["libmclbn256"])
    if found.mclBn_init(_BN_SNARK1, _COMPILED):
        raise RuntimeError("libmcl does not know the curve")
    found.mclBn_verifyOrderG2(1)
    for name in ("mclBnG1_getStr", "mclBnG2_getStr"):
        getattr(found, name).restype = ctypes.c_size_t
    return found


def g1(x: int, y: int) -> G1 | None:
    """A point from its coordinates; None when it is not on the curve."""
    point, text = G1(), f"1 {x:x} {y:x}".encode()
    bad = library().mclBnG1_setStr(ctypes.byref(point), text, ctypes.c_size_t(len(text)), _HEX)
    return None if bad else point


def g2(x0: int, x1: int, y0: int, y1: int) -> G2 | None:
    """A point from its coordinates, real parts first; None when it is not in the group."""
    point, text = G2(), f"1 {x0:x} {x1:x} {y0:x} {y1:x}".encode()
    bad = library().mclBnG2_setStr(ctypes.byref(point), text, ctypes.c_size_t(len(text)), _HEX)
    return None if bad else point


def g1_coordinates(point: G1) -> tuple[int, int] | None:
    """Affine coordinates; None of infinity."""
    text = ctypes.create_string_buffer(_TEXT)
    library().mclBnG1_getStr(text, ctypes.c_size_t(_TEXT), ctypes.byref(point), _HEX)
    flag, *parts = text.value.split()
    return (int(parts[0], 16), int(parts[1], 16)) if flag == b"1" else None


def g2_coordinates(point: G2) -> tuple[int, int, int, int] | None:
    """Affine coordinates, real parts first; None of infinity."""
    text = ctypes.create_string_buffer(_TEXT)
    library().mclBnG2_getStr(text, ctypes.c_size_t(_TEXT), ctypes.byref(point), _HEX)
    flag, *parts = text.value.split()
    if flag != b"1":
        return None
    x0, x1, y0, y1 = (int(part, 16) for part in parts)
    return x0, x1, y0, y1


def g1_add(total: G1, point: G1) -> None:
    """total += point."""
    here = ctypes.byref(total)
    library().mclBnG1_add(here, here, ctypes.byref(point))


def g2_add(total: G2, point: G2) -> None:
    """total += point."""
    here = ctypes.byref(total)
    library().mclBnG2_add(here, here, ctypes.byref(point))


def g1_multiply(point: G1, scalar: int) -> G1:
    """scalar · point, scalar below the group order, in constant time."""
    found, factor = G1(), _scalar(scalar)
    library().mclBnG1_mulCT(ctypes.byref(found), ctypes.byref(point), ctypes.byref(factor))
    return found


def g2_multiply(point: G2, scalar: int) -> G2:
    """scalar · point, scalar below the group order, in constant time."""
    found, factor = G2(), _scalar(scalar)
    library().mclBnG2_mulCT(ctypes.byref(found), ctypes.byref(point), ctypes.byref(factor))
    return found


def pairs_to_one(pairs: Sequence[tuple[G1, G2]]) -> bool:
    """Whether the product of the pairings is one."""
    count = len(pairs)
    lefts = (G1 * count)(*[left for left, _ in pairs])
    rights = (G2 * count)(*[right for _, right in pairs])
    product = _Gt()
    lib, here = library(), ctypes.byref(product)
    lib.mclBn_millerLoopVec(here, lefts, rights, ctypes.c_size_t(count))
    lib.mclBn_finalExp(here, here)
    return bool(lib.mclBnGT_isOne(here))


def _scalar(value: int) -> _Fr:
    found = _Fr()
    encoded = value.to_bytes(32, "little")
    library().mclBnFr_setLittleEndian(ctypes.byref(found), encoded, ctypes.c_size_t(32))
    return found
