"""The hot paths of the code: SHA-256 trees, coefficients, linear combinations of rows.

The native kernel where it was built; without it, or with ZEROG_PURE=1 in the environment, plain
Python gives the same bytes, some thousand times slower in the combinations.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Final, Protocol

from zerog.da import field
from zerog.da.params import CHUNK, HASH, LIMBS, PIECE, SYMBOL, SYMBOLS
from zerog.types import Buffer

SHA_INSTRUCTIONS: Final = 1
GFNI_AVX512: Final = 2
AVX2: Final = 4


class Kernel(Protocol):
    """A way to compute; all of them give the same bytes."""

    @property
    def name(self) -> str:
        """What `backend()` says."""
        ...

    def cut(self, rows: Sequence[Buffer], columns: slice) -> list[bytes]:
        """Some columns of equally long rows."""
        ...

    def scatter(self, rows: Sequence[bytes], out: memoryview, start: int, step: int) -> None:
        """Copy row r to `out` from start + r * step on."""
        ...

    def leaves_into(self, rows: Sequence[Buffer], out: bytearray, first: int, places: int) -> None:
        """Hash each piece of equally long rows: row r to the places r * places + first and on.

        out: places * len(rows) hashes of 32 bytes.
        """
        ...

    def parents(self, level: Buffer) -> bytes:
        """One level up a tree: 2n nodes to n."""
        ...

    def climb(self, nodes: bytes, positions: Sequence[int], paths: bytes, depth: int) -> bytes:
        """The root over each node, by its position and its `depth` siblings from below."""
        ...

    def coefficients(self, seed: bytes, symbols: int, limbs: int) -> bytes:
        """Coefficients, [symbol][limb] as LE16, of each symbol position."""
        ...

    def combine(self, rows: Sequence[Buffer], coefficients: bytes, limbs: int) -> bytes:
        """Combination of each of some equally long rows: limbs as LE16, joined."""
        ...


def _pair(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class PureKernel:
    """hashlib, and logarithms in lists."""

    name = "python"

    def cut(self, rows: Sequence[Buffer], columns: slice) -> list[bytes]:
        """As Kernel."""
        return [bytes(memoryview(row)[columns]) for row in rows]

    def scatter(self, rows: Sequence[bytes], out: memoryview, start: int, step: int) -> None:
        """As Kernel."""
        for place, row in enumerate(rows):
            at = start + place * step
            out[at : at + len(row)] = row

    def leaves_into(self, rows: Sequence[Buffer], out: bytearray, first: int, places: int) -> None:
        """As Kernel."""
        for place, row in enumerate(rows):
            view, to = memoryview(row), (place * places + first) * HASH
            for at in range(0, len(view), PIECE):
                out[to : to + HASH] = sha256(b"\0" + view[at : at + PIECE]).digest()
                to += HASH

    def parents(self, level: Buffer) -> bytes:
        """As Kernel."""
        raw, step = bytes(level), 2 * HASH
        return b"".join(
            [sha256(b"\1" + raw[at : at + step]).digest() for at in range(0, len(raw), step)]
        )

    def climb(self, nodes: bytes, positions: Sequence[int], paths: bytes, depth: int) -> bytes:
        """As Kernel."""
        roots = []
        for place, position in enumerate(positions):
            node = nodes[place * HASH : (place + 1) * HASH]
            for level in range(depth):
                at = (place * depth + level) * HASH
                sibling = paths[at : at + HASH]
                node = _pair(sibling, node) if position >> level & 1 else _pair(node, sibling)
            roots.append(node)
        return b"".join(roots)

    def coefficients(self, seed: bytes, symbols: int, limbs: int) -> bytes:
        """As Kernel."""
        parts = []
        for symbol in range(symbols):
            for block in range(limbs // LIMBS):
                tail = struct.pack("<I", block) if block else b""
                digest = sha256(seed + struct.pack("<I", symbol) + tail).digest()
                mixed = int.from_bytes(digest[:16]) ^ int.from_bytes(digest[16:])
                parts.append(mixed.to_bytes(16))
        return b"".join(parts)

    def combine(self, rows: Sequence[Buffer], coefficients: bytes, limbs: int) -> bytes:
        """As Kernel."""
        factors = struct.unpack(f"<{len(coefficients) // SYMBOL}H", coefficients)
        log, exp = field.tables().log, field.tables().exp
        by_symbol = [
            [(limb, log[f]) for limb, f in enumerate(factors[at : at + limbs]) if f]
            for at in range(0, len(factors), limbs)
        ]
        out = []
        for row in rows:
            sums = [0] * limbs
            for value, terms in zip(symbols_of(row), by_symbol, strict=True):
                if value:
                    own = log[value]
                    for limb, other in terms:
                        sums[limb] ^= exp[own + other]
            out.append(struct.pack(f"<{limbs}H", *sums))
        return b"".join(out)


class NativeKernel:
    """The C extension; raises ImportError where it was not built."""

    def __init__(self, use: int | None = None) -> None:
        """use: features of the processor to use, all that it has if not given, 0 for plain C."""
        from zerog.crypto import _zoda  # noqa: PLC0415  (may be absent)

        self._native = _zoda
        self._use = _zoda.features() if use is None else use

    @property
    def name(self) -> str:
        """What `backend()` says: `native` and the features in use."""
        wide = "gfni" if self._use & GFNI_AVX512 else "avx2" if self._use & AVX2 else ""
        sha = "sha" if self._use & SHA_INSTRUCTIONS else ""
        return "+".join(filter(None, ["native", sha, wide]))

    def cut(self, rows: Sequence[Buffer], columns: slice) -> list[bytes]:
        """As Kernel."""
        return self._native.cut(list(rows), columns.start, columns.stop)

    def scatter(self, rows: Sequence[bytes], out: memoryview, start: int, step: int) -> None:
        """As Kernel."""
        self._native.scatter(list(rows), out, start, step)

    def leaves_into(self, rows: Sequence[Buffer], out: bytearray, first: int, places: int) -> None:
        """As Kernel."""
        self._native.leaves_into(list(rows), PIECE, out, first, places, self._use)

    def parents(self, level: Buffer) -> bytes:
        """As Kernel."""
        return self._native.parents(level, self._use)

    def climb(self, nodes: bytes, positions: Sequence[int], paths: bytes, depth: int) -> bytes:
        """As Kernel."""
        packed = struct.pack(f"<{len(positions)}I", *positions)
        return self._native.climb(nodes, packed, paths, depth, self._use)

    def coefficients(self, seed: bytes, symbols: int, limbs: int) -> bytes:
        """As Kernel."""
        return self._native.coefficients(seed, symbols, limbs // LIMBS, self._use)

    def combine(self, rows: Sequence[Buffer], coefficients: bytes, limbs: int) -> bytes:
        """As Kernel."""
        return self._native.combine(list(rows), coefficients, limbs, self._use)


def keep_heap(size: int = 1 << 26) -> bool:
    """Let this process keep freed memory, up to `size` bytes, for the next stripe; whether it can.

    For processes whose work is encoding and decoding: else the C library gives the pages of each
    stripe back to the system and asks for them again, a tenth of the time.
    """
    try:
        from zerog.crypto import _zoda  # noqa: PLC0415  (may be absent)
    except ImportError:
        return False
    return _zoda.keep_heap(size)


def symbols_of(row: Buffer) -> list[int]:
    """The symbols of a row of whole chunks."""
    raw = bytes(row)
    found: list[int] = []
    for at in range(0, len(raw), CHUNK):
        low, high = raw[at : at + SYMBOLS], raw[at + SYMBOLS : at + CHUNK]
        found += [a | b << 8 for a, b in zip(low, high, strict=True)]
    return found


def row_of(symbols: Sequence[int]) -> bytes:
    """The row of some symbols; what they leave of the last chunk is zero."""
    padded = [*symbols, *[0] * (-len(symbols) % SYMBOLS)]
    parts = []
    for at in range(0, len(padded), SYMBOLS):
        chunk = padded[at : at + SYMBOLS]
        parts += [bytes(value & 255 for value in chunk), bytes(value >> 8 for value in chunk)]
    return b"".join(parts)


@cache
def kernel() -> Kernel:
    """The kernel of this process: chosen at the first use, then kept."""
    if os.environ.get("ZEROG_PURE") == "1":
        return PureKernel()
    try:
        return NativeKernel()
    except ImportError:
        return PureKernel()


def backend() -> str:
    """What computes in this process: `native+sha+gfni`, `native+avx2` or `python`, for instance."""
    return kernel().name
