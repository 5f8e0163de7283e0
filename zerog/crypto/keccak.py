"""Keccak-256, one at a time and in batches; the native kernel where it was built.

A batch has a kernel because no package offers one: hashing a file's 256-byte sectors one call
at a time is seven times slower. Without the kernel, or with ZEROG_PURE=1 in the environment,
tiny-keccak serves and gives the same bytes.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Final, Protocol

import tiny_keccak

from zerog.errors import UsageError
from zerog.types import Buffer

HASH: Final = 32
CHUNK: Final = 256
BACKENDS: Final = {8: "avx512", 4: "avx2", 2: "portable"}
"""Names of the kernels by the number of messages that they hash side by side."""


class NotWholeChunks(UsageError):
    """A batch wants a whole number of equally long inputs."""

    def __init__(self, size: int, chunk: int) -> None:
        self.size, self.chunk = size, chunk
        super().__init__(f"{size} bytes are no whole number of {chunk}-byte inputs")


class NotAPerfectTree(UsageError):
    """A perfect tree wants a power of two of leaves."""

    def __init__(self, leaves: int) -> None:
        self.leaves = leaves
        super().__init__(f"{leaves} leaves make no perfect tree: not a power of two")


class Kernel(Protocol):
    """A way to hash batches; all of them give the same bytes."""

    @property
    def name(self) -> str:
        """What `backend()` says."""
        ...

    def hashes(self, data: memoryview, chunk: int) -> bytes:
        """Hash of each chunk, joined; the chunks are whole."""
        ...

    def perfect_root(self, data: memoryview, chunk: int) -> bytes:
        """Root over the hashes of a power of two of whole chunks."""
        ...


class PureKernel:
    """One call of tiny-keccak per message."""

    name = "python"

    def hashes(self, data: memoryview, chunk: int) -> bytes:
        """Hash of each chunk, joined."""
        one, raw = tiny_keccak.keccak256, bytes(data)
        return b"".join([one(raw[at : at + chunk]) for at in range(0, len(raw), chunk)])

    def perfect_root(self, data: memoryview, chunk: int) -> bytes:
        """Root over the hashes of the chunks."""
        level = self.hashes(data, chunk)
        while len(level) > HASH:
            level = self.hashes(memoryview(level), 2 * HASH)
        return level


class NativeKernel:
    """The C extension at one of its widths; raises ImportError where it was not built."""

    def __init__(self, lanes: int | None = None) -> None:
        """lanes: 8, 4 or 2; the widest that this machine has if not given."""
        from zerog.crypto import _keccak  # noqa: PLC0415  (may be absent)

        self._native = _keccak
        self._lanes = _keccak.best_lanes() if lanes is None else lanes
        self._fallback = PureKernel()

    @property
    def name(self) -> str:
        """What `backend()` says."""
        return BACKENDS[self._lanes]

    def hashes(self, data: memoryview, chunk: int) -> bytes:
        """Hash of each chunk, joined; sizes that the kernel does not take go the slow way."""
        if chunk < HASH or chunk % 8:
            return self._fallback.hashes(data, chunk)
        return self._native.hashes(data, chunk, self._lanes)

    def perfect_root(self, data: memoryview, chunk: int) -> bytes:
        """Root over the hashes of the chunks, without a round trip through Python per level."""
        if chunk < HASH or chunk % 8:
            return self._fallback.perfect_root(data, chunk)
        return self._native.perfect_root(data, chunk, self._lanes)


@cache
def _kernel() -> Kernel:
    """The kernel of this process: chosen at the first use, then kept."""
    if os.environ.get("ZEROG_PURE") == "1":
        return PureKernel()
    try:
        return NativeKernel()
    except ImportError:
        return PureKernel()


def keccak256(data: Buffer) -> bytes:
    """Keccak-256 of `data` (Ethereum's padding, not that of SHA-3): 32 bytes."""
    digest: bytes = tiny_keccak.keccak256(data if isinstance(data, bytes) else bytes(data))
    return digest


def chunk_hashes(data: Buffer, chunk: int = CHUNK) -> bytes:
    """Hashes of consecutive whole chunks, 32 bytes each; raises NotWholeChunks."""
    view = memoryview(data).cast("B")
    if len(view) % chunk:
        raise NotWholeChunks(len(view), chunk)
    return _kernel().hashes(view, chunk)


def pair_hashes(level: Buffer) -> bytes:
    """One level up a Merkle tree: 2n hashes to n; raises NotWholeChunks."""
    return chunk_hashes(level, 2 * HASH)


def perfect_root(data: Buffer, chunk: int = CHUNK) -> bytes:
    """Root of the perfect tree over a power of two of chunks (256 bytes: 0G's sectors).

    Raises NotWholeChunks and NotAPerfectTree.
    """
    view = memoryview(data).cast("B")
    leaves, rest = divmod(len(view), chunk)
    if rest:
        raise NotWholeChunks(len(view), chunk)
    if leaves == 0 or leaves & (leaves - 1):
        raise NotAPerfectTree(leaves)
    return _kernel().perfect_root(view, chunk)


def backend() -> str:
    """What hashes batches in this process: `avx512`, `avx2`, `portable` or `python`."""
    return _kernel().name
