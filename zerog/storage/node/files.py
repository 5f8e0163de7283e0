"""The bytes of stored files: one flat file each, at full length from its first segment on.

A preallocated file takes a segment in a tenth of the time of one that grows, and a torn write
can only hurt bytes that no row has declared stored yet. What lies in a slab goes to disk without
a copy in the page cache where the file system can (Linux, O_DIRECT): on a machine whose free
pages are cold that copy costs more than proving the segment.
"""

from __future__ import annotations

import errno
import mmap
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import itemgetter
from pathlib import Path
from typing import Final

from zerog.files import sync_folder
from zerog.storage.codec import SEGMENT
from zerog.types import Buffer

MAX_VECTORS: Final = 64
"""Below every system's limit for one vectored write."""
BLOCK: Final = 4096
"""What addresses, offsets and lengths of direct writes are multiples of."""
SLAB_SEGMENTS: Final = 10
"""Segments of one call that a slab holds: clients send one to ten."""
SLABS: Final = 8

Part = tuple[int, Buffer]
"""(offset, data)."""


class Slabs:
    """Page-aligned memory for the segments of one call; at most SLABS are kept."""

    def __init__(self) -> None:
        self._free: list[mmap.mmap] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._free)

    @contextmanager
    def one(self) -> Iterator[memoryview]:
        """SLAB_SEGMENTS * SEGMENT bytes, with whatever was in them."""
        with self._lock:
            slab = self._free.pop() if self._free else mmap.mmap(-1, SLAB_SEGMENTS * SEGMENT)
        yield memoryview(slab)
        with self._lock:  # not after an error: its traceback may still hold views
            if len(self._free) < SLABS:
                self._free.append(slab)


class FlatFiles:
    """Files by number in one folder; safe for many threads."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is missing."""
        self._folder = folder
        self.slabs = Slabs()
        self._ready: set[int] = set()
        self._direct = getattr(os, "O_DIRECT", 0)
        self._making = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, number: int) -> Path:
        """Where the file of that number lies."""
        return self._folder / f"{number:08x}.data"

    def write(
        self, number: int, length: int, parts: Sequence[Part], *, sparse: bool = False
    ) -> None:
        """Write each (offset, data); `sync` makes it durable.

        length: of the whole file, which is preallocated first unless it is to stay sparse.
        Raises OSError (no space).
        """
        self._make(number, length, sparse)
        buffered = list(parts)
        if self._direct:
            aligned = [part for part in parts if _aligned(*part)]
            if aligned and self._write_direct(number, aligned):
                buffered = [part for part in parts if not _aligned(*part)]
        if buffered:
            self._write(number, buffered, 0)

    def _write(self, number: int, parts: Sequence[Part], flags: int) -> None:
        with self._opened(number, os.O_WRONLY | flags) as file:
            for offset, run in _runs(parts):
                _write_all(file, run, offset)

    def _write_direct(self, number: int, parts: Sequence[Part]) -> bool:
        """False when the file system takes no direct writes."""
        try:
            self._write(number, parts, self._direct)
        except OSError as error:
            self._no_direct(error)
            return False
        return True

    def sync(self, number: int) -> None:
        """Return when all that was written to the file is on disk; a removed file is no error."""
        with suppress(FileNotFoundError), self._opened(number, os.O_WRONLY) as file:
            _sync_data(file)

    def read(self, number: int, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`; raises OSError when the file is gone or shorter."""
        data = None
        if self._direct and offset % BLOCK == 0 and BLOCK < length <= SLAB_SEGMENTS * SEGMENT:
            data = self._read_direct(number, offset, length)
        if data is None:
            with self._opened(number, os.O_RDONLY) as file:
                data = os.pread(file, length, offset)
        if len(data) != length:
            raise OSError(f"{self.path(number)} ends at {offset + len(data)}")
        return data

    def _read_direct(self, number: int, offset: int, length: int) -> bytes | None:
        """None when the file system takes no direct reads."""
        whole = -(-length // BLOCK) * BLOCK
        try:
            with self._opened(number, os.O_RDONLY | self._direct) as file, self.slabs.one() as slab:
                count = os.preadv(file, [slab[:whole]], offset)
                return bytes(slab[: min(count, length)])
        except OSError as error:
            self._no_direct(error)
            return None

    def _no_direct(self, error: OSError) -> None:
        """Do without direct access from now on; raises every error that does not say so."""
        if error.errno != errno.EINVAL:
            raise error
        self._direct = 0

    @contextmanager
    def _opened(self, number: int, flags: int) -> Iterator[int]:
        file = os.open(self.path(number), flags)
        try:
            yield file
        finally:
            os.close(file)

    def remove(self, number: int) -> None:
        """Delete the file, if it is there."""
        with self._making:
            self._ready.discard(number)
            self.path(number).unlink(missing_ok=True)

    def numbers(self) -> list[int]:
        """Numbers of all files in the folder."""
        return [int(path.stem, 16) for path in self._folder.glob("*.data")]

    def _make(self, number: int, length: int, sparse: bool) -> None:
        """Once per process: full length, and file and folder entry durable."""
        with self._making:
            if number in self._ready:
                return
            file = os.open(self.path(number), os.O_RDWR | os.O_CREAT, 0o644)
            before = os.fstat(file).st_size
            try:
                if before < length:
                    _allocate(file, length, sparse)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, before)  # no room: what was reserved so far goes back
                raise
            finally:
                os.close(file)
            sync_folder(self._folder)
            self._ready.add(number)


def _aligned(offset: int, data: Buffer) -> bool:
    """Whether a part may be written past the page cache: whole blocks in a place of a slab."""
    view = memoryview(data)
    return isinstance(view.obj, mmap.mmap) and not (view.nbytes % BLOCK or offset % BLOCK)


def _runs(parts: Sequence[Part]) -> Iterator[tuple[int, list[memoryview]]]:
    """Parts that follow each other, joined: one system call each."""
    run: list[memoryview] = []
    start = end = 0
    for offset, data in sorted(parts, key=itemgetter(0)):
        if run and (offset != end or len(run) == MAX_VECTORS):
            yield start, run
            run = []
        if not run:
            start = end = offset
        run.append(memoryview(data))
        end += run[-1].nbytes
    if run:
        yield start, run


def _write_all(file: int, run: list[memoryview], offset: int) -> None:
    while run:
        count = os.pwritev(file, run, offset)
        offset += count
        while run and count >= run[0].nbytes:
            count -= run.pop(0).nbytes
        if run:
            run[0] = run[0][count:]


def _allocate(file: int, length: int, sparse: bool) -> None:
    if hasattr(os, "posix_fallocate") and not sparse:
        os.posix_fallocate(file, 0, length)
    else:
        os.ftruncate(file, length)


def _sync_data(file: int) -> None:
    if hasattr(os, "fdatasync"):
        os.fdatasync(file)
    else:
        os.fsync(file)
