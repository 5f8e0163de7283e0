"""Where the bytes of a stored file come from: a file or memory, encrypted or not, cut or whole.

A `SegmentSource` is read at any place by several threads. Nothing here keeps a copy of what it
reads, so a file of any size is hashed, encrypted and sent in a few segments of memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.storage.client.errors import BadFragmentSize, NoSuchFile
from zerog.storage.client.upload import FileSource, SegmentSource
from zerog.storage.codec import (
    SECTOR,
    SEGMENT,
    EmptyFile,
    FileTree,
    TreeBuilder,
    padded_segment_sectors,
    segment_root,
)
from zerog.storage.encryption import Encryption, Secret, secret_of
from zerog.storage.errors import FileChanged
from zerog.types import Buffer, Progress, no_progress

FRAGMENT: Final = 1 << 32
"""Longer files become several submissions; the default of the official clients."""
UNCUT: Final = 1 << 62
"""A fragment size that cuts nothing."""
STEP: Final = 4 * SEGMENT


class MemorySource:
    """Bytes that are there already."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def read_at(self, offset: int, length: int) -> Buffer:
        """Exactly `length` bytes."""
        return self._data[offset : offset + length]


class PartSource:
    """What lies behind `start` in another source."""

    def __init__(self, inner: SegmentSource, start: int) -> None:
        self._inner, self._start = inner, start

    def read_at(self, offset: int, length: int) -> Buffer:
        """Exactly `length` bytes; raises FileChanged."""
        return self._inner.read_at(self._start + offset, length)


class SealedSource:
    """Header and ciphertext of another source, made as they are read."""

    def __init__(self, plain: SegmentSource, secret: Secret) -> None:
        self._plain, self._secret = plain, secret
        self._header = secret.header.encode()

    def read_at(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes of the stored form; raises FileChanged."""
        head = self._header[offset : offset + length]
        start = max(0, offset - len(self._header))
        wanted = length - len(head)
        if not wanted:
            return head
        return head + self._secret.apply(self._plain.read_at(start, wanted), start)


class CheckedSource:
    """A source whose segments must still be those that were hashed.

    A file that is changed while it is uploaded would encrypt two contents with one keystream:
    not a byte of the second may leave.
    """

    def __init__(self, inner: SegmentSource, tree: FileTree, path: Path) -> None:
        self._inner, self._tree, self._path = inner, tree, path

    def read_at(self, offset: int, length: int) -> Buffer:
        """Whole segments; raises FileChanged."""
        data = memoryview(self._inner.read_at(offset, length))
        for at in range(0, length, SEGMENT):
            index = (offset + at) // SEGMENT
            sectors = padded_segment_sectors(self._tree.size, index)
            if segment_root(data[at : at + SEGMENT], sectors) != self._tree.segment_roots[index]:
                raise FileChanged(self._path)
        return data


@dataclass(frozen=True, slots=True)
class Content:
    """One thing to store: a file, or bytes in memory; plain or encrypted.

    name: what it is called in lists. size: of the stored form, header included.
    """

    name: str
    path: Path | None
    data: bytes
    plain_size: int
    secret: Secret | None = None

    @classmethod
    def of_file(cls, path: Path) -> Content:
        """A file as it is; raises NoSuchFile, EmptyFile."""
        size = size_of(path)
        if not size:
            raise EmptyFile(0)
        return cls(path.name, path, b"", size)

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> Content:
        """Bytes in memory; raises EmptyFile."""
        if not data:
            raise EmptyFile(0)
        return cls(name, None, data, len(data))

    def sealed(
        self, encryption: Encryption, owner_secret: bytes, progress: Progress = no_progress
    ) -> Content:
        """The same content encrypted; read once for the nonce that belongs to it."""
        with self.open() as plain:
            root = hash_source(plain, 0, self.plain_size, progress, "read").data_root
        secret = secret_of(encryption, owner_secret, root, self.plain_size)
        return Content(self.name, self.path, self.data, self.plain_size, secret)

    @property
    def size(self) -> int:
        """Bytes of the stored form."""
        return self.plain_size + (self.secret.header.size if self.secret else 0)

    @contextmanager
    def open(self) -> Iterator[SegmentSource]:
        """The stored form, for as long as the context lasts; raises NoSuchFile."""
        if self.path is None:
            yield self._stored(MemorySource(self.data))
            return
        try:
            file = FileSource(self.path)
        except OSError as error:
            raise NoSuchFile(self.path, error.strerror or type(error).__name__) from error
        with file:
            yield self._stored(file)

    def fragments(self, size: int = FRAGMENT, progress: Progress = no_progress) -> list[Fragment]:
        """The submissions that the content becomes, hashed, in order.

        size: of every fragment but the last. Raises BadFragmentSize, FileChanged, NoSuchFile.
        """
        check_fragment_size(size)
        made: list[Fragment] = []
        with self.open() as source:
            for start in range(0, self.size, size):
                length = min(size, self.size - start)
                made.append(Fragment(self, start, hash_source(source, start, length, progress)))
        return made

    def _stored(self, plain: SegmentSource) -> SegmentSource:
        return plain if self.secret is None else SealedSource(plain, self.secret)


@dataclass(frozen=True, slots=True)
class Fragment:
    """One submission's worth of a content."""

    content: Content
    start: int
    tree: FileTree

    @contextmanager
    def open(self) -> Iterator[SegmentSource]:
        """The fragment's bytes."""
        with self.content.open() as source:
            part = PartSource(source, self.start)
            if self.content.secret is None:
                yield part
            else:
                yield CheckedSource(part, self.tree, self._path)

    def check(self) -> None:
        """Raise FileChanged unless the bytes are still those that were hashed."""
        with self.content.open() as source:
            if hash_source(source, self.start, self.tree.size) != self.tree:
                raise FileChanged(self._path)

    @property
    def _path(self) -> Path:
        return self.content.path or Path(self.content.name)


def hash_source(
    source: SegmentSource,
    start: int,
    length: int,
    progress: Progress = no_progress,
    step: str = "hash",
) -> FileTree:
    """The tree of `length` bytes from `start` on; raises FileChanged, EmptyFile."""
    builder = TreeBuilder()
    for at in range(start, start + length, STEP):
        end = min(at + STEP, start + length)
        builder.update(source.read_at(at, end - at))
        progress(step, end - start, length)
    return builder.finish()


def fragment_sizes(size: int, fragment: int = FRAGMENT) -> list[tuple[int, int]]:
    """(count, bytes each) of the submissions that `size` stored bytes become.

    Raises BadFragmentSize.
    """
    check_fragment_size(fragment)
    whole, rest = divmod(size, fragment)
    return [(count, each) for count, each in ((whole, fragment), (1, rest)) if count and each]


def check_fragment_size(size: int) -> None:
    """Raises BadFragmentSize."""
    if size < SECTOR or size & (size - 1):
        raise BadFragmentSize(size)


def size_of(path: Path) -> int:
    """Bytes of a plain file; raises NoSuchFile."""
    try:
        if not path.is_file():
            raise NoSuchFile(path, "not there" if not path.exists() else "no plain file")
        return path.stat().st_size
    except OSError as error:
        raise NoSuchFile(path, error.strerror or type(error).__name__) from error
