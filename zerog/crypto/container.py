"""The cipher suites of containers, by number: who reads one need not know how it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from zerog.crypto import aead, keccakctr
from zerog.crypto.aead import SUITE_AES_256_GCM, NotAContainer, Reader
from zerog.crypto.keccakctr import SUITE_KECCAK_CTR
from zerog.errors import UsageError
from zerog.types import Buffer

__all__ = ["SUITE_AES_256_GCM", "SUITE_KECCAK_CTR", "Cipher", "cipher_of", "open_stream"]

SUITE_AT: Final = 7
"""Offset of the suite in the header of every container."""


class NoSuchSuite(UsageError):
    """No cipher suite has that number."""

    def __init__(self, suite: int) -> None:
        self.suite = suite
        super().__init__(f"there is no cipher suite {suite}", f"one of {sorted(CIPHERS)}")


@dataclass(frozen=True, slots=True)
class Cipher:
    """One suite: the functions of its module."""

    sealed_size: Callable[[int], int]
    seal_stream: Callable[
        [bytes, bytes, Reader, int, Callable[[memoryview], object]],
        None,
    ]
    open_stream: Callable[[bytes, Iterable[Buffer]], Iterator[memoryview]]


CIPHERS: Final[Mapping[int, Cipher]] = {
    SUITE_AES_256_GCM: Cipher(aead.sealed_size, aead.seal_stream, aead.open_stream),
    SUITE_KECCAK_CTR: Cipher(keccakctr.sealed_size, keccakctr.seal_stream, keccakctr.open_stream),
}


def cipher_of(suite: int) -> Cipher:
    """The functions of a suite; raises NoSuchSuite."""
    if suite not in CIPHERS:
        raise NoSuchSuite(suite)
    return CIPHERS[suite]


def head_of(start: Buffer) -> tuple[int, int]:
    """Suite and plain size of a container, not yet authenticated; raises NotAContainer."""
    suite = suite_at(start)
    if suite == SUITE_KECCAK_CTR:
        return suite, keccakctr.read_header(start).plain_size
    return suite, aead.read_header(start).plain_size


def suite_at(start: Buffer) -> int:
    """The suite that the first bytes of a container name; raises NotAContainer."""
    view = memoryview(start).cast("B")
    suite = view[SUITE_AT] if len(view) > SUITE_AT else 0
    if suite not in CIPHERS:
        raise NotAContainer(bytes(view[: aead.HEADER]), f"suite {suite} is not known here")
    return suite


def open_stream(data_key: bytes, segments: Iterable[Buffer]) -> Iterator[memoryview]:
    """Decrypt a container of any suite; yields verified plaintext, piece by piece.

    Raises NotAContainer and what the suite's own `open_stream` raises.
    """
    source = iter(segments)
    first = memoryview(next(source, b"")).cast("B")
    return CIPHERS[suite_at(first)].open_stream(data_key, chain((first,), source))
